"""Reading one value: as a DRF field would, at the cost of a function call.

A reader takes what the client sent and returns the Python value, or raises DRF's
``ValidationError``. Common spellings are read directly; everything else, each error included, is
left to the DRF field, so the two can differ in speed only.
"""

from __future__ import annotations

import datetime
import math
import re
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal, DecimalException
from typing import Any, TypeAlias

from django.conf import settings
from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework import fields as drf
from rest_framework.exceptions import ValidationError
from rest_framework.settings import api_settings

from . import patterns

Reader: TypeAlias = Callable[[Any], Any]
#: A DRF serializer field, whatever its values.
SerializerField: TypeAlias = "drf.Field[Any, Any, Any, Any]"

#: No value at all: the parameter is blank and filters nothing.
BLANK = object()
#: Characters of a value that is no text: enough for any number, date or address.
MAX_LENGTH = 1000

_TOO_LONG = _("Ensure this value has no more than {limit} characters.")
_TOO_MANY = _("Ensure this list has no more than {limit} items.")
_NOT_TWO = _("Expected two values, the first and the last of a range.")
_OUT_OF_RANGE = _("This value is out of range.")


def reader_of(field: SerializerField) -> Reader:
    """Return the reader that gives the answers of *field*, a DRF serializer field.

    A field of any class but DRF's own, or with validators beyond its bounds, is asked itself.
    """
    make = _FAST.get(type(field))
    if make is None or not _plain(field):
        return checked(field)
    return make(field)


def checked(field: SerializerField) -> Reader:
    """Return the reader that asks *field* itself, for values of a sane length."""
    limit = max(MAX_LENGTH, getattr(field, "max_length", None) or 0)

    def read(raw: Any) -> Any:
        if raw.__class__ is str and len(raw) > limit:
            raise ValidationError(str(_TOO_LONG).format(limit=limit), code="max_length")
        try:
            return field.run_validation(raw)
        except DjangoValidationError as error:
            raise ValidationError(drf.get_error_detail(error)) from error
        except (OverflowError, DecimalException) as error:  # DRF foresees most of them, not all
            raise ValidationError(_OUT_OF_RANGE, code="overflow") from error

    return read


def is_user_code(field: SerializerField) -> bool:
    """Tell whether reading by *field* runs code that is not DRF's, which may block."""
    return not type(field).__module__.startswith("rest_framework.") or any(
        not type(validator).__module__.startswith(("rest_framework.", "django."))
        for validator in field.validators
    )


def _plain(field: SerializerField) -> bool:
    if isinstance(field, drf.CharField):
        return len(field.validators) == 2 + (field.max_length is not None)
    return all(type(item) in (MaxValueValidator, MinValueValidator) for item in field.validators)


def _bounds(field: Any, low: Any, high: Any) -> tuple[Any, Any]:
    return (
        low if field.min_value is None else field.min_value,
        high if field.max_value is None else field.max_value,
    )


def _integer(field: Any) -> Reader:
    low, high = _bounds(field, -math.inf, math.inf)
    ask = checked(field)

    def read(raw: Any) -> Any:
        if raw.__class__ is str and len(raw) < 30:
            try:
                value = int(raw)
            except ValueError:
                return ask(raw)
            if low <= value <= high:
                return value
        return ask(raw)

    return read


def _float(field: Any) -> Reader:
    low, high = _bounds(field, -math.inf, math.inf)
    ask = checked(field)

    def read(raw: Any) -> Any:
        if raw.__class__ is str and len(raw) < 40:
            try:
                value = float(raw)
            except ValueError:
                return ask(raw)
            if low <= value <= high and value - value == 0:  # neither NaN nor an infinity
                return value
        return ask(raw)

    return read


def _decimal(field: Any) -> Reader:
    low, high = _bounds(field, Decimal("-Infinity"), Decimal("Infinity"))
    ask = checked(field)
    whole, places = field.max_whole_digits, field.decimal_places
    if whole is None or field.localize or not whole:
        return ask
    fits = re.compile(
        rf"-?[0-9]{{1,{whole}}}(?:\.[0-9]{{1,{places}}})?" if places else rf"-?[0-9]{{1,{whole}}}"
    ).fullmatch

    def read(raw: Any) -> Any:
        if raw.__class__ is str and fits(raw):
            value = Decimal(raw)
            if low <= value <= high:
                return value
        return ask(raw)

    return read


def _boolean(field: Any) -> Reader:
    known = {
        word: meaning
        for words, meaning in ((field.TRUE_VALUES, True), (field.FALSE_VALUES, False))
        for word in words
        if isinstance(word, str)
    }
    ask = checked(field)

    def read(raw: Any) -> Any:
        if raw.__class__ is str and raw in known:
            return known[raw]
        return ask(raw)

    return read


