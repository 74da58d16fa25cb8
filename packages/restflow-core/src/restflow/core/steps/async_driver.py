"""The driver for event loops: one hop, and everything that can follow it stays in the worker."""

from __future__ import annotations

from typing import TypeVar

from .hop import Around, Hop, Returned
from .step import Steps

T = TypeVar("T")


async def arun(steps: Steps[T], *, around: Around | None = None) -> T:
    """Drive *steps* to their end from the event loop and return what they return.

    Inline steps are called where the driver stands and async ones awaited on the loop. The first
    blocking step takes one hop to the thread that asgiref keeps for this context; the decision
    then goes on *in that thread* through every step with a sync form, until a step that can only
    be awaited, or the end.

    Args:
        steps: the decision.
        around: wraps each stay in the worker, for what is bound to a thread and has to enclose
            the steps there: ``around(stay)`` calls ``stay()`` once and returns its result. This is
            how ``ATOMIC_REQUESTS`` works, so that no transaction spans an async step.

    Whatever a step raises is raised inside the decision, at the step. On cancellation the decision
    gets ``CancelledError``; while the worker is inside a step, it gets it there, after that step,
    and the driver waits for the worker to leave.
    """
    try:
        step = next(steps)
        while True:
            if step.async_ is None and not step.inline:
                outcome = await Hop(steps, step, around).outcome()
                if type(outcome) is Returned:
                    result: T = outcome.value
                    return result
                step = outcome  # type: ignore[assignment]
                continue
            try:
                if step.inline:
                    value = step.sync(*step.args, **step.kwargs)  # type: ignore[misc]
                    if hasattr(type(value), "__await__"):
                        value = await value
                else:
                    value = await step.async_(*step.args, **step.kwargs)  # type: ignore[misc]
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(value)
    except StopIteration as stop:
        result = stop.value
        return result
