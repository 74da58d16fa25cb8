"""Bounds on a value, read from the metadata of ``Annotated`` as annotated-types defines it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from math import lcm
from typing import Any, Final


class Missing(Enum):
    """The type of `MISSING`, which stands where None would be a value."""

    MISSING = "MISSING"

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing.MISSING


@dataclass(frozen=True, slots=True)
class Constraints:
    """Everything that must hold for a value; of two bounds of one kind the tighter is kept.

    Args:
        gt, ge, lt, le: bounds; `MISSING` when there is none.
        multiple_of: a positive step; the value divided by it leaves no remainder.
        min_length, max_length: inclusive bounds of ``len(value)``.
        timezone: of a datetime: None (naive), ``...`` (aware), or the zone it must be in.
        predicates: functions that return something true for a good value.
    """

    gt: Any = MISSING
    ge: Any = MISSING
    lt: Any = MISSING
    le: Any = MISSING
    multiple_of: Any = MISSING
    min_length: int | Missing = MISSING
    max_length: int | Missing = MISSING
    timezone: Any = MISSING
    predicates: tuple[Callable[[Any], object], ...] = field(default=(), hash=False)

    def __bool__(self) -> bool:
        return self != NO_CONSTRAINTS

    def __repr__(self) -> str:
        return f"Constraints({', '.join(f'{name}={value!r}' for name, value in self)})"

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        """Iterate over the (name, value) pairs that are set."""
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not MISSING and value != ():
                yield item.name, value

    def tightened(self, name: str, value: Any) -> Constraints:
        """Return these constraints and one more.

        Raises:
            ValueError: both cannot be kept, as with two time zones.
        """
        if name == "predicates":
            return replace(self, predicates=(*self.predicates, value))
        present = getattr(self, name)
        if present is MISSING or present == value:
            return replace(self, **{name: value})
        if name in ("gt", "ge", "min_length"):
            return replace(self, **{name: max(present, value)})
        if name in ("lt", "le", "max_length"):
            return replace(self, **{name: min(present, value)})
        if name == "multiple_of" and type(present) is type(value) is int:
            return replace(self, multiple_of=lcm(present, value))
        raise ValueError(f"{name} is given twice, as {present!r} and {value!r}")


NO_CONSTRAINTS: Final = Constraints()

_NUMBERS = (int, float, Decimal)
#: Scalar type -> types its bounds may have.
_ORDERED: dict[Any, tuple[type, ...]] = {
    int: _NUMBERS,
    float: _NUMBERS,
    Decimal: _NUMBERS,
    date: (date,),
    datetime: (datetime,),
    time: (time,),
    timedelta: (timedelta,),
}
#: Scalar type -> types its step may have; Python divides no Decimal by a float.
_STEPPED: dict[Any, tuple[type, ...]] = {
    int: (int,),
    float: (int, float),
    Decimal: (int, Decimal),
    timedelta: (timedelta,),
}
#: Name in annotated-types -> its attribute, which is also our name for it.
_ATOMS = {
    "Gt": "gt",
    "Ge": "ge",
    "Lt": "lt",
    "Le": "le",
    "MultipleOf": "multiple_of",
    "MinLen": "min_length",
    "MaxLen": "max_length",
    "Timezone": "tz",
    "Predicate": "func",
}
_NAMES = {"tz": "timezone", "func": "predicates"}


def unpack(metadata: Iterable[Any]) -> Iterator[Any]:
    """Yield *metadata* with groups such as ``Interval`` and ``Len`` taken apart."""
    for item in metadata:
        if getattr(item, "__is_annotated_types_grouped_metadata__", False) is True:
            yield from unpack(item)
        else:
            yield item


def as_constraint(item: Any) -> tuple[str, Any] | None:
    """Return the name and value of a constraint of annotated-types, None for anything else."""
    # Whoever made one has imported the library, so it is never imported for the question's sake.
    library = sys.modules.get("annotated_types")
    if library is None:
        return None
    for kind, attribute in _ATOMS.items():
        if isinstance(item, getattr(library, kind)):
            return _NAMES.get(attribute, attribute), getattr(item, attribute)
    return None


def objection(name: str, value: Any, scalar: Any, *, sized: bool) -> str | None:
    """Return why a constraint cannot be checked on a value, None if it can.

    Args:
        name: the constraint, as in `Constraints`.
        value: what it demands.
        scalar: the scalar type it stands on; None for anything that is no scalar.
        sized: whether values have a length.
    """
    if name == "predicates":
        return None if callable(value) else "a predicate is called with the value"
    if name == "timezone":
        return None if scalar is datetime else "only a datetime has a time zone"
    if name in ("min_length", "max_length"):
        if not sized:
            return "its values have no length"
        return None if type(value) is int and value >= 0 else "a length is an integer from 0 up"
    allowed = (_STEPPED if name == "multiple_of" else _ORDERED).get(scalar)
    if allowed is None:
        return "its values are not numbers" + ("" if name == "multiple_of" else " or dates")
    if isinstance(value, bool) or not isinstance(value, allowed) or _mixes_dates(scalar, value):
        return f"compare it with {' or '.join(kind.__name__ for kind in allowed)}"
    if name == "multiple_of" and not scalar(0) < value:
        return "a step is greater than zero"
    return None


def _mixes_dates(scalar: Any, value: Any) -> bool:
    """Tell a datetime used as a bound of dates: a subclass that cannot be compared with them."""
    return scalar is date and isinstance(value, datetime)
