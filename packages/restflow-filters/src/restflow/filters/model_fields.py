"""From a model's column to the filter field that reads its values, bounds included."""

from __future__ import annotations

import re
from typing import Any

from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations

from . import fields

#: Columns whose names say that nobody should be able to search them.
SECRET = re.compile(
    r"passw(or)?d|passphrase|secret(?!ar)|token|credential"
    r"|(?:^|_)(?:hash|salt|otp|pin|cvv|ssn)(?:$|_)"
    r"|(?:api|auth|private|signing|encryption|access|session)_?key",
    re.IGNORECASE,
)

#: Family of a declared field -> families of columns it may be compared with.
COMPARABLE: dict[str, frozenset[str]] = {
    **dict.fromkeys(("integer", "float", "decimal"), frozenset({"integer", "float", "decimal"})),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "time": frozenset({"time"}),
    "duration": frozenset({"duration"}),
    "uuid": frozenset({"uuid", "text"}),
    "ip": frozenset({"ip", "text"}),
}

_CLASSES: tuple[tuple[type[Any], type[fields.Field]], ...] = (
    (models.BooleanField, fields.BooleanField),
    (models.DecimalField, fields.DecimalField),
    (models.DateTimeField, fields.DateTimeField),
    (models.DateField, fields.DateField),
    (models.TimeField, fields.TimeField),
    (models.DurationField, fields.DurationField),
    (models.UUIDField, fields.UUIDField),
    (models.EmailField, fields.EmailField),
    (models.GenericIPAddressField, fields.IPAddressField),
    (models.IntegerField, fields.IntegerField),
    (models.FloatField, fields.FloatField),
    (models.FilePathField, fields.StringField),
    (models.CharField, fields.StringField),
    (models.TextField, fields.StringField),
)


def is_secret(name: str) -> bool:
    """Tell a column that ``fields = "__all__"`` leaves out, by its name."""
    return SECRET.search(name) is not None


def field_for_column(column: Any, *, choices: bool = True, **arguments: Any) -> Any:
    """Return the filter field for a model field, None if no query parameter fits its values.

    Args:
        column: the model field that holds the compared values.
        choices: offer the choices of the column instead of all values of its type.
        arguments: of the filter field.
    """
    base = getattr(column, "base_field", None)
    if base is not None and is_array(column):
        child = field_for_column(base, choices=choices)
        if child is None or child.plural:
            return None
        return fields.ListField(child=child, **arguments)
    if choices and column.flatchoices:
        return fields.ChoiceField(choices=column.choices, **arguments)
    for kind, filter_class in _CLASSES:
        if isinstance(column, kind):
            return filter_class(**{**bounds_of(column), **arguments})
    return None


def is_array(column: Any) -> bool:
    """Tell PostgreSQL's array columns, without needing its driver."""
    return type(column).__name__ == "ArrayField" or column.get_internal_type() == "ArrayField"


def bounds_of(column: Any) -> dict[str, Any]:
    """Return what a column can hold, as options of the field that reads it."""
    if isinstance(column, models.DecimalField):
        options = {"max_digits": column.max_digits, "decimal_places": column.decimal_places}
        return {} if None in options.values() else options  # unlimited: since Django 6.1
    if isinstance(column, models.IntegerField):
        ranges = BaseDatabaseOperations.integer_field_ranges
        low, high = ranges.get(column.get_internal_type(), (None, None))
        return {} if low is None else {"min_value": low, "max_value": high}
    return {}


def fits(declared: fields.Field, column: Any) -> fields.Field | None:
    """Return the field that a declared field's values must pass too, None if they fit as they are.

    Args:
        declared: as the filter set declares it.
        column: the model field that holds the compared values.

    Raises:
        TypeError: no value of the one is comparable with the other.
    """
    natural = field_for_column(column, choices=False)
    if natural is None or declared.family in ("any", natural.family):
        return None
    if declared.family in ("text", "choice"):
        return _single(natural)
    if natural.family not in COMPARABLE.get(declared.family, ()):
        raise TypeError(natural.family)
    return None if natural.family == "text" else _single(natural)


def _single(field: fields.Field) -> fields.Field:
    return field.child if isinstance(field, fields.ListField) else field
