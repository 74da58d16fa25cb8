"""Values for random serializers: valid ones, invalid ones, and ones meant to hurt."""

from __future__ import annotations

import datetime
import decimal
import uuid
from random import Random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .blueprints import Blueprint, Recipe

UTC = datetime.UTC


class Shout(str):
    """A subclass of str: nothing may mistake it for the exact type."""


def answer() -> int:
    """A callable attribute, which DRF calls."""
    return 42


def failing() -> int:
    raise KeyError("no answer")


TEXTS = ["", " ", "a", " padded ", "longer than ten characters", "x\x00y", "\ud800", "\u2028", "ß "]
TEXTS += ["b", "Zürich", "tab\there", "line\n", "\u00a0"]
NUMBERS = [0, 1, -1, 7, 100, 10**18, -(10**30), 2**63, 1.0, 1.5, -0.0, 1e308, 1e-308]
NUMBERS += [float("nan"), float("inf")]
NUMBER_TEXTS = [
    "0",
    "1",
    "-1.50",
    "12.34",
    "007.10",
    "1e3",
    "1_0",
    "\u0663",
    "\u0663.\u0665\u0660",
    " 5 ",
    "1.0",
]
NUMBER_TEXTS += ["99999999.99", "0.001", "100000000.00", "-0.00", "NaN", "Infinity", "1" * 1001]
DATES = ["2024-02-29", "2023-02-29", "20240101", "2024-W01-1", "2024-1-5", "01/02/2024"]
DATES += ["0001-01-01", "9999-12-31"]
DATETIMES = ["2024-02-29T10:00:00Z", "2024-02-29 10:00", "2024-03-31T02:30:00"]
DATETIMES += ["2024-10-27T02:30:00", "2024-01-01T00:00:00+05:30", "0001-01-01T00:00:00+14:00"]
DATETIMES += ["9999-12-31T23:59:59-12:00", "2024-01-01T25:00:00Z", "2024-01-01T10:00:00.1234Z", "x"]
TIMES = ["10:00", "10:00:59.5", "24:00", "10:00:00+02:00", "T10", "x"]
DURATIONS = ["1 02:03:04", "P1DT2H", "-00:00:01", "99999999999 0:0:0", "x"]
UUIDS = ["12345678-1234-5678-1234-567812345678", "{12345678123456781234567812345678}", "12"]
UUIDS += [
    "g" * 32,
    "urn:uuid:12345678-1234-5678-1234-567812345678",
    "1_345678123456781234567812345678",
]
UUIDS += ["+2345678123456781234567812345678", "12345678-12345678-12345678-12345678"]
OTHERS = [
    "ann@example.com",
    "ann@",
    "http://example.com/x",
    "http://",
    "a-slug",
    "no slug!",
    "true",
]
OTHERS += ["False", "null", "on", "red", "blue", "One", "127.0.0.1", "::1", "::ffff:1.2.3.4"]
SCALARS = [None, True, False, *TEXTS, *NUMBERS, *NUMBER_TEXTS, *DATES, *DATETIMES, *TIMES]
SCALARS += [*DURATIONS, *UUIDS, *OTHERS]
ODD: list[Any] = [[], [1, "a"], {}, {"a": 1}, {1: None}, [[]], b"bytes", decimal.Decimal("1.10")]
ODD += [uuid.UUID(int=5), (1, 2), object, Shout("loud")]
MOMENTS = [
    datetime.datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
    datetime.datetime(2024, 5, 17, 9, 30, 12, 345678, tzinfo=UTC),
    datetime.datetime(1, 1, 1, tzinfo=UTC),
    datetime.datetime(9999, 12, 31, 23, 59, tzinfo=UTC),
    datetime.datetime(2024, 1, 1, 10, 0, 0, 5),
    datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=-3))),
]
DECIMALS = [
    decimal.Decimal(text)
    for text in [
        "1",
        "1.5",
        "1.50",
        "-0.00",
        "1E+2",
        "0.001",
        "1234567890",
        "12.345678",
        "12345.67",
    ]
]
NATIVE: list[Any] = [*SCALARS, *ODD, *MOMENTS, *DECIMALS, answer, failing]
NATIVE += [datetime.date(2024, 2, 29), datetime.time(10, 30, 0, 5), datetime.timedelta(1, 2, 3)]
NATIVE += [datetime.time(0), datetime.timedelta(0), datetime.time(1, tzinfo=UTC)]

