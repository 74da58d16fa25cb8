"""Whether a view of DRF can move to the async family, and what would change."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from asgiref.sync import iscoroutinefunction

from .costs import API_VIEW, dotted
from .views import ASYNC_VIEW, class_of, components, inherits, is_drf

LIBRARIES = ("rest_framework.", "django.", "restflow.")
#: What an override of these means for the move.
CHANGES = {
    "dispatch": "dispatch() is sync, so the whole view would stay in one thread: "
    "move what it does to initial() and finalize_response()",
    "as_view": "as_view() must return what super().as_view() returns, which is async",
}


@dataclass(frozen=True)
class Move:
    """What moving one view means.

    Attributes:
        base: the class of ``restflow.views`` to inherit from.
        obstacles: what has to change first.
        kept: overrides that go along as they are and run in the view's one hop.
        notes: what is good to know.
    """

    base: str
    obstacles: tuple[str, ...]
    kept: tuple[str, ...]
    notes: tuple[str, ...]


def move_of(view: Any) -> Move | None:
    """Return what moving *view* means; ``None`` for what is no sync view of DRF."""
    cls = class_of(view)
    if cls is None or not is_drf(cls) or inherits(cls, ASYNC_VIEW):
        return None
    obstacles, kept, notes = [], [], []
    for name, owner in _overrides(cls).items():
        value = inspect.getattr_static(owner, name)
        function = getattr(value, "__func__", value)
        if name in CHANGES:
            obstacles.append(f"{owner.__qualname__}.{CHANGES[name]}")
        elif inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            obstacles.append(f"{name}() is a generator: return a streaming response over it")
        elif iscoroutinefunction(function):
            notes.append(f"{name}() is async, which DRF's own view does not await")
        else:
            kept.append(f"{name}()")
    for attribute, listed, hooks in components(cls):
        if any(hook.sync is None for hook in hooks):
            notes.append(f"{dotted(listed)} ({attribute}) is async: DRF's own view cannot ask it")
    if _is_function(cls):
        return Move("api_view on an async function", tuple(obstacles), (), tuple(notes))
    return Move(_base(cls), tuple(obstacles), tuple(kept), tuple(notes))


def _is_function(cls: type) -> bool:
    """Tell whether ``@api_view`` made the class."""
    return cls.__qualname__ == API_VIEW


def _overrides(cls: type) -> dict[str, type]:
    """Return the methods of a base that the project defines anew, each with who does."""
    theirs = [base for base in cls.__mro__ if f"{base.__module__}.".startswith(LIBRARIES)]
    found: dict[str, type] = {}
    for owner in cls.__mro__:
        if owner in theirs or owner is object:
            continue
        for name, value in vars(owner).items():
            method = getattr(value, "__func__", value)
            if inspect.isfunction(method) and any(name in vars(base) for base in theirs):
                found.setdefault(name, owner)
    found.pop("__init__", None)
    found.pop("__module__", None)
    return found


def _base(cls: type) -> str:
    """Return the name of our class for the first base that is DRF's."""
    for base in cls.__mro__:
        if base.__module__.startswith("rest_framework.") and not base.__name__.endswith("Mixin"):
            return f"restflow.views.Async{base.__name__}"
    return "restflow.views.AsyncAPIView"
