"""Error details: one shape, whatever they were put together from."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.utils.serializer_helpers import ReturnList

from restflow.exceptions.details import field_errors, plain, text


class Line(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=3)
    amounts = serializers.ListField(child=serializers.IntegerField(), required=False)


class Order(serializers.Serializer[Any]):
    email = serializers.EmailField(required=False)
    lines = Line(many=True, required=False)
    extra = serializers.DictField(child=serializers.IntegerField(), required=False)

    def validate(self, data: Any) -> Any:
        if "email" in data and "lines" in data:
            raise ValidationError("Either lines or an address.")
        return data


def errors_of(data: Any, **kwargs: Any) -> dict[str, Any]:
    serializer = Order(data=data, **kwargs)
    with pytest.raises(ValidationError) as raised:
        serializer.is_valid(raise_exception=True)
    assert field_errors(serializer.errors) == field_errors(raised.value.detail)
    return field_errors(raised.value.detail)


def test_fields() -> None:
    assert errors_of({"email": "x"}) == {"email": ["Enter a valid email address."]}


def test_no_field() -> None:
    expected = {"non_field_errors": ["Either lines or an address."]}
    assert errors_of({"email": "x@example.com", "lines": []}) == expected


def test_nested_lists_name_the_items_that_failed() -> None:
    data = {"lines": [{"name": "ok"}, {"name": "long"}, {"name": "ok", "amounts": [1, "x"]}]}
    assert errors_of(data) == {
        "lines": {
            "1": {"name": ["Ensure this field has no more than 3 characters."]},
            "2": {"amounts": {"1": ["A valid integer is required."]}},
        }
    }


def test_many_at_the_top() -> None:
    assert errors_of([{}, {"email": "x"}, 5], many=True) == {
        "1": {"email": ["Enter a valid email address."]},
        "2": {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]},
    }


@pytest.mark.parametrize(
    "raised",
    [
        [{}, {"a": ["x"]}, {}],
        {1: {"a": ["x"]}},
        {"1": {"a": "x"}},
        [{}, {"a": [ErrorDetail("x", "y")]}],
    ],
    ids=["DRF 3.17", "DRF 3.18", "by hand", "codes"],
)
def test_the_two_shapes_of_many_are_one(raised: Any) -> None:
    assert field_errors(ValidationError(raised).detail) == {"1": {"a": ["x"]}}


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        ("x", {"non_field_errors": ["x"]}),
        (["x", "y"], {"non_field_errors": ["x", "y"]}),
        ([], {}),
        ({}, {}),
        ({"a": []}, {}),
        ({"a": {}}, {}),
        ([[], {}], {}),
        ({"a": "x"}, {"a": ["x"]}),
        ({"a": ("x", "y")}, {"a": ["x", "y"]}),
        (["x", {"a": "y"}], {"0": ["x"], "1": {"a": ["y"]}}),
        ([["x"], [], ["y"]], {"0": ["x"], "2": ["y"]}),
        ({"__all__": ["x"]}, {"non_field_errors": ["x"]}),
        ({("a", "b"): ["x"]}, {"a.b": ["x"]}),
        ({None: ["x"], True: ["y"]}, {"null": ["x"], "true": ["y"]}),
        ({"a": gettext_lazy("x")}, {"a": ["x"]}),
        ({"a": 5}, {"a": ["5"]}),
        ({"a": None}, {"a": ["Invalid value."]}),
        ({"a": object()}, {"a": ["Invalid value."]}),
        ({"a": "[]"}, {"a": ["Invalid value."]}),
        ({"a": "['']"}, {"a": [""]}),
        ({"a": "{'b': []}"}, {"a": ["Invalid value."]}),
        ({"a": {"b": ["x"]}}, {"a": {"b": ["x"]}}),
    ],
)
def test_what_users_raise(raised: Any, expected: Any) -> None:
    assert field_errors(ValidationError(raised).detail) == expected


DJANGO = DjangoValidationError("Too old.", code="old")
DJANGO_FIELDS = DjangoValidationError({"age": ["Too old.", "Too tall."]})
DRF = ValidationError({"age": "Too old."})


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (DJANGO, {"non_field_errors": ["Too old."]}),
        (DJANGO_FIELDS, {"age": ["Too old.", "Too tall."]}),
        (DRF, {"age": ["Too old."]}),
        ({"user": DJANGO}, {"user": ["Too old."]}),
        ({"user": DJANGO_FIELDS}, {"user": {"age": ["Too old.", "Too tall."]}}),
        ({"user": DRF}, {"user": {"age": ["Too old."]}}),
        ({"user": [DJANGO, "No."]}, {"user": ["Too old.", "No."]}),
        ({"user": ["No.", DRF]}, {"user": {"0": ["No."], "1": {"age": ["Too old."]}}}),
        ({"user": ValidationError(DRF)}, {"user": {"age": ["Too old."]}}),
    ],
)
def test_exceptions_that_were_turned_into_text(raised: Any, expected: Any) -> None:
    assert field_errors(ValidationError(raised).detail) == expected


def test_full_details(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"DETAILS": "full"}}
    assert errors_of({"email": "x", "lines": [{}]}) == {
        "email": [{"message": "Enter a valid email address.", "code": "invalid"}],
        "lines": {"0": {"name": [{"message": "This field is required.", "code": "required"}]}},
    }
    assert field_errors({"a": ["no code"]}) == {"a": [{"message": "no code", "code": "invalid"}]}
    told = field_errors({"a": repr(ErrorDetail("Too old.", "old"))})
    assert told == {"a": [{"message": "Too old.", "code": "old"}]}
    told = field_errors(ValidationError({"a": DRF}).detail)
    assert told == {"a": {"age": [{"message": "Too old.", "code": "invalid"}]}}


WORDS = st.text(st.characters(codec="utf-8", exclude_characters="[](){}<>"), min_size=1).filter(
    lambda word: word not in ("None", "True", "False")
)
NAMES = st.text(min_size=1).filter(lambda name: name != "__all__")


def containers(inner: Any) -> Any:
    return (
        st.lists(inner, max_size=4)
        | st.dictionaries(NAMES, inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
    )


DETAILS = st.recursive(
    WORDS | WORDS.map(gettext_lazy) | st.builds(ErrorDetail, WORDS, st.just("c")),
    containers,
    max_leaves=15,
)


def leaves(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in leaves(item)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in leaves(item)]
    return [str(value)]


def assert_shape(node: Any, leaf: Callable[[Any], bool]) -> None:
    assert node
    if isinstance(node, dict):
        for name, inner in node.items():
            assert type(name) is str
            assert_shape(inner, leaf)
    else:
        assert type(node) is list
        assert all(map(leaf, node))


@given(DETAILS)
def test_nothing_is_lost_and_nothing_is_a_repr(raised: Any) -> None:
    found = field_errors(ValidationError(raised).detail)
    assert type(found) is dict
    assert leaves(found) == leaves(raised)
    if found:
        assert_shape(found, lambda leaf: type(leaf) is str)
    assert json.loads(json.dumps(found)) == found
    assert field_errors(found) == found


@given(DETAILS)
def test_text_of_the_errors_reads_like_the_errors(raised: Any) -> None:
    """``raise ValidationError({"a": error})`` tells what *error* told, and no Python."""
    error = ValidationError(raised)
    found = field_errors(ValidationError({"a": error}).detail)
    assert leaves(found) == (leaves(raised) or ["Invalid value."])


@given(st.text(st.characters()))
def test_any_text_can_be_encoded(value: str) -> None:
    found = text(value)
    found.encode()
    assert len(found) <= len(value)
    json.dumps(field_errors({value: [value]}), ensure_ascii=False).encode()


def test_halves_of_a_pair() -> None:
    assert text("a\ud83d\ude00b\ud83dc") == "a\U0001f600b�c"


def test_text_is_a_plain_str() -> None:
    class Colour(Enum):
        RED = "red"

    assert type(text(mark_safe("x"))) is str
    assert type(text(ErrorDetail("x", "y"))) is str
    assert text(Colour.RED) == "red"


def test_free_data() -> None:
    class Colour(Enum):
        RED = "red"

    value = {
        "n": 5,
        "d": Decimal("1.5"),
        "none": None,
        "list": [1, (2, 3)],
        "set": {1},
        "lazy": gettext_lazy("x"),
        Colour.RED: Colour.RED,
        7: True,
    }
    assert plain(value) == {
        "n": 5,
        "d": Decimal("1.5"),
        "none": None,
        "list": [1, [2, 3]],
        "set": [1],
        "lazy": "x",
        "red": "red",
        "7": True,
    }
    assert type(plain(value)["lazy"]) is str


def test_errors_of_a_serializer_among_free_data(settings: Any) -> None:
    serializer = Order(data=[{}, {"email": "x"}], many=True)
    assert not serializer.is_valid()
    message = "Enter a valid email address."
    found = plain({"row": 3, "errors": serializer.errors})
    assert found == {"row": 3, "errors": {"1": {"email": [message]}}}
    padded = ReturnList([{}, {"email": [message]}], serializer=serializer)  # as of DRF 3.17
    assert plain({"row": 3, "errors": padded}) == found
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"DETAILS": "full"}}
    found = plain({"first": serializer.errors[1]["email"][0]})
    assert found == {"first": {"message": message, "code": "invalid"}}
