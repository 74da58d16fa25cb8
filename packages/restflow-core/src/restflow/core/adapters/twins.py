"""A hook and its async twin, made of one decision, and the rule that leads past them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from asgiref.sync import markcoroutinefunction

from ..steps import Steps, arun, on_loop, run
from ..steps.sync_driver import unawaited
from .hooks import declare_loop_safe, hook_of
from .order import only, passed_over

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")

#: A handler that is awaited on the loop and called in a thread.
AnyTwin: TypeAlias = Callable[P, Any]


def enter(obj: Any, name: str, /, *args: Any, **kwargs: Any) -> Steps[Any]:
    """Run hook *name* of *obj* as part of the calling decision: ``yield from enter(...)``.

    A hook that nobody overrode is entered, so that its parts share the caller's stay in the
    worker. An overridden one becomes a step that calls the user's code.

    Raises:
        AttributeError: *obj* has neither ``name`` nor ``a<name>``.
    """
    hook = hook_of(obj, name)
    if hook.steps is not None:
        return (yield from hook.steps(obj, *args, **kwargs))
    step = hook.step(obj, args, kwargs)
    if step.inline and hook.async_ is None:  # nothing to wait for: no need to ask a driver
        value = step.sync(*args, **kwargs)  # type: ignore[misc]
        return (yield unawaited(step, value)) if hasattr(type(value), "__await__") else value
    return (yield step)


def plain_twins(
    function: Callable[Concatenate[S, P], T],
) -> tuple[Callable[Concatenate[S, P], T], Callable[Concatenate[S, P], Coroutine[Any, Any, T]]]:
    """Return the twins that call *function*, which is pure CPU work.

    For hooks of DRF that have nothing to wait for, so that they too have a name in both colours.
    """

    def decision(self: S, /, *args: P.args, **kwargs: P.kwargs) -> Steps[T]:
        yield from ()
        return function(self, *args, **kwargs)

    functools.update_wrapper(decision, function)
    sync, async_ = twins(decision)
    declare_loop_safe(function, sync)
    return sync, async_


def twins(
    steps: Callable[Concatenate[S, P], Steps[T]],
) -> tuple[Callable[Concatenate[S, P], T], Callable[Concatenate[S, P], Coroutine[Any, Any, T]]]:
    """Return the sync method and its ``a`` twin that run the decision *steps*::

        def _get_object(self) -> Steps[Model]: ...
        get_object, aget_object = twins(_get_object)

    The class should derive from :class:`~restflow.core.adapters.Twinned`, so that overrides answer
    in both colours. Called directly or by ``super()``, a twin also honours overrides of the *other*
    colour in mixins that do not derive from it.
    """
    name = steps.__name__.lstrip("_")

    def sync(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        step = passed_over(self, name, sync, args, kwargs)
        decision: Steps[T] = steps(self, *args, **kwargs) if step is None else only(step)
        return run(decision)

    async def async_(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        step = passed_over(self, name, async_, args, kwargs)
        return await arun(steps(self, *args, **kwargs) if step is None else only(step))

    _dress(sync, steps, name)
    _dress(async_, steps, f"a{name}")
    return sync, async_


def handler(
    steps: Callable[Concatenate[S, P], Steps[T]],
) -> Callable[Concatenate[S, P], Coroutine[Any, Any, T]]:
    """Return a method under one name for both colours: awaited on a loop, called in a thread.

    Handlers, actions and ``dispatch`` of async classes are of this kind, so that a sync
    ``def list()`` of a user, which runs in a worker, gets a response from ``super().list()``.
    """
    name = steps.__name__.lstrip("_")

    def method(self: S, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        drive = arun if on_loop() else run
        return drive(steps(self, *args, **kwargs))

    _dress(method, steps, name)
    return markcoroutinefunction(method)


def _dress(method: Any, steps: Any, name: str) -> None:
    functools.update_wrapper(method, steps)
    del method.__wrapped__  # it would pass for a generator function
    method.__name__ = name
    method.__qualname__ = f"{steps.__qualname__.rpartition('.')[0]}.{name}"
    signature = inspect.signature(steps)
    method.__signature__ = signature.replace(return_annotation=signature.empty)
    method.__steps__ = steps
