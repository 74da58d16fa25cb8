"""Parameters nobody declared, asked of a view."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import override_settings
from rest_framework import filters as drf_filters
from rest_framework import generics, pagination, serializers, versioning
from rest_framework.authentication import BaseAuthentication
from rest_framework.test import APIRequestFactory

from restflow.exceptions import exception_handler
from restflow.filters import FilterSet, RestflowFilterBackend, StringField
from restflow_testing.models import Product

pytestmark = pytest.mark.django_db


class ProductFilterSet(FilterSet):
    name = StringField(lookups=["icontains"])

    class Meta:
        model = Product
        fields = {"price": ["gte", "lte"]}
        order_fields = ["price", "name"]


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["id"]


class Pages(pagination.PageNumberPagination):
    page_size = 2
    page_size_query_param = "size"


class Tokens(BaseAuthentication):
    query_params = ["access_token"]

    def authenticate(self, request: Any) -> None:
        return None


class ProductList(generics.ListAPIView[Product]):
    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend, drf_filters.SearchFilter]
    search_fields = ["name"]
    pagination_class = Pages
    versioning_class = versioning.QueryParameterVersioning
    authentication_classes = [Tokens]
    filterset_class: type[FilterSet] = ProductFilterSet
    query_params = ("callback",)

    def get_exception_handler(self) -> Any:
        return exception_handler


def ask(query: str, view: type[ProductList] = ProductList, **initkwargs: Any) -> Any:
    return view.as_view(**initkwargs)(APIRequestFactory().get(f"/?{query}"))


@pytest.mark.parametrize(
    "query",
    [
        *(
            "page=1",
            "size=1",
            "search=a",
            "version=",
            "format=json",
            "access_token=x",
            "callback=x",
        ),
        *(
            "_=1",
            "utm_source=letter",
            "gclid=1",
            "fbclid=",
            "name=a",
            "price__gte!=2",
            "ordering=name",
        ),
        *("", "name=", "price="),
    ],
)
def test_what_somebody_owns_passes(query: str) -> None:
    assert ask(query).status_code == 200


def test_an_unknown_parameter_is_refused_with_suggestions() -> None:
    response = ask("prise__gte=1&name__contains=a&zzz=1")
    assert response.status_code == 400
    error = response.data["error"]
    assert error["code"] == "validation_error"
    details = error["details"]
    assert list(details) == ["prise__gte", "name__contains", "zzz"]
    assert details["zzz"] == ["Unknown parameter."]
    assert details["prise__gte"][0].startswith('Unknown parameter. Did you mean "price__gte"')
    assert '"name__icontains"' in details["name__contains"][0]


def test_its_code_tells_it_from_a_wrong_value() -> None:
    errors = ProductFilterSet({"prise": "1", "price": "x"}, known=lambda name: False).errors
    assert errors["prise"][0].code == "unknown_parameter"
    assert errors["price"][0].code == "invalid"


@pytest.mark.parametrize("name", ["Name", "name ", "name!!", "name__", "page2", "Page", "a" * 5000])
def test_near_misses_are_unknown(name: str) -> None:
    response = ask(f"{name}=1")
    assert response.status_code == 400
    (found,) = response.data["error"]["details"]
    assert found == name if len(name) < 100 else len(found) < 110


def test_many_unknown_parameters_cost_little() -> None:
    response = ask("&".join(f"unknown{number}=1" for number in range(900)))
    assert len(response.data["error"]["details"]) == 20


@pytest.mark.parametrize("policy", ["warn", "ignore"])
def test_the_setting_softens_it(policy: str, caplog: pytest.LogCaptureFixture) -> None:
    with (
        override_settings(RESTFLOW_SETTINGS={"FILTERS": {"UNKNOWN": policy}}),
        caplog.at_level(logging.WARNING, "restflow.filters"),
    ):
        assert ask("prise=1").status_code == 200
    assert ("prise" in caplog.text) is (policy == "warn")
    assert ("price" in caplog.text) is (policy == "warn")


def test_allowed_globs_are_the_projects() -> None:
    with override_settings(RESTFLOW_SETTINGS={"FILTERS": {"ALLOWED": ["x_*"]}}):
        assert ask("x_trace=1").status_code == 200
        assert ask("utm_source=1").status_code == 400


def test_a_class_decides_for_itself() -> None:
    class Lenient(ProductFilterSet):
        class Meta(ProductFilterSet.Meta):
            unknown = "ignore"

    assert ask("prise=1", filterset_class=Lenient).status_code == 200


def test_outside_a_view_only_a_class_that_says_so_judges() -> None:
    class Severe(ProductFilterSet):
        class Meta(ProductFilterSet.Meta):
            unknown = "error"

    assert ProductFilterSet({"prise": 1}).is_valid()
    assert list(Severe({"prise": 1, "utm_medium": "x"}).errors) == ["prise"]


def test_an_owner_that_appears_later_is_seen() -> None:
    class Later(ProductList):
        pass

    assert ask("limit=1", Later).status_code == 400
    Later.pagination_class = pagination.LimitOffsetPagination  # type: ignore[assignment]
    assert ask("limit=1", Later).status_code == 200


def test_an_unknown_sort_is_refused_with_suggestions() -> None:
    response = ask("ordering=-prices")
    assert response.data["error"]["details"] == {
        "ordering": ['"prices" is not one of the choices. Did you mean "price"?']
    }
