"""What a valid value of a field looks like and what it becomes: one expression pair per field.

A plan never refuses anything by itself: what it does not recognise as valid goes to DRF's field,
which finds the right error, or accepts what the plan was too strict for.
"""

from __future__ import annotations

import datetime
import decimal
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from django.conf import settings
from django.core import validators as django_validators
from django.utils.dateparse import parse_date, parse_duration, parse_time
from rest_framework import fields, validators
from rest_framework.settings import api_settings

from .environment import Environment
from .known import is_cpu_validator
from .source import Source
from .texts import doubts, uuid_parser

__all__ = ["REFUSED", "Acceptance", "acceptance"]

#: What a recogniser returns for a value it leaves to the field.
REFUSED = object()


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Code that recognises valid values in the variable ``v``.

    Args:
        test: an expression, true if the value is valid as far as the plan can tell.
        value: an expression for what it becomes, evaluated after ``test``.
        validators: what else must be called with the value.
        raises: the test may raise one of :func:`doubts` instead of being false.
    """

    test: str
    value: str
    validators: tuple[Any, ...] = ()
    raises: bool = False


def acceptance(field: Any, source: Source) -> Acceptance | None:
    """Return how to recognise valid values of a plain *field*, ``None`` if DRF has to look."""
    write = _WRITERS.get(type(field))
    return None if write is None else write(field, source)


# -- validators ------------------------------------------------------------------------------


def _bounds(field: Any, source: Source, v: str, *, text: bool = False) -> tuple[str, list[Any]]:
    """Return the test that *field*'s known validators amount to, and the other validators."""
    tests, others = [], []
    for validator in field.validators:
        kind = type(validator)
        if not is_cpu_validator(validator) or kind not in _BOUNDS or (kind in _TEXT and not text):
            others.append(validator)
        elif _BOUNDS[kind]:
            limit = _constant(validator.limit_value, source)
            tests.append(_BOUNDS[kind].format(v=v, limit=limit))
    return "".join(f" and {test}" for test in tests), others


def _constant(value: Any, source: Source) -> str:
    """Return an expression for *value*: small numbers are compared fastest as such."""
    return repr(value) if type(value) is int and abs(value) < _INTEGER else source.name(value)


_TEXT = (
    django_validators.ProhibitNullCharactersValidator,
    validators.ProhibitSurrogateCharactersValidator,
)
_BOUNDS: dict[type, str] = {
    django_validators.MaxLengthValidator: "len({v}) <= {limit}",
    django_validators.MinLengthValidator: "len({v}) >= {limit}",
    django_validators.MaxValueValidator: "{v} <= {limit}",
    django_validators.MinValueValidator: "{v} >= {limit}",
    **dict.fromkeys(_TEXT, ""),  # a text's own test covers both
}
NUL = "\x00"
_UNCLEAN = re.compile("[\x00\ud800-\udfff]").search


# -- texts -----------------------------------------------------------------------------------


def _text(field: Any, source: Source) -> Acceptance:
    bounds, others = _bounds(field, source, "w", text=True)
    # Most texts are ASCII, which knows no surrogates.
    unclean = source.name(_UNCLEAN)
    clean = f" and ({NUL!r} not in w if w.isascii() else not {unclean}(w))"
    stripped = "v.strip()" if field.trim_whitespace else "v"
    test = f"v.__class__ is str and (w := {stripped}){bounds}{clean if _checks_text(field) else ''}"
    return Acceptance(test, "w", (*others,))


def _checks_text(field: Any) -> bool:
    return any(type(validator) in _TEXT for validator in field.validators)


def _uuid(field: Any, source: Source) -> Acceptance:
    parse, arguments = uuid_parser()
    given = ", ".join(["v", *map(source.name, arguments)])
    test = f"v.__class__ is str and (w := {source.name(parse)}({given})) is not None"
    return Acceptance(test, "w", tuple(field.validators), raises=True)


# -- numbers ---------------------------------------------------------------------------------

_INTEGER = 10**18


def _integer(field: Any, source: Source) -> Acceptance:
    bounds, others = _bounds(field, source, "v")
    # DRF converts by way of str(), which refuses numbers of thousands of digits.
    size = f" and {-_INTEGER} < v < {_INTEGER}"
    if _has_limits(field):
        size = ""
    test = f"v.__class__ is int{size}{bounds}"
    return Acceptance(test, "v", (*others,))


def _has_limits(field: Any) -> bool:
    """Tell whether the bounds of *field* keep its values small, as plain numbers that they are."""
    limits = {
        type(validator): validator.limit_value
        for validator in field.validators
        if is_cpu_validator(validator) and type(validator) in _BOUNDS and _BOUNDS[type(validator)]
    }
    least = limits.get(django_validators.MinValueValidator)
    most = limits.get(django_validators.MaxValueValidator)
    return all(type(limit) is int and abs(limit) < _INTEGER for limit in (least, most))


def _float(field: Any, source: Source) -> Acceptance:
    bounds, others = _bounds(field, source, "w")
    integer, limit = f"v.__class__ is int and {-_INTEGER} < v < {_INTEGER}", source.name(inf)
    test = (
        f"((v.__class__ is float and -{limit} < v < {limit}) or ({integer})) "
        f"and ((w := float(v)) is not None){bounds}"
    )
    return Acceptance(test, "w", (*others,))


def _boolean(field: Any, source: Source) -> Acceptance:
    return Acceptance("v is True or v is False", "v", tuple(field.validators))


