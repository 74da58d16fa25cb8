"""Every parameter is documented, with the bounds that it is held to."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from restflow.filters import (
    ChoiceField,
    DateTimeField,
    FilterSet,
    InlineFilterSet,
    IntegerField,
    ListField,
    RelatedField,
    StringField,
)
from restflow.filters.openapi import operation_parameters
from restflow_testing.models import Category, Product

SHELVES = InlineFilterSet({"name": StringField(help_text="Name of the shelf")}, model=Category)


class ProductFilterSet(FilterSet):
    name = StringField(help_text="Name on the label.", lookups=["icontains"], max_length=50)
    stock = IntegerField(lookups=["in", "isnull", "range"])
    status = ChoiceField(choices=Product.Status, required=True)
    created_at = DateTimeField(lookups=["year", "date"])
    ids = ListField(child=IntegerField(min_value=1), db_field="id", separator=None)
    category = RelatedField(SHELVES)
    released_on: datetime.date

    class Meta:
        model = Product
        order_fields = ["price"]


DOCUMENTED: dict[str, dict[str, Any]] = {
    item["name"]: item for item in operation_parameters(ProductFilterSet)
}


def test_all_of_them_and_nothing_else() -> None:
    assert set(DOCUMENTED) == set(ProductFilterSet.plan().parameters)
    assert all(item["in"] == "query" for item in DOCUMENTED.values())


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("name", {"type": "string", "maxLength": 50}),
        ("stock", {"type": "integer", "minimum": 0, "maximum": 2147483647}),
        ("stock__isnull", {"type": "boolean"}),
        ("status", {"type": "string", "enum": ["draft", "active", "retired"]}),
        ("created_at__year", {"type": "integer", "minimum": 1, "maximum": 9999}),
        ("created_at__date", {"type": "string", "format": "date"}),
        ("released_on", {"type": "string", "format": "date"}),
        ("category__name", {"type": "string", "maxLength": 1000}),
        ("ordering", {"type": "array", "items": {"type": "string", "enum": ["price", "-price"]}}),
    ],
)
def test_schemas(name: str, schema: dict[str, Any]) -> None:
    assert DOCUMENTED[name]["schema"] == schema


def test_lists_say_how_they_are_written() -> None:
    commas, repeated = DOCUMENTED["stock__in"], DOCUMENTED["ids"]
    assert (commas["style"], commas["explode"]) == ("form", False)
    assert (repeated["style"], repeated["explode"]) == ("form", True)
    assert commas["schema"]["maxItems"] == 500
    assert DOCUMENTED["stock__range"]["schema"]["minItems"] == 2


def test_descriptions_say_what_a_parameter_does() -> None:
    described = {name: item["description"] for name, item in DOCUMENTED.items()}
    assert described["name"] == "Name on the label."
    assert described["name__icontains!"] == (
        "Name on the label. Not containing the text, whatever its case."
    )
    assert described["category__name"] == "Name of the shelf."
    assert described["stock!"] == "Not equal to the value."


def test_required_parameters_are_marked() -> None:
    required = [name for name, item in DOCUMENTED.items() if item["required"]]
    assert required == ["status"]


def test_a_schema_belongs_to_who_asked_for_it() -> None:
    DOCUMENTED["status"]["schema"]["enum"] = []
    again = {item["name"]: item for item in operation_parameters(ProductFilterSet)}
    assert again["status"]["schema"]["enum"]
    DOCUMENTED["status"]["schema"] = again["status"]["schema"]
