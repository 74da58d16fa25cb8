"""The order in which the overrides of a hook get their turn, whatever colours they have."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ..steps import Step, Steps, awaiting, blocking
from .hooks import MISSING, definers, is_async_callable, plans_of


def only(step: Step) -> Steps[Any]:
    """Return the decision to take one step and return its result."""
    return (yield step)


def call_of(
    obj: Any, klass: type, attribute: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Step:
    """Return the step that calls what *klass* itself defines as *attribute*, on *obj*."""
    method = vars(klass)[attribute].__get__(obj, type(obj))
    kind = awaiting if is_async_callable(method) else blocking
    return kind(method, *args, **kwargs)


def passed_over(
    obj: Any, name: str, twin: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Step | None:
    """Return the step of an override in the other colour that reaching *twin* would skip.

    Suppose a mixin that knows nothing of twins overrides ``get_object``, and the twins are ``A``'s.
    ``aget_object()``, called by name, finds ``A``'s method; what the user means is the mixin's.
    """
    cls = type(obj)
    found = _skipped(cls, name, twin)
    if found is None:
        return None
    klass, attribute = found
    visit = (id(obj), klass, attribute)
    if visit in _visits.get():
        raise RecursionError(
            f"{klass.__qualname__}.{attribute}() calls {twin.__name__}() of a base class, which "
            f"stands for {klass.__qualname__}.{attribute}() itself. "
            f"Call super().{attribute}() instead, or override {twin.__name__}()."
        )
    step = call_of(obj, klass, attribute, args, kwargs)
    if step.sync is None:
        return awaiting(_avisited, visit, step.async_, args, kwargs)
    return blocking(_visited, visit, step.sync, args, kwargs)


_visits: ContextVar[tuple[Any, ...]] = ContextVar("restflow_overrides_visited", default=())


def _visited(visit: Any, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    token = _visits.set((*_visits.get(), visit))
    try:
        return method(*args, **kwargs)
    finally:
        _visits.reset(token)


async def _avisited(visit: Any, method: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    token = _visits.set((*_visits.get(), visit))
    try:
        return await method(*args, **kwargs)
    finally:
        _visits.reset(token)


def _skipped(cls: type, name: str, twin: Any) -> tuple[type, str] | None:
    plans = plans_of(cls)
    key = (name, twin)
    seen = (getattr(cls, name, MISSING), getattr(cls, f"a{name}", MISSING))
    known = plans.get(key)
    if known is None or known[0] != seen:
        known = plans[key] = (seen, _find_skipped(cls, name, twin))
    result: tuple[type, str] | None = known[1]
    return result


def _find_skipped(cls: type, name: str, twin: Any) -> tuple[type, str] | None:
    to_await = twin.__name__ != name
    candidate: tuple[type, str] | None = None
    for klass, sync, async_ in definers(cls, name):
        if twin is sync or twin is async_:
            return candidate
        colours = {}  # whether awaited -> attribute; `async def` under the sync name is awaited
        if sync is not MISSING:
            colours[is_async_callable(sync)] = name
        if async_ is not MISSING:
            colours[True] = f"a{name}"
        if to_await in colours:
            candidate = None  # this one had its turn: it is how the call got here, by super()
        elif candidate is None:
            candidate = (klass, colours[not to_await])
    return None
