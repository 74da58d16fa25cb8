"""What turns a value of the expected type into its representation: one expression per field."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.duration import duration_iso_string, duration_string
from rest_framework import fields
from rest_framework.settings import api_settings

from .source import Source
from .texts import texts

__all__ = ["conversion", "reads_clock"]

#: Values that every renderer takes as they are, and that nothing can be called on.
PRIMITIVES = frozenset(
    {str, int, float, bool, type(None), list, dict, tuple, decimal.Decimal, uuid.UUID}
    | {datetime.datetime, datetime.date, datetime.time, datetime.timedelta}
)

#: Writes the expression for a variable; ``other`` is the expression for values not expected.
Conversion = Callable[[str, str], str]


def conversion(field: Any, source: Source) -> Conversion | None:
    """Return how to write the conversion of a plain *field*, ``None`` to leave it to the field.

    The expression must equal ``field.to_representation(value)`` for the classes of values that it
    names, give None for None, and hand every other value to ``other``.
    """
    write = _WRITERS.get(type(field))
    return None if write is None else write(field, source)


def reads_clock(field: Any) -> bool:
    """Tell whether the active time zone matters to *field*."""
    while field is not None:
        if isinstance(field, fields.DateTimeField):
            return True
        field = getattr(field, "child", None)
    return False


def _as_is(name: str) -> Callable[[Any, Source], Conversion]:
    def write(field: Any, source: Source) -> Conversion:
        return lambda v, other: f"{v} if {v}.__class__ is {name} or {v} is None else {other}"

    return write


def _boolean(field: Any, source: Source) -> Conversion:
    return lambda v, other: f"{v} if {v} is True or {v} is False or {v} is None else {other}"


def _primitive(field: Any, source: Source) -> Conversion | None:
    if getattr(field, "binary", False):
        return None
    known = source.name(PRIMITIVES)
    return lambda v, other: f"{v} if {v}.__class__ in {known} else {other}"


def _big_integer(field: Any, source: Source) -> Conversion:
    if getattr(field, "coerce_to_string", api_settings.COERCE_BIGINT_TO_STRING):
        return _called("str", int, source)
    return _as_is("int")(field, source)


def _called(call: str, cls: type, source: Source) -> Conversion:
    kind = source.name(cls)
    return lambda v, other: (
        f"{call}({v}) if {v}.__class__ is {kind} else None if {v} is None else {other}"
    )


def _uuid(field: Any, source: Source) -> Conversion | None:
    if field.uuid_format != "hex_verbose":
        return None
    write, kind = source.name(texts().uuid), source.name(uuid.UUID)
    # UUID(int=True) keeps the True, which the libraries do not take for a number.
    return lambda v, other: (
        f"{write}({v}) if {v}.__class__ is {kind} and {v}.int.__class__ is int "
        f"else None if {v} is None else {other}"
    )


def _decimal(field: Any, source: Source) -> Conversion | None:
    places = field.decimal_places
    coerce = getattr(field, "coerce_to_string", api_settings.COERCE_DECIMAL_TO_STRING)
    if not coerce or field.localize or field.normalize_output or not places:
        return None
    # A text with its point at the right place has that exponent and no other: quantizing it
    # changes nothing, and "f" formats it as str() did.
    kind = source.name(decimal.Decimal)
    point, longest = places + 1, (field.max_digits or 28) + 1
    return lambda v, other: (
        f"(text if {v}.__class__ is {kind} and {point} <= len(text := str({v})) <= {longest} "
        f"and text[-{point}] == '.' else None if {v} is None else {other})"
    )


def _is_iso(field: Any, default: Any) -> bool:
    pattern = getattr(field, "format", default)
    return isinstance(pattern, str) and pattern.lower() == "iso-8601"


def _datetime(field: Any, source: Source) -> Conversion | None:
    if not _is_iso(field, api_settings.DATETIME_FORMAT) or hasattr(field, "timezone"):
        return None
    kind = source.name(datetime.datetime)
    if not settings.USE_TZ:
        naive = source.name(texts().naive)
        return lambda v, other: (
            f"{naive}({v}) if {v}.__class__ is {kind} and {v}.tzinfo is None "
            f"else None if {v} is None else {other}"
        )
    utc, in_utc = source.name(datetime.UTC), source.name(texts().utc)
    # The first and last years may leave the calendar on their way to another zone.
    return lambda v, other: (
        f"{in_utc}({v}) if {v}.__class__ is {kind} and {v}.tzinfo is {utc} and env.utc "
        f"else (text[:-6] + 'Z' if (text := {v}.astimezone(env.tz).isoformat())[-6:] == '+00:00' "
        f"else text) if {v}.__class__ is {kind} and {v}.tzinfo is {utc} and 1 < {v}.year < 9999 "
        f"else None if {v} is None else {other}"
    )


def _iso(cls: type, setting: str) -> Callable[[Any, Source], Conversion | None]:
    def write(field: Any, source: Source) -> Conversion | None:
        if not _is_iso(field, getattr(api_settings, setting)):
            return None
        kind = source.name(cls)
        return lambda v, other: (
            f"{v}.isoformat() if {v}.__class__ is {kind} else None if {v} is None else {other}"
        )

    return write


def _duration(field: Any, source: Source) -> Conversion | None:
    pattern = getattr(field, "format", api_settings.DURATION_FORMAT)
    if not isinstance(pattern, str):
        return None
    function = {"iso-8601": duration_iso_string, "django": duration_string}.get(pattern.lower())
    if function is None:
        return None
    return _called(source.name(function), datetime.timedelta, source)


def _choice(field: Any, source: Source) -> Conversion:
    choices = field.choice_strings_to_values
    known = source.name(choices)
    if all(type(value) is str and key == value for key, value in choices.items()):
        return lambda v, other: (
            f"{v} if {v}.__class__ is str or {v} is None "
            f"else {known}.get(str({v}), {v}) if {v}.__class__ is int else {other}"
        )
    return lambda v, other: (
        f"({known}.get({v}, {v}) if {v} else {v}) if {v}.__class__ is str "
        f"else {known}.get(str({v}), {v}) if {v}.__class__ is int "
        f"else None if {v} is None else {other}"
    )


def _list(field: Any, source: Source) -> Conversion | None:
    write = conversion(field.child, source)
    if write is None:
        return None
    convert = source.name(field.child.to_representation)
    item = write("x", f"{convert}(x)")
    return lambda v, other: (
        f"[{item} for x in {v}] if {v}.__class__ is list else None if {v} is None else {other}"
    )


_WRITERS: dict[type, Callable[[Any, Source], Conversion | None]] = {
    fields.BooleanField: _boolean,
    fields.CharField: _as_is("str"),
    fields.EmailField: _as_is("str"),
    fields.RegexField: _as_is("str"),
    fields.SlugField: _as_is("str"),
    fields.URLField: _as_is("str"),
    fields.IPAddressField: _as_is("str"),
    fields.UUIDField: _uuid,
    fields.IntegerField: _as_is("int"),
    fields.BigIntegerField: _big_integer,
    fields.FloatField: _as_is("float"),
    fields.DecimalField: _decimal,
    fields.DateTimeField: _datetime,
    fields.DateField: _iso(datetime.date, "DATE_FORMAT"),
    fields.TimeField: _iso(datetime.time, "TIME_FORMAT"),
    fields.DurationField: _duration,
    fields.ChoiceField: _choice,
    fields.FilePathField: _choice,
    fields.JSONField: _primitive,
    fields.ReadOnlyField: _primitive,
    fields._UnvalidatedField: _primitive,
    fields.ListField: _list,
}