def _text(field: Any) -> Reader:
    limit = field.max_length or math.inf
    trim = field.trim_whitespace
    ask = checked(field)

    def read(raw: Any) -> Any:
        if raw.__class__ is str:
            value = raw.strip() if trim else raw
            if value and value.isascii() and len(value) <= limit and "\0" not in value:
                return value
        return ask(raw)

    return read


def _choice(field: Any) -> Reader:
    known = field.choice_strings_to_values
    ask = checked(field)

    def read(raw: Any) -> Any:
        if raw.__class__ is str and raw in known:
            return known[raw]
        return ask(raw)

    return read


def _uuid(field: Any) -> Reader:
    ask = checked(field)

    def read(raw: Any) -> Any:
        if raw.__class__ is str:
            try:
                return uuid.UUID(raw)
            except ValueError:
                pass
        return ask(raw)

    return read


def _date(field: Any) -> Reader:
    ask = checked(field)
    if hasattr(field, "input_formats") or list(api_settings.DATE_INPUT_FORMATS) != ["iso-8601"]:
        return ask

    def read(raw: Any) -> Any:
        if raw.__class__ is str and len(raw) == 10:
            try:
                return datetime.date.fromisoformat(raw)
            except ValueError:
                pass
        return ask(raw)

    return read


def _datetime(field: Any) -> Reader:
    ask = checked(field)

    def read(raw: Any) -> Any:
        value = ask(raw)
        if not in_utc(value):
            raise ValidationError(_OUT_OF_RANGE, code="overflow")
        return value

    return read


def in_utc(value: datetime.datetime) -> bool:
    """Tell whether a database can hold *value*: its time in UTC lies in the years 1 to 9999."""
    try:
        return value.tzinfo is None or value.astimezone(datetime.UTC) is not None
    except OverflowError:
        return False


_FAST: dict[type, Callable[[Any], Reader]] = {
    drf.IntegerField: _integer,
    drf.FloatField: _float,
    drf.DecimalField: _decimal,
    drf.BooleanField: _boolean,
    drf.CharField: _text,
    drf.ChoiceField: _choice,
    drf.UUIDField: _uuid,
    drf.DateField: _date,
    drf.DateTimeField: _datetime,
}


def list_reader(read: Reader, separator: str | None, limit: int) -> Reader:
    """Return the reader of a list of distinct items, in the order they were sent.

    Args:
        read: reads one item.
        separator: splits a value into items; None takes each value as one item.
        limit: how many items there may be.
    """

    def read_list(values: Sequence[Any]) -> Any:
        items = _items(values, separator, limit)
        return list(dict.fromkeys(map(read, items))) if items else BLANK

    return read_list


def range_reader(read: Reader, separator: str | None) -> Reader:
    """Return the reader of two values, the ends of a range that includes both."""

    def read_range(values: Sequence[Any]) -> Any:
        ends = _items(values, separator, MAX_LENGTH)
        if not ends:
            return BLANK
        if len(ends) != 2:
            raise ValidationError(_NOT_TWO, code="range")
        return tuple(map(read, ends))

    return read_range


def year_reader(read: Reader) -> Reader:
    """Return the reader of a year whose first and last moment a database can hold."""

    def read_year(raw: Any) -> Any:
        year = read(raw)
        if year in (1, 9999) and settings.USE_TZ:
            zone = timezone.get_current_timezone()
            first = datetime.datetime(year, 1, 1, tzinfo=zone)
            last = datetime.datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=zone)
            if not (in_utc(first) and in_utc(last)):
                raise ValidationError(_OUT_OF_RANGE, code="overflow")
        return year

    return read_year


def pattern_reader(read: Reader) -> Reader:
    """Return the reader of a regular expression that is safe to run."""

    def read_pattern(raw: Any) -> Any:
        pattern = read(raw)
        reason = patterns.objection(pattern)
        if reason is not None:
            raise ValidationError(reason, code="pattern")
        return pattern

    return read_pattern


def _items(values: Sequence[Any], separator: str | None, limit: int) -> list[Any]:
    """Return what was sent as single items without the blank ones.

    Raises:
        ValidationError: there are more than *limit*.
    """
    items: list[Any] = []
    for value in values:
        if value.__class__ is not str:
            items.extend(value if isinstance(value, (list, tuple, set, frozenset)) else [value])
        elif separator is None:
            items.append(value)
        elif value.count(separator) < limit:
            items.extend(value.split(separator))
        else:
            raise _too_many(limit)
    items = [item for item in items if not is_blank(item)]
    if len(items) > limit:
        raise _too_many(limit)
    return items


def is_blank(raw: Any) -> bool:
    """Tell whether a sent value is none: nothing but white space, or None."""
    return raw is None or (raw.__class__ is str and (not raw or raw.isspace()))


def _too_many(limit: int) -> ValidationError:
    return ValidationError(str(_TOO_MANY).format(limit=limit), code="max_length")