FITTING: dict[str, list[Any]] = {
    "BooleanField": [True, False],
    "IntegerField": [*range(-6, 8), 100, 101],
    "BigIntegerField": [*NUMBERS[:8]],
    "FloatField": [0, 1.5, -5.0, 99.9, 101],
    "DecimalField": NUMBER_TEXTS,
    "DateTimeField": DATETIMES,
    "DateField": DATES,
    "TimeField": TIMES,
    "DurationField": DURATIONS,
    "UUIDField": UUIDS,
    "CharField": TEXTS,
    "ChoiceField": ["red", "blue", 1, "1", ""],
    "MultipleChoiceField": [["red"], [1, "1"], []],
    "JSONField": [{"a": [1, None]}, [], "text", 3, float("nan"), {"a": object()}],
}
MADE: dict[str, list[Any]] = {
    "DateTimeField": MOMENTS,
    "DecimalField": DECIMALS,
    "DateField": [datetime.date(2024, 2, 29), datetime.date(1, 1, 1)],
    "TimeField": [datetime.time(10, 30), datetime.time(0)],
    "DurationField": [datetime.timedelta(1, 2, 3)],
    "UUIDField": [uuid.UUID(int=9), uuid.UUID(int=2**127 + 5)],
}


def random_input(random: Random, blueprint: Blueprint) -> Any:
    """Return data for a blueprint: mostly of its shape."""
    if random.random() < 0.04:
        return random.choice([*ODD, *SCALARS])
    return {
        name: _input(random, recipe)
        for name, recipe in blueprint.fields.items()
        if random.random() > 0.15
    }


def _input(random: Random, recipe: Recipe) -> Any:
    if random.random() < 0.2:
        return random.choice(ODD if random.random() < 0.3 else SCALARS)
    if recipe.blueprint is not None:
        if not recipe.many:
            return random_input(random, recipe.blueprint)
        return [random_input(random, recipe.blueprint) for _ in range(random.randrange(4))]
    if recipe.child is not None:
        items = [_input(random, recipe.child) for _ in range(random.randrange(3))]
        return items if recipe.kind == "ListField" else dict(zip("xyz", items, strict=False))
    return random.choice(FITTING.get(recipe.kind, OTHERS))


def random_instance(random: Random, blueprint: Blueprint) -> Any:
    """Return an object or dict with attributes for a blueprint, some missing."""
    attributes = {
        name: _attribute(random, recipe)
        for name, recipe in blueprint.fields.items()
        if random.random() > 0.05
    }
    if random.random() < 0.8:
        attributes["other"] = random.choice(NATIVE)
    inside = {"inside": random.choice(NATIVE), "call": answer}
    attributes["deep"] = inside if random.random() < 0.5 else SimpleNamespace(**inside)
    return attributes if random.random() < 0.5 else SimpleNamespace(**attributes)


def _attribute(random: Random, recipe: Recipe) -> Any:
    if recipe.blueprint is not None and random.random() < 0.9:
        if not recipe.many:
            return random_instance(random, recipe.blueprint)
        return [random_instance(random, recipe.blueprint) for _ in range(random.randrange(3))]
    if recipe.child is not None and random.random() < 0.9:
        items = [_attribute(random, recipe.child) for _ in range(random.randrange(3))]
        return items if recipe.kind == "ListField" else dict(zip("xyz", items, strict=False))
    if random.random() < 0.25:
        return random.choice(NATIVE)
    return random.choice([*MADE.get(recipe.kind, []), *FITTING.get(recipe.kind, OTHERS)])
