"""Bounds of an annotation as DRF arguments, where it has them, and as validators otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.validators import (
    BaseValidator,
    MaxLengthValidator,
    MaxValueValidator,
    MinLengthValidator,
    MinValueValidator,
)
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers as drf

from restflow.core.adapters import calling
from restflow.core.annotations import Constraints

__all__ = [
    "GreaterThanValidator",
    "LessThanValidator",
    "MultipleOfValidator",
    "PredicateValidator",
    "TimezoneValidator",
    "arguments_for",
]


class GreaterThanValidator(BaseValidator):
    """The value is greater than the limit, not equal."""

    message = _("Ensure this value is greater than %(limit_value)s.")
    code = "greater_than"

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether *a* is refused."""
        return bool(not a > b)


class LessThanValidator(BaseValidator):
    """The value is less than the limit, not equal."""

    message = _("Ensure this value is less than %(limit_value)s.")
    code = "less_than"

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether *a* is refused."""
        return bool(not a < b)


class MultipleOfValidator(BaseValidator):
    """The value divided by the limit leaves no remainder."""

    message = _("Ensure this value is a multiple of %(limit_value)s.")
    code = "multiple_of"

    def compare(self, a: Any, b: Any) -> bool:
        """Tell whether *a* is refused; floats may miss by what rounding costs."""
        rest = a % b
        if isinstance(rest, float):
            return bool(min(rest, b - rest) > 1e-9 * max(abs(a), abs(b)))
        return bool(rest)


class PredicateValidator:
    """A function says whether the value is good."""

    message = _("This value is not valid.")
    code = "predicate"

    def __init__(self, function: Callable[[Any], object]) -> None:
        if calling(function, None).sync is None:
            raise TypeError(
                f"Predicate({function!r}) is async, and its answer would count as true: write an "
                f"async validate_<field>() or an async validator instead"
            )
        self.function = function

    def __call__(self, value: Any) -> None:
        """Check *value*.

        Raises:
            ValidationError: the function returned something false.
        """
        if not self.function(value):
            raise drf.ValidationError(self.message, code=self.code)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PredicateValidator) and self.function == other.function

    def __hash__(self) -> int:
        return hash(self.function)


class TimezoneValidator:
    """A date-time is naive (``None``), aware (``...``) or in one zone."""

    message = _("This date and time has the wrong time zone.")
    code = "timezone"

    def __init__(self, zone: Any) -> None:
        self.zone = zone

    def __call__(self, value: Any) -> None:
        """Check *value*.

        Raises:
            ValidationError: its time zone is another one.
        """
        if self.zone is None:
            good = value.tzinfo is None
        elif self.zone is ...:
            good = value.tzinfo is not None
        else:
            good = value.tzinfo is not None and str(value.tzinfo) == str(self.zone)
        if not good:
            raise drf.ValidationError(self.message, code=self.code)


_VALIDATORS: dict[str, Callable[[Any], Any]] = {
    "gt": GreaterThanValidator,
    "ge": MinValueValidator,
    "lt": LessThanValidator,
    "le": MaxValueValidator,
    "multiple_of": MultipleOfValidator,
    "min_length": MinLengthValidator,
    "max_length": MaxLengthValidator,
    "timezone": TimezoneValidator,
}
_VALUES = (drf.IntegerField, drf.FloatField, drf.DecimalField, drf.DurationField)
_LENGTHS = (drf.CharField, drf.ListField, drf.BaseSerializer, drf.FileField)
_TAKEN: dict[str, tuple[tuple[type, ...], str]] = {
    "ge": (_VALUES, "min_value"),
    "le": (_VALUES, "max_value"),
    "min_length": (_LENGTHS, "min_length"),
    "max_length": (_LENGTHS, "max_length"),
}


def arguments_for(cls: type[Any], constraints: Constraints) -> dict[str, Any]:
    """Return the arguments that make a field of *cls* keep *constraints*."""
    arguments: dict[str, Any] = {}
    validators: list[Any] = []
    for name, value in constraints:
        classes, argument = _TAKEN.get(name, ((), ""))
        if name == "predicates":
            validators += map(PredicateValidator, value)
        elif issubclass(cls, classes):
            arguments[argument] = value
        else:
            validators.append(_VALIDATORS[name](value))
    if validators:
        arguments["validators"] = validators
    return arguments
