"""A step: something to call, and where it may be called."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

#: A decision: yields steps, is resumed with their results, returns a ``T``.
Steps: TypeAlias = Generator["Step", Any, T]


class Step:
    """One call that a decision asks its driver to make.

    Args:
        sync: the sync form, called where blocking is allowed (or anywhere, if ``inline``).
        async_: the async form, a callable whose result is awaited on the loop.
        args: positional arguments of whichever form is called.
        kwargs: keyword arguments of whichever form is called.
        inline: the sync form is pure CPU work, fast enough for the event loop.

    A step with both forms is the one a driver can always take where it stands: on the loop the
    async one, in a thread the sync one, so it never causes a hop.
    """

    __slots__ = ("args", "async_", "inline", "kwargs", "sync")

    def __init__(
        self,
        sync: Callable[..., Any] | None = None,
        async_: Callable[..., Any] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        inline: bool = False,
    ) -> None:
        self.sync = sync
        self.async_ = async_
        self.args = args
        self.kwargs = kwargs or {}
        self.inline = inline

    def __repr__(self) -> str:
        kind = "inline" if self.inline else "blocking" if self.sync else "async"
        if self.sync is not None and self.async_ is not None:
            kind = "either"
        return f"<Step {kind} {self.name}>"

    @property
    def name(self) -> str:
        """The dotted name of what the step calls, for messages."""
        target: Any = self.async_ if self.sync is None else self.sync
        while hasattr(target, "func"):  # functools.partial
            target = target.func
        name = getattr(target, "__qualname__", type(target).__qualname__)
        return f"{getattr(target, '__module__', '?')}.{name}"


def inline(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Step:
    """Return a step that calls *func* wherever the driver stands: fast, pure CPU work."""
    return Step(func, None, args, kwargs, inline=True)


def blocking(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Step:
    """Return a step that calls *func* in a thread: the ORM, files, sync user code."""
    return Step(func, None, args, kwargs)


def awaiting(func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Step:
    """Return a step that awaits ``func(...)`` on the event loop; there is no sync form."""
    return Step(None, func, args, kwargs)


def either(
    sync: Callable[..., Any], async_: Callable[..., Any], /, *args: Any, **kwargs: Any
) -> Step:
    """Return a step with two equal forms: a driver takes the one that fits where it stands."""
    return Step(sync, async_, args, kwargs)
