"""Annotations become the fields they say, and what cannot become one is refused by name."""

from __future__ import annotations

import datetime
import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Optional, TypedDict
from uuid import UUID

import pytest
from annotated_types import Ge, Gt, Le, Len, MultipleOf, Predicate
from rest_framework import serializers as drf

from restflow.core.annotations import AnnotationError, AnnotationType
from restflow.serializers import (
    JSON,
    Discriminator,
    Email,
    Field,
    ImageFile,
    InlineSerializer,
    IPAddress,
    NotRequired,
    Serializer,
    Slug,
    UploadedFile,
    Url,
    register_annotation,
)


def fields_of(cls: Any) -> dict[str, Any]:
    return dict(cls().fields)


def verdict(cls: Any, data: Any) -> Any:
    serializer = cls(data=data)
    return serializer.validated_data if serializer.is_valid() else serializer.errors


class Role(enum.Enum):
    ADMIN = "admin"
    USER = "user"


class Inner(Serializer):
    city: str


class Everything(Serializer):
    an_int: int
    a_float: float
    a_str: str
    a_bool: bool
    some_bytes: bytes
    a_decimal: Decimal
    a_date: datetime.date
    a_datetime: datetime.datetime
    a_time: datetime.time
    a_duration: datetime.timedelta
    a_uuid: UUID
    an_email: Email
    an_address: IPAddress
    a_url: Url
    a_slug: Slug
    some_json: JSON
    a_dict: dict
    a_map: dict[str, int]
    a_list: list[int]
    a_set: set[str]
    a_tuple: tuple[int, ...]
    a_pair: tuple[int, str]
    a_literal: Literal["a", "b"]
    an_enum: Role
    an_upload: UploadedFile
    an_image: ImageFile
    inner: Inner
    inners: list[Inner]


KINDS = {
    "an_int": "IntegerField",
    "a_float": "FloatField",
    "a_str": "CharField",
    "a_bool": "BooleanField",
    "some_bytes": "BytesField",
    "a_decimal": "DecimalField",
    "a_date": "DateField",
    "a_datetime": "DateTimeField",
    "a_time": "TimeField",
    "a_duration": "DurationField",
    "a_uuid": "UUIDField",
    "an_email": "EmailField",
    "an_address": "IPAddressField",
    "a_url": "URLField",
    "a_slug": "SlugField",
    "some_json": "JSONField",
    "a_dict": "DictField",
    "a_map": "DictField",
    "a_list": "ListField",
    "a_set": "SetField",
    "a_tuple": "TupleField",
    "a_pair": "FixedTupleField",
    "a_literal": "ChoiceField",
    "an_enum": "EnumField",
    "an_upload": "FileField",
    "an_image": "ImageField",
    "inner": "Inner",
    "inners": "ListSerializer",
}


def test_every_annotation_has_its_field() -> None:
    found = {name: type(field).__name__ for name, field in fields_of(Everything).items()}
    assert found == KINDS
    assert all(field.required for field in fields_of(Everything).values())


def test_presence_and_null() -> None:
    class Made(Serializer):
        plain: int
        nullable: int | None
        old_style: Optional[int]  # noqa: UP045
        absent: NotRequired[int]
        default: int = 3
        fresh: list[int] = []
        argued: NotRequired[str] = Field(max_length=2)
        write_only: str = Field(write_only=True)
        constant: ClassVar[int] = 7
        _private: int = 1

    fields = fields_of(Made)
    assert "constant" not in fields
    assert "_private" not in fields
    assert Made.constant == 7
    assert {name for name, field in fields.items() if field.allow_null} == {"nullable", "old_style"}
    assert {n for n, f in fields.items() if not f.required} == {
        "absent",
        "default",
        "fresh",
        "argued",
    }
    assert fields["write_only"].write_only
    one = verdict(Made, {"plain": 1, "nullable": None, "old_style": 2, "write_only": "x"})
    assert one == {
        "plain": 1,
        "nullable": None,
        "old_style": 2,
        "default": 3,
        "fresh": [],
        "write_only": "x",
    }
    one.fresh.append(1)
    again = verdict(Made, {"plain": 1, "nullable": None, "old_style": 2, "write_only": "x"})
    assert again.fresh == []
    assert not hasattr(Made, "default")


def test_a_field_instance_replaces_the_annotation() -> None:
    class Made(Serializer):
        code: str = drf.RegexField(r"^x")
        plain = drf.IntegerField()

    fields = fields_of(Made)
    assert isinstance(fields["code"], drf.RegexField)
    assert isinstance(fields["plain"], drf.IntegerField)


def test_constraints_are_validated() -> None:
    class Made(Serializer):
        count: Annotated[int, Gt(0), Le(10), MultipleOf(2)]
        ratio: Annotated[float, Ge(0.5)]
        word: Annotated[str, Len(2, 4), Predicate(str.islower)]
        when: Annotated[datetime.date, Ge(datetime.date(2024, 1, 1))]
        words: Annotated[list[str], Len(1, 2)]

    good = {"count": 4, "ratio": 0.5, "word": "abc", "when": "2024-05-01", "words": ["a"]}
    assert verdict(Made, good)["count"] == 4
    bad = {"count": 0, "ratio": 0.4, "word": "ABCDE", "when": "2023-01-01", "words": []}
    assert verdict(Made, bad).keys() == bad.keys()
    assert [error.code for error in verdict(Made, {**good, "count": -1})["count"]] == [
        "greater_than",
        "multiple_of",
    ]


