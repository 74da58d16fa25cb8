"""Annotated serializers: every annotation's schema, on both dialects, and its bounds."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict
from uuid import UUID

import pytest
from annotated_types import Ge, Gt, Le, Len, Lt, MultipleOf
from django.urls import path

from restflow.serializers import Discriminator, Email, ModelSerializer, NotRequired, Serializer
from restflow.views import AsyncCreateAPIView
from restflow_testing.models import Product

from .documents import VERSIONS, body, component, document, operation


class Size(enum.Enum):
    SMALL = "S"
    LARGE = "L"


class Place(TypedDict):
    """Where something is."""

    city: str
    street: NotRequired[str]


@dataclass
class Node:
    name: str
    children: list[Node]
    weight: Annotated[int, Gt(0)] = 1


class CardSerializer(Serializer):
    kind: Literal["card"]
    number: str


class CashSerializer(Serializer):
    kind: Literal["cash"]
    amount: Annotated[int, Ge(1)]


class OrderSerializer(Serializer):
    identifier: UUID
    email: Email
    size: Size
    place: Place
    tree: Node
    payment: Annotated[CardSerializer | CashSerializer, Discriminator("kind")]
    blob: bytes
    tags: set[str]
    pair: tuple[int, str]
    many: tuple[int, ...]
    numbers: dict[str, int]
    note: str | None
    positive: Annotated[int, Gt(0)]
    ratio: Annotated[float, Gt(0), Lt(1)]
    limited: Annotated[int, Ge(1), Le(9)]
    even: Annotated[int, MultipleOf(2)]
    named: Annotated[str, Len(2, 8)]
    few: Annotated[list[int], Len(1, 3)]
    price: Annotated[Decimal, Gt(0)]


@pytest.fixture(params=VERSIONS)
def made(request: Any) -> dict[str, Any]:
    view = type(
        "View", (AsyncCreateAPIView,), {"__module__": __name__, "serializer_class": OrderSerializer}
    )
    return document([path("orders/", view.as_view())], version=request.param)


@pytest.fixture
def properties(made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = component(made, body(operation(made, "/orders/", "post")))["properties"]
    return found


def is_31(made: dict[str, Any]) -> bool:
    return bool(made["openapi"].startswith("3.1"))


def test_scalars(properties: dict[str, Any]) -> None:
    assert properties["identifier"] == {"type": "string", "format": "uuid"}
    assert properties["email"]["format"] == "email"
    assert properties["blob"] == {"type": "string", "format": "byte"}


def test_containers(made: dict[str, Any], properties: dict[str, Any]) -> None:
    assert properties["tags"] == {"type": "array", "items": {"type": "string"}}
    assert properties["many"] == {"type": "array", "items": {"type": "integer"}}
    assert properties["numbers"]["additionalProperties"] == {"type": "integer"}
    pair = properties["pair"]
    assert (pair["minItems"], pair["maxItems"]) == (2, 2)
    kinds = [{"type": "integer"}, {"type": "string"}]
    assert (pair["prefixItems"] if is_31(made) else pair["items"]["anyOf"]) == kinds


def test_structures_are_components(made: dict[str, Any], properties: dict[str, Any]) -> None:
    place = component(made, properties["place"])
    assert place["description"] == "Where something is."
    assert place["required"] == ["city"]
    node = component(made, properties["tree"])
    assert node["properties"]["children"]["items"] == {"$ref": "#/components/schemas/Node"}
    assert "description" not in node
    assert node["required"] == ["children", "name"]


def test_variants(made: dict[str, Any], properties: dict[str, Any]) -> None:
    payment = properties["payment"]
    assert payment["discriminator"] == {
        "propertyName": "kind",
        "mapping": {
            "card": "#/components/schemas/Card",
            "cash": "#/components/schemas/Cash",
        },
    }
    assert {one["$ref"] for one in payment["oneOf"]} == set(
        payment["discriminator"]["mapping"].values()
    )


def test_enums(made: dict[str, Any], properties: dict[str, Any]) -> None:
    assert component(made, properties["size"])["enum"] == ["S", "L"]


def test_null(made: dict[str, Any], properties: dict[str, Any]) -> None:
    note = properties["note"]
    if is_31(made):
        assert note["type"] == ["string", "null"]
    else:
        assert (note["type"], note["nullable"]) == ("string", True)


def test_bounds(made: dict[str, Any], properties: dict[str, Any]) -> None:
    if is_31(made):
        assert properties["positive"]["exclusiveMinimum"] == 0
        assert "minimum" not in properties["positive"]
        assert properties["ratio"]["exclusiveMaximum"] == 1
    else:
        assert properties["positive"]["minimum"] == 0
        assert properties["positive"]["exclusiveMinimum"] is True
        assert properties["ratio"]["exclusiveMaximum"] is True
    assert (properties["limited"]["minimum"], properties["limited"]["maximum"]) == (1, 9)
    assert properties["even"]["multipleOf"] == 2
    assert (properties["named"]["minLength"], properties["named"]["maxLength"]) == (2, 8)
    assert (properties["few"]["minItems"], properties["few"]["maxItems"]) == (1, 3)
    weight = component(made, properties["tree"])["properties"]["weight"]
    assert weight["exclusiveMinimum"] == (0 if is_31(made) else True)


def test_decimals_are_text_and_keep_no_bound(properties: dict[str, Any]) -> None:
    assert properties["price"]["type"] == "string"
    assert "exclusiveMinimum" not in properties["price"]


class BlankSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["homepage", "contact"]


def test_a_text_with_a_format_may_be_empty() -> None:
    view = type(
        "View", (AsyncCreateAPIView,), {"__module__": __name__, "serializer_class": BlankSerializer}
    )
    made = document([path("x/", view.as_view())])
    homepage = made["components"]["schemas"]["Blank"]["properties"]["homepage"]
    assert "oneOf" not in homepage
    if "anyOf" in homepage:  # drf-spectacular 0.29 and newer
        assert homepage["anyOf"][1] == {"type": "string", "maxLength": 0}
