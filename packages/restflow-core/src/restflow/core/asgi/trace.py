"""The names of what ran in a request's thread, for a response header under ``DEBUG``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..steps.hop import Hop

#: ``Restflow-Hops: 2; catalog.views.detail, ...SessionMiddleware.process_response``
HEADER = "Restflow-Hops"
MOST = 20


def traced(noted: list[Callable[..., Any]]) -> str:
    """Return the value of the header: how many hops, and what each of them ran first."""
    names = [name_of(job) for job in noted[:MOST]]
    if len(noted) > MOST:
        names.append("...")
    text = "; ".join(filter(None, (str(len(noted)), ", ".join(names))))
    return text.encode("ascii", "replace").decode("ascii").replace("\n", " ")


def called_by(job: Callable[..., Any]) -> Any:
    """Return the user's function inside of a job that asgiref or our driver has wrapped."""
    called: Any = job
    while isinstance(called, functools.partial):
        # asgiref: partial(thread_handler, loop, exc_info, tasks, run, partial(function, ...))
        inner = called.args[-1] if called.args else None
        is_handler = getattr(called.func, "__name__", "") == "thread_handler"
        if is_handler and isinstance(inner, functools.partial):
            called = inner
        elif called.func is Hop.enter and isinstance(inner, Hop):
            return inner._step.sync
        else:
            called = called.func
    return called


def name_of(job: Callable[..., Any]) -> str:
    """Return the dotted name of what *job* runs; of a class-based view, that of its class."""
    called = called_by(job)
    view = getattr(called, "view_class", None) or getattr(called, "cls", None)
    if isinstance(view, type):
        return f"{view.__module__}.{view.__qualname__}"
    owner = getattr(called, "__self__", None)
    name = getattr(called, "__name__", None)
    if name and owner is not None and hasattr(type(owner), name):
        return f"{type(owner).__module__}.{type(owner).__qualname__}.{name}"
    return f"{getattr(called, '__module__', '?')}.{getattr(called, '__qualname__', '?')}"
