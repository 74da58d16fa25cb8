"""Code that runs while an error is being handled sees that error, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from restflow.core.steps import Step


def while_handling(error: BaseException, step: Step) -> Step:
    """Return *step* with ``sys.exc_info()`` set to *error* during the call.

    A driver calls a step outside the ``except`` block of the decision that asks for it; exception
    handlers log with ``logger.exception()`` and ``traceback.format_exc()``.
    """
    return Step(
        None if step.sync is None else partial(_called, error, step.sync),
        None if step.async_ is None else partial(_awaited, error, step.async_),
        step.args,
        step.kwargs,
        inline=step.inline,
    )


def _called(error: BaseException, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    traceback = error.__traceback__
    try:
        raise error
    except BaseException:
        error.__traceback__ = traceback
        return func(*args, **kwargs)


async def _awaited(
    error: BaseException, func: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    traceback = error.__traceback__
    try:
        raise error
    except BaseException:
        error.__traceback__ = traceback
        return await func(*args, **kwargs)