def _decimal(field: Any, source: Source) -> Acceptance | None:
    places, whole = field.decimal_places, field.max_whole_digits
    if field.localize or not places or whole is None or whole < 1 or field.max_digits > 28:
        return None
    bounds, others = _bounds(field, source, "w")
    number, quantum = source.name(decimal.Decimal), source.name(decimal.Decimal(1).scaleb(-places))
    # A number that has all its decimal places already is what quantizing would make of it, and a
    # text this short has no digit too many.
    test = (
        f"v.__class__ is str and len(v) <= {whole + 1 + places} "
        f"and (w := {number}(v)).same_quantum({quantum}){bounds}"
    )
    return Acceptance(test, "w", (*others,), raises=True)


# -- times -----------------------------------------------------------------------------------


def _parsed_by(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    def parsed(value: str) -> Any:
        try:
            result = parse(value)
        except (ValueError, OverflowError):
            return REFUSED
        return REFUSED if result is None else result

    return parsed


def _iso_first(field: Any, setting: str) -> bool:
    formats = getattr(field, "input_formats", getattr(api_settings, setting))
    return bool(formats) and formats[0].lower() == "iso-8601"


def _iso(parse: Callable[[str], Any], setting: str | None) -> Callable[[Any, Source], Any]:
    parsed = _parsed_by(parse)

    def write(field: Any, source: Source) -> Acceptance | None:
        if setting is not None and not _iso_first(field, setting):
            return None
        bounds, others = _bounds(field, source, "w")
        call, refused = source.name(parsed), source.name(REFUSED)
        test = f"v.__class__ is str and (w := {call}(v)) is not {refused}{bounds}"
        return Acceptance(test, "w", (*others,))

    return write


def _datetime(field: Any, source: Source) -> Acceptance | None:
    if not _iso_first(field, "DATETIME_INPUT_FORMATS") or hasattr(field, "timezone"):
        return None
    if not settings.USE_TZ:
        return None
    parse, aware = source.name(datetime.datetime.fromisoformat), source.name(_aware)
    utc, refused = source.name(datetime.UTC), source.name(REFUSED)
    combine = source.name(datetime.datetime.combine)
    # From UTC to UTC only the name of the zone may change.
    test = (
        f"v.__class__ is str and (w := {combine}(w.date(), w.time(), env.tz) "
        f"if (w := {parse}(v)).tzinfo is {utc} and env.utc else {aware}(w, env)) is not {refused}"
    )
    return Acceptance(test, "w", tuple(field.validators), raises=True)


def _aware(value: datetime.datetime, env: Environment) -> Any:
    return REFUSED if value.tzinfo is None else value.astimezone(env.tz)


# -- the rest --------------------------------------------------------------------------------


def _choice(field: Any, source: Source) -> Acceptance:
    choices = field.choice_strings_to_values
    known = source.name(choices)
    if "" not in choices and all(
        key is value or _same(key, value) for key, value in choices.items()
    ):
        return Acceptance(f"v.__class__ is str and v in {known}", "v", tuple(field.validators))
    test = (
        f"(v in {known} and v != '') if v.__class__ is str "
        f"else str(v) in {known} if v.__class__ is int else False"
    )
    return Acceptance(f"({test})", f"{known}[str(v)]", tuple(field.validators))


def _same(key: str, value: Any) -> bool:
    return type(value) is str and key == value


_ENCODE = json.JSONEncoder(allow_nan=False).encode


def _json(field: Any, source: Source) -> Acceptance | None:
    if field.binary or field.encoder is not None:
        return None
    encodes, kinds = (
        source.name(_encodes),
        source.name(frozenset({str, bool, int, float, dict, list})),
    )
    return Acceptance(f"v.__class__ in {kinds} and {encodes}(v)", "v", tuple(field.validators))


def _encodes(value: Any) -> bool:
    try:
        _ENCODE(value)
    except (TypeError, ValueError):
        return False
    return True


def _any(field: Any, source: Source) -> Acceptance:
    return Acceptance("v is not None", "v", tuple(field.validators))


def _list(field: Any, source: Source) -> Acceptance | None:
    read = _items(field.child)
    if read is None:
        return None
    bounds, others = _bounds(field, source, "w")
    items, refused = source.name(read), source.name(REFUSED)
    some = "" if field.allow_empty else " and v"
    test = f"v.__class__ is list{some} and (w := {items}(v, env)) is not {refused}{bounds}"
    return Acceptance(test, "w", (*others,))


def _items(child: Any) -> Callable[..., Any] | None:
    """Return the function that reads a list of valid items, or refuses it whole."""
    source = Source("items, env")
    accepted = acceptance(child, source)
    if accepted is None or accepted.validators:
        return None
    refused = source.name(REFUSED)
    source.line("result = []")
    source.line("try:")
    source.line("for v in items:", 2)
    source.line(f"if not ({accepted.test}):", 3)
    source.line(f"return {refused}", 4)
    source.line(f"result.append({accepted.value})", 3)
    source.line(f"except {source.name(doubts())}:")
    source.line(f"return {refused}", 2)
    source.line("return result")
    return source.function()


_WRITERS: dict[type, Callable[[Any, Source], Acceptance | None]] = {
    fields.BooleanField: _boolean,
    fields.CharField: _text,
    fields.EmailField: _text,
    fields.RegexField: _text,
    fields.SlugField: _text,
    fields.URLField: _text,
    fields.UUIDField: _uuid,
    fields.IntegerField: _integer,
    fields.BigIntegerField: _integer,
    fields.FloatField: _float,
    fields.DecimalField: _decimal,
    fields.DateTimeField: _datetime,
    fields.DateField: _iso(parse_date, "DATE_INPUT_FORMATS"),
    fields.TimeField: _iso(parse_time, "TIME_INPUT_FORMATS"),
    fields.DurationField: _iso(parse_duration, None),
    fields.ChoiceField: _choice,
    fields.JSONField: _json,
    fields._UnvalidatedField: _any,
    fields.ListField: _list,
}
