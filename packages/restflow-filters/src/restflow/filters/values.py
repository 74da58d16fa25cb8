"""Which values a lookup takes, and so how its parameter is read and documented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db import models

from . import fields
from .lookups import PARTS, PATTERN, REGEX, RELATION, TEXT, output_of
from .model_fields import bounds_of, field_for_column, fits, is_array
from .options import Options
from .readers import (
    Reader,
    SerializerField,
    list_reader,
    pattern_reader,
    range_reader,
    reader_of,
    year_reader,
)

#: The longest LIKE pattern: SQLite allows 50,000 bytes of it, and a character may take four.
MAX_PATTERN = 10_000


class Reading(NamedTuple):
    """How one parameter is read: its reader, whether that takes a list, and its schema."""

    read: Reader
    plural: bool
    schema: Mapping[str, Any]


class Values:
    """The values of one declared field over its column.

    Args:
        name: of the field.
        field: as declared.
        column: the model field that holds the compared values; None if there is none.
        options: the Meta of the filter set.
        error: makes the error for a problem and a remedy.

    Raises:
        ImproperlyConfigured: the values of the field cannot be compared with the column's.
    """

    def __init__(
        self,
        name: str,
        field: fields.Field,
        column: Any,
        options: Options,
        error: Callable[[str, str, str], Exception],
    ) -> None:
        self.field = field
        self.limit = options.max_in_items
        self.array = column is not None and is_array(column)
        # Raised once a value is compared with the column itself, not with a part of it.
        self._misfit: Exception | None = None
        item = column.base_field if self.array else column
        bounds: dict[str, Any] = {}
        after = None
        if item is not None:
            natural = field_for_column(item, choices=False)
            if natural is not None and natural.family == field.family:
                bounds = bounds_of(item)
            try:
                after = fits(field, item)
            except TypeError as problem:
                self._misfit = error(
                    name,
                    f"its values are no {problem} as in the {type(item).__name__} it filters",
                    "declare the type of the column, or use a lookup such as date",
                )
        self.serializer_field: SerializerField = field.serializer_field(bounds)
        self.item: Reader = field.reader(self.serializer_field)
        if after is not None:
            first, second = self.item, after.reader(after.serializer_field())
            self.item = lambda raw: second(first(raw))
        self.user_code = field.runs_user_code(self.serializer_field)

    def own(self) -> Reading:
        """Return the reading of values that no lookup changes, for the user's functions."""
        return self._list() if self.field.plural or self.array else self._one()

    def of(self, column: Any, lookup: str, *, relation: bool) -> Reading | None:
        """Return the reading of *lookup* on *column*, None if the column lacks the lookup.

        Args:
            column: the model field at the end of the path.
            lookup: Django's name, transforms included.
            relation: *column* is a foreign key, which is compared by what it points at.
        """
        if relation:
            found = (column, lookup) if lookup in RELATION else None
        else:
            found = output_of(column, lookup)
        if found is None:
            return None
        output, last = found
        if last == "isnull":
            return _reading(fields.BooleanField())
        if last in REGEX:
            one = _reading(self._text())
            return one._replace(read=pattern_reader(one.read))
        if output is not column:
            one_of_output = self._of_output(column, output, last, lookup)
            return one_of_output and self._listed(last, one_of_output)
        if last in TEXT and not self.array:
            return _reading(self._text(limited=last in PATTERN))
        return self._listed("in" if self.array and last != "range" else last, self._one())

    def _of_output(self, column: Any, output: Any, last: str, lookup: str) -> Reading | None:
        """Return the reading of one value of what a transform gives: a year, a date, a length."""
        part = next((name for name in reversed(lookup.split("__")) if name in PARTS), None)
        if part is not None and isinstance(output, models.IntegerField):
            low, high = PARTS[part]
            reading = _reading(fields.IntegerField(min_value=low, max_value=high))
            if part.endswith("year") and isinstance(column, models.DateTimeField):
                reading = reading._replace(read=year_reader(reading.read))
            return reading
        if last in TEXT or isinstance(output, (models.CharField, models.TextField)):
            return _reading(self._text(limited=last in PATTERN))
        field = field_for_column(output, choices=False)
        return None if field is None else _reading(field)

    def _text(self, *, limited: bool = True) -> fields.StringField:
        options = self.field.options if isinstance(self.field, fields.StringField) else {}
        limit = options.get("max_length") or fields.StringField.defaults["max_length"]
        text: fields.StringField = fields.StringField(
            max_length=min(limit, MAX_PATTERN) if limited else limit,
            trim_whitespace=options.get("trim_whitespace", True),
        )
        return text

    def _listed(self, last: str, one: Reading) -> Reading:
        separator = self.field.separator
        if last == "range":
            read = range_reader(one.read, separator)
            return Reading(read, True, {**_array(one.schema), "minItems": 2, "maxItems": 2})
        if last == "in":
            read = list_reader(one.read, separator, self.limit)
            return Reading(read, True, {**_array(one.schema), "maxItems": self.limit})
        return one

    def _one(self) -> Reading:
        if self._misfit is not None:
            raise self._misfit
        return Reading(self.item, False, self.field.item_schema(self.serializer_field))

    def _list(self) -> Reading:
        return self._listed("in", self._one())


def _reading(field: fields.Field) -> Reading:
    serializer_field = field.serializer_field()
    return Reading(reader_of(serializer_field), False, field.item_schema(serializer_field))


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}
