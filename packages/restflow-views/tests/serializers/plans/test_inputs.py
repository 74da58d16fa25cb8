"""Straight code for inputs: what it is not sure of is validated as DRF validates it."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers as drf

from restflow.serializers import Serializer
from restflow.serializers.plans import inputs, plan_of
from restflow.serializers.plans.texts import doubts, parsed_uuid, uuid_parser

from ..outcomes import outcome, validated
from ..values import SCALARS


def classes(base: Any) -> Any:
    class Line(base):  # type: ignore[misc]
        sku = drf.UUIDField()
        quantity = drf.IntegerField(min_value=1, max_value=1000)
        price = drf.DecimalField(max_digits=10, decimal_places=2)
        note = drf.CharField(max_length=20, required=False, allow_blank=True)

    class Address(base):  # type: ignore[misc]
        city = drf.CharField(max_length=10)
        since = drf.DateField(allow_null=True, default=None)

    class Order(base):  # type: ignore[misc]
        number = drf.CharField(max_length=30, source="code")
        email = drf.EmailField(required=False)
        placed_at = drf.DateTimeField()
        status = drf.ChoiceField(choices=["open", "paid"])
        level = drf.ChoiceField(choices=[(1, "low"), (2, "high")], default=1)
        express = drf.BooleanField(default=False)
        tags = drf.ListField(child=drf.CharField(max_length=3), allow_empty=False)
        ids = drf.ListField(child=drf.UUIDField(), required=False)
        extra = drf.JSONField(required=False)
        address = Address()
        other = Address(allow_null=True, required=False)
        lines = Line(many=True, max_length=3, allow_empty=False)

    return Order


GOOD: dict[str, Any] = {
    "number": " A-1 ",
    "email": "ann@example.com",
    "placed_at": "2024-05-17T09:30:12Z",
    "status": "paid",
    "level": 2,
    "express": True,
    "tags": ["a", "b"],
    "ids": [str(uuid.UUID(int=7))],
    "extra": {"a": [1, None]},
    "address": {"city": "Graz", "since": "2024-01-01"},
    "other": None,
    "lines": [
        {"sku": str(uuid.UUID(int=n)), "quantity": n, "price": "12.50", "note": "x"} for n in (1, 2)
    ],
}
THEIRS, MINE = classes(drf.Serializer), classes(Serializer)
#: Replacements that every place in the input is tried with.
ODD = [
    *SCALARS[::7],
    "a\x00b",
    "\ud800",
    "Zürich",
    "ü\x00",
    {},
    [],
    {"city": "x"},
    [1],
    "x" * 40,
    "2024-05-17T09:30:12+02:00",
    1000,
    1001,
]


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    yield
    timezone.deactivate()


def agree(data: Any, **kwargs: Any) -> None:
    results = []
    for cls in (THEIRS, MINE):
        serializer = cls(data=copy.deepcopy(data), **kwargs)
        results.append(outcome(lambda s=serializer: validated(s)))
    assert results[1] == results[0], data


def places(data: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value in *data*."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        yield (key,)
        if isinstance(value, (dict, list)):
            yield from ((key, *path) for path in places(value))


def replaced(path: tuple[Any, ...], value: Any) -> Any:
    data = copy.deepcopy(GOOD)
    place: Any = data
    for key in path[:-1]:
        place = place[key]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return data


def test_it_is_straight() -> None:
    plan = plan_of(MINE)
    assert plan is not None
    assert inputs.is_straight(plan.validation)
    serializer = MINE(data=GOOD)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data.lines[1].quantity == 2


@pytest.mark.parametrize("path", list(places(GOOD)), ids=str)
def test_one_odd_value_in_every_place(path: tuple[Any, ...]) -> None:
    for value in (..., *ODD):
        agree(replaced(path, value))
    agree(replaced(path, ...), partial=True)
    agree(replaced(path, ODD[-1]), partial=True)
    agree([GOOD, replaced(path, ODD[0]), GOOD], many=True)


WHOLE: list[Any] = [GOOD, {}, [], None, "x", [GOOD], 5, {**GOOD, "more": 1}]
WHOLE += [{**GOOD, "lines": GOOD["lines"] * count} for count in (0, 1, 2)]


@pytest.mark.parametrize("data", WHOLE)
def test_the_whole(data: Any) -> None:
    for many in (False, True):
        agree(data, many=many)
        agree(data, many=many, partial=True)


def test_what_comes_after_the_fields() -> None:
    def refuse(attrs: Any) -> None:
        if attrs.get("status") == "paid":
            raise drf.ValidationError("paid")

    def validate(self: Any, attrs: Any) -> Any:
        if attrs["express"]:
            raise drf.ValidationError({"express": ["too late"]})
        return {**attrs, "seen": True}

    for data in (GOOD, {**GOOD, "express": False}, {**GOOD, "status": "open"}, {}):
        results = []
        for cls in (THEIRS, MINE):
            meta = type("Meta", (), {"validators": [refuse]})
            for body in (
                {"validate": validate},
                {"Meta": meta},
                {"validate": validate, "Meta": meta},
            ):
                made = type(cls)("Made", (cls,), body)
                serializer = made(data=copy.deepcopy(data))
                results.append(outcome(lambda s=serializer: validated(s)))
        assert results[3:] == results[:3], data


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Asia/Kathmandu"])
@pytest.mark.parametrize("text", ["Z", "+00:00", "+05:30", "", ".5Z", ".123456Z"])
def test_moments_in_every_zone(zone: str, text: str) -> None:
    timezone.activate(zone)
    agree({**GOOD, "placed_at": f"2024-05-17T09:30:12{text}"})
    agree({**GOOD, "placed_at": f"2024-03-31T02:30:00{text}"})


@pytest.mark.parametrize(
    "changed",
    [
        {"DATETIME_INPUT_FORMATS": ["%d.%m.%Y"]},
        {"DATE_INPUT_FORMATS": ["%Y", "iso-8601"]},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_settings_that_change_between_two_uses_of_a_plan(changed: dict[str, Any]) -> None:
    agree(GOOD)
    with override_settings(REST_FRAMEWORK=changed):
        agree(GOOD)
        agree({**GOOD, "placed_at": "17.05.2024"})
    agree(GOOD)


DECIMALS = ["1", "1.5", "1.50", "-1.50", "-12345678.90", "12345678.90", "123456789.00", ".50", "1."]
DECIMALS += [
    "1e-2",
    "12e-2",
    "1E+2",
    "NaN",
    "sNaN",
    "Infinity",
    "1_0.00",
    " 1.50",
    "1.50\n",
    "-0.00",
]
DECIMALS += ["-0.00", "\u0663.\u0665\u0660", "0x1.00", "", "--1.00", "00000001.50", "000000001.50"]


@pytest.mark.parametrize("text", DECIMALS)
def test_decimals(text: str) -> None:
    agree(replaced(("lines", 0, "price"), text))


@given(st.text(alphabet="0123456789.eE+-_ N", max_size=12))
def test_texts_like_decimals(text: str) -> None:
    agree(replaced(("lines", 0, "price"), text))


@given(
    st.uuids().map(str)
    | st.text(alphabet="0123456789abcdefABCDEF-_+{}", min_size=30, max_size=38)
    | st.uuids().map(lambda value: value.hex)
)
def test_uuids(text: str) -> None:
    agree(replaced(("lines", 0, "sku"), text))
    try:
        expected = uuid.UUID(text)
    except ValueError:
        expected = None
    parse, arguments = uuid_parser()
    for read in (parsed_uuid, lambda given: parse(given, *arguments)):
        try:
            found = read(text)
        except doubts():
            continue  # DRF has a look
        assert found == expected
        assert found.is_safe is uuid.SafeUUID.unknown
        assert repr(found) == repr(expected)


def test_what_is_not_straight() -> None:
    def is_straight(**body: Any) -> bool:
        plan = plan_of(type(Serializer)("Made", (Serializer,), body))
        assert plan is not None
        return inputs.is_straight(plan.validation)

    def hook(*args: Any) -> Any:
        return args[-1]

    assert is_straight(a=drf.CharField())
    assert not is_straight(a=drf.CharField(), validate_a=hook)
    assert is_straight(a=drf.CharField(), validate=hook)
    assert not is_straight(a=drf.CharField(validators=[hook]))
    assert not is_straight(a=drf.CharField(source="b.c"))
    assert not is_straight(a=drf.CharField(default=hook))
    assert not is_straight(a=drf.HiddenField(default=1))
    for name in ("validate_a", "validate"):
        inner = type(Serializer)("Inner", (Serializer,), {"a": drf.CharField(), name: hook})
        assert not is_straight(inner=inner())
    patched = drf.CharField()
    patched.to_internal_value = hook  # type: ignore[method-assign]
    assert is_straight(a=patched)  # DRF copies declared fields without it
    assert not is_straight(**{f"f{n}": drf.CharField() for n in range(inputs.MOST + 1)})
    deep: Any = drf.CharField()
    for _ in range(inputs.DEEPEST + 2):
        deep = type(Serializer)("Deep", (Serializer,), {"deep": deep})(many=True)
    assert not is_straight(deep=deep)
