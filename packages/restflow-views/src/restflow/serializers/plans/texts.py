"""The texts of UUIDs and moments: by msgspec or orjson where they are installed.

Every writer takes exactly the class its name says and returns exactly what the Python expression
returns; they differ in speed alone. msgspec makes a text of a moment in an eighth of the time.
Readers refuse what they are not sure of.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import Any
from uuid import UUID, SafeUUID

__all__ = ["Texts", "doubts", "texts", "uuid_parser"]


@dataclass(frozen=True, slots=True)
class Texts:
    """How to write one kind of value each.

    Args:
        uuid: ``str(value)``.
        utc: ``value.isoformat()`` of an aware date-time in ``datetime.UTC``, with ``Z`` for the
            offset.
        naive: ``value.isoformat()`` of a naive date-time.
        library: that does it.
    """

    uuid: Callable[[UUID], str]
    utc: Callable[[datetime.datetime], str]
    naive: Callable[[datetime.datetime], str]
    library: str


@cache
def texts() -> Texts:
    """Return the fastest writers at hand."""
    for make in (by_msgspec, by_orjson):
        try:
            return make()
        except ImportError:
            continue
    return by_python()


def by_msgspec() -> Texts:
    """Return the writers of msgspec.

    Raises:
        ImportError: it is not installed.
    """
    from msgspec import to_builtins

    return Texts(to_builtins, to_builtins, to_builtins, "msgspec")


def by_orjson() -> Texts:
    """Return the writers of orjson.

    Raises:
        ImportError: it is not installed.
    """
    from orjson import OPT_UTC_Z, dumps

    def text(value: Any) -> str:
        return dumps(value)[1:-1].decode()

    def utc(value: datetime.datetime) -> str:
        return dumps(value, None, OPT_UTC_Z)[1:-1].decode()

    return Texts(text, utc, text, "orjson")


_GROUPS = itemgetter(slice(8), slice(8, 12), slice(12, 16), slice(16, 20), slice(20, 32))


def by_python() -> Texts:
    """Return the writers that need no library."""

    def uuid(value: UUID) -> str:
        # What str() does, in a third less time.
        return "-".join(_GROUPS("%032x" % value.int))  # noqa: UP031

    def utc(value: datetime.datetime) -> str:
        # Writing date and time apart spares the question for the offset, which is known.
        return f"{value.date().isoformat()}T{value.time().isoformat()}Z"

    return Texts(uuid, utc, datetime.datetime.isoformat, "python")


# -- reading ---------------------------------------------------------------------------------


@cache
def uuid_parser() -> tuple[Callable[..., UUID], tuple[Any, ...]]:
    """Return what makes a UUID of its usual spellings, and its arguments after the text.

    It raises one of :func:`doubts` at other spellings.
    """
    try:
        from msgspec import convert
    except ImportError:
        return parsed_uuid, ()
    return convert, (UUID,)


@cache
def doubts() -> tuple[type[Exception], ...]:
    """Return what a reader may raise instead of an answer; DRF then has a look."""
    try:
        from msgspec import MsgspecError
    except ImportError:
        return ValueError, ArithmeticError
    return ValueError, ArithmeticError, MsgspecError  # no ValueError in its early versions


def parsed_uuid(value: str) -> UUID:
    """Return the UUID that 32 hexadecimal digits say, with or without hyphens.

    Raises:
        ValueError: they do not.
    """
    digits = value.replace("-", "")
    if len(digits) != 32:
        raise ValueError(value)
    # What the constructor does once it has the number, without its other spellings.
    made = _new(UUID)
    _set_int(made, int(digits, 16))
    _set_safe(made, SafeUUID.unknown)
    return made


_new = object.__new__
_set_int = vars(UUID)["int"].__set__
_set_safe = vars(UUID)["is_safe"].__set__
