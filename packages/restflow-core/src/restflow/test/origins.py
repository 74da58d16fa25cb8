"""Names for what runs in an executor, and for who asked for it."""

from __future__ import annotations

import asyncio
import functools
import sys
from collections.abc import Callable
from contextvars import Context
from types import FrameType, ModuleType
from typing import Any

from asgiref.sync import SyncToAsync

from restflow.core.steps.hop import Hop

# Frames of these carry calls for others; the last ones called the event loop itself.
MACHINERY = ("asyncio", "asgiref", "concurrent", "contextlib", "functools", "uvloop")
LOOP = ("asyncio.base_events", "asyncio.events", "asyncio.runners")
LIBRARIES = ("django", "rest_framework", "restflow")


def origin(func: Callable[..., Any]) -> tuple[Callable[..., Any], tuple[str, ...]]:
    """Return what a job submitted just now runs, and its callers, nearest first.

    *func* is what the executor got: asgiref, ``asyncio.to_thread`` and our step driver wrap the
    user's function in their own, so the function is looked up in their frames. The callers are the
    nearest one, and the nearest one in a project, unless that is the same.
    """
    called, callers = func, []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "?")
        if module in LOOP and frame.f_code.co_name != "run_in_executor":
            break
        package = module.partition(".")[0]
        if called is func:
            called = _wrapped(module, frame) or func
        if package not in MACHINERY and not module.startswith("restflow.test."):
            callers.append(_place(module, frame))
            if package not in LIBRARIES:
                break
        frame = frame.f_back
    if not callers:
        task = asyncio.current_task()
        callers.append(f"task {getattr(task and task.get_coro(), '__qualname__', '?')}")
    return _plain(called), (callers[0], *callers[1:][-1:])


def name_of(func: Callable[..., Any]) -> str:
    """Return the dotted name of *func*; of a class-based view, that of its class."""
    cls = getattr(func, "view_class", None) or getattr(func, "cls", None)
    if isinstance(cls, type):
        return f"{cls.__module__}.{cls.__qualname__}"
    owner = getattr(func, "__self__", None)
    name = getattr(func, "__name__", None)
    if name and owner is not None and not isinstance(owner, ModuleType):
        cls = owner if isinstance(owner, type) else type(owner)
        return f"{cls.__module__}.{cls.__qualname__}.{name}"
    qualname = getattr(func, "__qualname__", type(func).__qualname__)
    return f"{getattr(func, '__module__', None) or type(func).__module__}.{qualname}"


def _wrapped(module: str, frame: FrameType) -> Callable[..., Any] | None:
    name = frame.f_code.co_name
    if module == "asgiref.sync" and name == "__call__":
        job = frame.f_locals.get("self")
        if not isinstance(job, SyncToAsync):
            return None
        if job.func is Hop.enter:  # a decision goes to the worker for this step of it
            hop: Hop = frame.f_locals["args"][0]
            return hop._step.sync
        return job.func
    if module == "asyncio.threads" and name == "to_thread":
        func: Callable[..., Any] = frame.f_locals["func"]
        return func
    return None


def _plain(func: Any) -> Callable[..., Any]:
    while isinstance(func, functools.partial):
        runs_in_context = isinstance(getattr(func.func, "__self__", None), Context)
        func = func.args[0] if runs_in_context and func.args else func.func
    plain: Callable[..., Any] = func
    return plain


def _place(module: str, frame: FrameType) -> str:
    code = frame.f_code
    return f"{module}.{code.co_qualname} ({code.co_filename}:{frame.f_lineno})"
