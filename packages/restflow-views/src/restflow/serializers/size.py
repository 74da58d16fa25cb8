"""How much there is in a piece of data: enough to keep the event loop waiting, or not."""

from __future__ import annotations

from typing import Any

__all__ = ["is_small"]

#: Values in containers, and characters in texts, that take well under a millisecond to validate.
VALUES = 200
CHARACTERS = 20_000


def is_small(data: Any) -> bool:
    """Tell whether *data* holds few enough values to be validated on the event loop.

    Only what a JSON parser makes counts as small: other objects may do anything when touched.
    """
    values, characters = VALUES, CHARACTERS
    waiting = [data]
    while waiting:
        item = waiting.pop()
        values -= 1
        kind = item.__class__
        if kind is str:
            characters -= len(item)
        elif kind is dict:
            values -= len(item)
            waiting.extend(item.values() if values > 0 else ())
        elif kind is list:
            values -= len(item)
            waiting.extend(item if values > 0 else ())
        elif kind not in _SIMPLE:
            return False
        if values < 0 or characters < 0:
            return False
    return True


_SIMPLE = frozenset({int, float, bool, type(None)})
