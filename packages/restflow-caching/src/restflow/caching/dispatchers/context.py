"""Ambient state, such as the tenant, that comes along from a write to the work that follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

__all__ = ["capture_context", "register_context", "restored_context"]

_registered: dict[str, tuple[Callable[[], Any], Callable[[Any], AbstractContextManager[Any]]]] = {}


def register_context(
    name: str,
    capture: Callable[[], Any],
    restore: Callable[[Any], AbstractContextManager[Any]],
) -> None:
    """Carry ambient state from the write that fires a rule to wherever the work is done.

    Register it in every process, in a ``caches.py`` for instance.

    Args:
        name: the same in every process.
        capture: returns the state when a rule fires; plain data that JSON can hold.
        restore: a context manager that sets the state for the time of the work.
    """
    _registered[name] = (capture, restore)


def capture_context() -> dict[str, Any]:
    """Return the registered state of this moment."""
    return {name: capture() for name, (capture, _) in _registered.items()}


@contextmanager
def restored_context(captured: Mapping[str, Any]) -> Iterator[None]:
    """Set the registered state to what was *captured*."""
    with ExitStack() as stack:
        for name, value in captured.items():
            if name in _registered:
                stack.enter_context(_registered[name][1](value))
        yield
