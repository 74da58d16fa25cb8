"""Annotations that list their values: ``Literal`` and ``Enum``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum, Flag
from typing import Any, get_args
from uuid import UUID

from .site import Site
from .spec import Choice

#: What a choice may be: whatever has one text that everybody writes the same way.
_VALUES = (str, int, float, Decimal, date, time, timedelta, UUID)


def literal(hint: Any, site: Site) -> Choice:
    """Return the spec of a ``Literal``; None among its values makes it nullable."""
    given = get_args(hint)
    values = [value for value in given if value is not None]
    enums = {type(value) for value in values if isinstance(value, Enum)}
    if not values or len(enums) > 1 or (enums and not all(isinstance(v, Enum) for v in values)):
        raise site.error(
            "a Literal lists texts, numbers and booleans, or members of one Enum",
            "List values of one of these kinds.",
        )
    enum = enums.pop() if enums else None
    values = [value.value for value in values] if enum else values
    _check(values, site)
    return Choice(tuple(values), enum, nullable=len(values) < len(given))


def enumeration(enum: type[Enum], site: Site) -> Choice:
    """Return the spec of an enum: its members by their values."""
    values = [member.value for member in enum]
    if issubclass(enum, Flag) or not values:
        raise site.error(
            f"{enum.__name__} has no members to choose from one by one",
            "Use an Enum with members, set[...] of one, or int for the bits of a Flag.",
        )
    _check(values, site)
    return Choice(tuple(values), enum)


def merged(choices: Sequence[Choice], site: Site) -> Choice:
    """Return the choice that offers the values of all *choices*."""
    enums = {choice.enum for choice in choices}
    if len(enums) > 1 or any(choice.constraints or choice.metadata for choice in choices):
        raise site.error(
            "it mixes choices of different kinds",
            "List all values in one Literal or one Enum.",
        )
    # 1 and True are equal, and different choices.
    values = {(type(value), value): value for choice in choices for value in choice.values}
    return Choice(tuple(values.values()), enums.pop())


def _check(values: Sequence[Any], site: Site) -> None:
    for value in values:
        if not isinstance(value, _VALUES):
            raise site.error(
                f"{value!r} is no choice a client can send",
                "Let every value be a text, a number, a date, a time or a UUID.",
            )
