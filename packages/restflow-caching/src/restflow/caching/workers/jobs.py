"""The function that RQ and django-q2 call by its dotted path."""

from __future__ import annotations

from ..dispatchers import receive

__all__ = ["invalidate"]


def invalidate(message: str) -> None:
    """Do what a rule in another process has asked for.

    Raises:
        Undelivered: the cache is out of order; the worker's own way to try again applies.
    """
    receive(message)
