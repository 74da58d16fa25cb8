"""The driver for threads: every step is called in place."""

from __future__ import annotations

from collections.abc import Callable
from inspect import iscoroutine
from typing import Any, TypeVar

from asgiref.sync import async_to_sync

from .place import on_loop
from .step import Step, Steps

T = TypeVar("T")


class AsyncOnlyError(TypeError):
    """Sync code reached something that only exists as ``async def``."""


def run(steps: Steps[T], *, on_async: Callable[[Step], Any] | None = None) -> T:
    """Drive *steps* to their end in this thread and return what they return.

    Args:
        steps: the decision.
        on_async: what to do with a step that has no sync form, or whose sync form returned an
            awaitable: :func:`bridge` (the default) waits for its answer, :func:`refuse` raises.

    Whatever a step raises is raised inside the decision, at the step.
    """
    answer = on_async or bridge
    try:
        step = next(steps)
        while True:
            try:
                if step.sync is None:
                    value = answer(step)
                else:
                    value = step.sync(*step.args, **step.kwargs)
                    if hasattr(type(value), "__await__"):
                        value = answer(unawaited(step, value))
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(value)
    except StopIteration as stop:
        result: T = stop.value
        return result


def bridge(step: Step) -> Any:
    """Await *step* from sync code: on the loop that this thread works for, or on one of its own.

    Raises:
        AsyncOnlyError: this very thread runs an event loop, so waiting would stop it for good.
    """
    call = step.async_
    assert call is not None
    if on_loop():
        discard(step)
        raise AsyncOnlyError(
            f"{step.name} is async, and the sync call that needs its answer was made on the "
            f"event loop. Await the async twin (its name starts with 'a') instead."
        )

    async def answer() -> Any:
        return await call(*step.args, **step.kwargs)

    return async_to_sync(answer)()


def refuse(step: Step) -> Any:
    """Raise instead of waiting, for sync paths that promise never to start a loop.

    Raises:
        AsyncOnlyError: always; it names what was reached.
    """
    discard(step)
    raise AsyncOnlyError(
        f"{step.name} is async and this sync call cannot await it. "
        f"Call the async twin (its name starts with 'a'), or make {step.name} sync."
    )


class Unawaited:
    """The async form of a sync call that turned out to return an awaitable."""

    __slots__ = ("func", "value")

    def __init__(self, func: Callable[..., Any], value: Any) -> None:
        self.func = func  # Step.name looks here
        self.value = value

    async def __call__(self) -> Any:
        return await self.value


def unawaited(step: Step, value: Any) -> Step:
    """Return the step that awaits *value*, which *step*'s sync form returned."""
    assert step.sync is not None
    return Step(None, Unawaited(step.sync, value))


def discard(step: Step) -> None:
    """Close a coroutine that will never be awaited, so that Python does not warn about it."""
    if isinstance(step.async_, Unawaited) and iscoroutine(step.async_.value):
        step.async_.value.close()
