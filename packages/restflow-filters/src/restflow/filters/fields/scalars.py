"""Fields of one value each: text, numbers, truth, dates and times, identifiers."""

from __future__ import annotations

from datetime import timedelta

from rest_framework import fields as drf

from .base import Field

#: What 64 bits hold: no database takes a larger integer.
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**63 - 1
#: The longest time in microseconds that 64 bits hold.
MAX_DURATION = timedelta(microseconds=MAX_INTEGER)


class StringField(Field):
    """Text; at most 1,000 characters unless ``max_length`` says otherwise."""

    serializer_class = drf.CharField
    defaults = {"max_length": 1000}
    family = "text"


class EmailField(StringField):
    """An email address; its text lookups take parts of one."""

    serializer_class = drf.EmailField
    schema = {"type": "string", "format": "email"}


class IPAddressField(Field):
    """An IPv4 or IPv6 address."""

    serializer_class = drf.IPAddressField
    defaults = {"max_length": 64}
    family = "ip"
    schema = {"type": "string"}


class UUIDField(Field):
    """A UUID, with or without hyphens."""

    serializer_class = drf.UUIDField
    family = "uuid"
    schema = {"type": "string", "format": "uuid"}


class BooleanField(Field):
    """True or false, in the spellings DRF takes: ``true``, ``1``, ``yes``..."""

    serializer_class = drf.BooleanField
    family = "boolean"
    schema = {"type": "boolean"}


class IntegerField(Field):
    """An integer, bounded to what the column holds (64 bits without a column)."""

    serializer_class = drf.IntegerField
    defaults = {"min_value": MIN_INTEGER, "max_value": MAX_INTEGER}
    family = "integer"
    schema = {"type": "integer"}


class FloatField(Field):
    """A finite floating point number."""

    serializer_class = drf.FloatField
    family = "float"
    schema = {"type": "number"}


class DecimalField(Field):
    """A decimal number with at most the digits of the column."""

    serializer_class = drf.DecimalField
    defaults = {"max_digits": 100, "decimal_places": None}
    family = "decimal"
    schema = {"type": "string", "format": "decimal"}


class DateField(Field):
    """A date, ISO 8601 unless ``input_formats`` says otherwise."""

    serializer_class = drf.DateField
    family = "date"
    schema = {"type": "string", "format": "date"}


class DateTimeField(Field):
    """A date with a time; without an offset it is in the current time zone."""

    serializer_class = drf.DateTimeField
    family = "datetime"
    schema = {"type": "string", "format": "date-time"}


class TimeField(Field):
    """A time of day."""

    serializer_class = drf.TimeField
    family = "time"
    schema = {"type": "string", "format": "time"}


class DurationField(Field):
    """A length of time: ``3 12:00:00`` or ISO 8601 ``P3DT12H``."""

    serializer_class = drf.DurationField
    defaults = {"min_value": -MAX_DURATION, "max_value": MAX_DURATION}
    family = "duration"
    schema = {"type": "string", "format": "duration"}