def test_enums_sets_tuples_and_bytes_go_both_ways() -> None:
    class Made(Serializer):
        role: Role
        tags: set[str]
        pair: tuple[int, str]
        raw: bytes

    data = {"role": "admin", "tags": ["b", "a", "b"], "pair": [1, "x"], "raw": "aGk="}
    serializer = Made(data=data)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == {
        "role": Role.ADMIN,
        "tags": {"a", "b"},
        "pair": (1, "x"),
        "raw": b"hi",
    }
    assert serializer.data == {**data, "tags": ["a", "b"]}
    errors = verdict(Made, {"role": "king", "tags": [1, {}], "pair": [1], "raw": "?"})
    assert errors.keys() == data.keys()


class Point(TypedDict):
    x: int
    y: int


@dataclass
class Line:
    start: Point
    label: str = "line"

    def __post_init__(self) -> None:
        if self.label == "bad":
            raise ValueError("no bad lines")


def test_structures_nest_as_input_and_output() -> None:
    class Made(Serializer):
        line: Line
        points: list[Point]

    given = {"line": {"start": {"x": 1, "y": 2}}, "points": [{"x": 0, "y": 0}]}
    serializer = Made(data=given)
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data.line == Line({"x": 1, "y": 2})
    assert serializer.data["line"] == {"start": {"x": 1, "y": 2}, "label": "line"}
    errors = verdict(Made, {"line": {"start": {"x": "a"}}, "points": 3})
    assert errors["line"]["start"].keys() == {"x", "y"}
    refused = verdict(Made, {**given, "line": {**given["line"], "label": "bad"}})
    assert refused["line"] == {"non_field_errors": ["no bad lines"]}


class Cat(Serializer):
    kind: Literal["cat"]
    lives: int


class Dog(Serializer):
    kind: Literal["dog"]
    name: str


def test_a_union_of_serializers_is_told_apart_by_its_discriminator() -> None:
    class Made(Serializer):
        pet: Annotated[Cat | Dog, Discriminator("kind")]

    assert verdict(Made, {"pet": {"kind": "dog", "name": "Rex"}})["pet"]["name"] == "Rex"
    assert verdict(Made, {"pet": {"kind": "cat"}})["pet"].keys() == {"lives"}
    assert verdict(Made, {"pet": {"kind": "cow"}})["pet"].keys() == {"kind"}
    assert Made({"pet": {"kind": "cat", "lives": 9}}).data == {"pet": {"kind": "cat", "lives": 9}}


class Money:
    def __init__(self, amount: Decimal) -> None:
        self.amount = amount


class MoneyType(AnnotationType):
    wire = Annotated[Decimal, Ge(0)]

    def to_python(self, value: Any) -> Money:
        if value == 13:
            raise ValueError("unlucky")
        return Money(value)

    def to_wire(self, value: Money) -> Decimal:
        return value.amount


def test_a_registered_annotation_converts() -> None:
    register_annotation(Money, MoneyType(), replace=True)

    class Made(Serializer):
        price: Money

    serializer = Made(data={"price": "1.50"})
    assert serializer.is_valid()
    assert serializer.validated_data.price.amount == Decimal("1.50")
    assert serializer.data == {"price": "1.50"}
    assert verdict(Made, {"price": "13"})["price"] == ["unlucky"]
    assert verdict(Made, {"price": "-1"}).keys() == {"price"}


def test_inheritance_overrides_drops_and_adds() -> None:
    class Base(Serializer):
        a: int
        b: str

    class Child(Base):
        b: int  # type: ignore[assignment]
        c: bool = True

    class Dropped(Child):
        a = None

    assert [type(f).__name__ for f in fields_of(Child).values()] == [
        "IntegerField",
        "IntegerField",
        "BooleanField",
    ]
    assert list(fields_of(Dropped)) == ["b", "c"]


class Before(Serializer):
    later: Later


class Later(Serializer):
    value: int


def test_a_forward_reference_is_resolved_at_first_use() -> None:
    assert verdict(Before, {"later": {"value": 1}}) == {"later": {"value": 1}}


def test_an_impossible_annotation_names_class_attribute_and_remedy() -> None:
    with pytest.raises(AnnotationError, match=r"Broken\.price is annotated `complex`.*float"):

        class Broken(Serializer):
            price: complex


def test_a_wrong_argument_names_class_and_attribute() -> None:
    with pytest.raises(TypeError, match=r"Broken\.name cannot be made: .*max_digits"):

        class Broken(Serializer):
            name: str = Field(max_digits=3)


def test_inline_serializers() -> None:
    Address = InlineSerializer(
        name="Address", fields={"city": str, "zip": drf.CharField(max_length=5)}
    )
    assert Address.__name__ == "Address"
    assert verdict(Address, {"city": "Graz", "zip": "8010"}) == {"city": "Graz", "zip": "8010"}
    assert verdict(Address, {"city": "Graz", "zip": "801000"}).keys() == {"zip"}


def test_validated_data_have_attributes() -> None:
    class Made(Serializer):
        name: str
        inner: Inner
        inners: list[Inner]

    made = verdict(Made, {"name": "a", "inner": {"city": "b"}, "inners": [{"city": "c"}]})
    assert (made.name, made.inner.city, made.inners[0].city) == ("a", "b", "c")
    assert isinstance(made, dict)
    with pytest.raises(AttributeError, match="no 'age'; they have name"):
        _ = made.age
