"""The DRF backend: which filter set, which routes, in which colour."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from rest_framework import generics, serializers, viewsets
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIRequestFactory

from restflow.core.adapters import call
from restflow.core.steps import arun, blocking
from restflow.filters import FilterSet, RestflowFilterBackend
from restflow.filters.backend import is_detail
from restflow_testing.models import ActiveProduct, Book, Category, Product

pytestmark = pytest.mark.django_db


class ProductFilterSet(FilterSet):
    name: str

    class Meta:
        model = Product
        preprocessors = ["in_tenant"]

    def in_tenant(self, queryset: QuerySet[Product]) -> QuerySet[Product]:
        return queryset.filter(description=self.request.headers["Tenant"])


class ProductSerializer(serializers.ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["name"]


class ProductViewSet(viewsets.ReadOnlyModelViewSet[Product]):
    queryset = Product.objects.order_by("id")
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend]
    filterset_class: Any = ProductFilterSet


LIST = ProductViewSet.as_view({"get": "list"}, detail=False)
DETAIL = ProductViewSet.as_view({"get": "retrieve"}, detail=True)


@pytest.fixture(autouse=True)
def products(db: None) -> list[Product]:
    return [
        Product.objects.create(name="Lamp", description="north"),
        Product.objects.create(name="Chair", description="north"),
        Product.objects.create(name="Lamp", description="south"),
    ]


def get(query: str = "") -> Any:
    return APIRequestFactory().get(f"/?{query}", headers={"tenant": "north"})


def test_a_list_is_filtered_and_scoped() -> None:
    assert LIST(get("name=Lamp")).data == [{"name": "Lamp"}]
    assert len(LIST(get()).data) == 2


def test_a_detail_route_is_scoped_and_its_parameters_are_not_judged(
    products: list[Product],
) -> None:
    mine, _, theirs = products
    assert DETAIL(get("name=nothing&prise=1"), pk=mine.pk).status_code == 200
    assert DETAIL(get(), pk=theirs.pk).status_code == 404


@pytest.mark.parametrize(
    ("view", "kwargs", "expected"),
    [
        (generics.RetrieveAPIView, {"pk": 1}, True),
        (generics.RetrieveUpdateDestroyAPIView, {"pk": 1}, True),
        (generics.ListAPIView, {"pk": 1}, False),
        (generics.ListCreateAPIView, {}, False),
        (generics.GenericAPIView, {"pk": 1}, True),
        (generics.GenericAPIView, {"category": 1}, False),
    ],
)
def test_routes_without_a_router(view: Any, kwargs: dict[str, int], expected: bool) -> None:
    """A list below another resource has that one's key in its URL, and still is a list."""
    assert is_detail(view(kwargs=kwargs)) is expected


def test_routers_tell() -> None:
    router = SimpleRouter()
    router.register("products", ProductViewSet)
    found = {pattern.name: pattern.callback.initkwargs["detail"] for pattern in router.urls}
    assert found == {"product-list": False, "product-detail": True}


def asked(query: str) -> tuple[RestflowFilterBackend, Request, ProductViewSet]:
    request = Request(get(query))
    view = ProductViewSet(detail=False, request=request, kwargs={}, action="list")
    return RestflowFilterBackend(), request, view


@pytest.mark.parametrize("query", ["name=Lamp", "name!=Lamp", "prise=1", ""])
def test_both_colours_agree(query: str) -> None:
    def outcome(result: Any) -> Any:
        try:
            found = result()
        except ValidationError as error:
            return error.detail
        return list(found)

    backend, request, view = asked(query)
    queryset = Product.objects.order_by("id")
    sync = outcome(lambda: backend.filter_queryset(request, queryset, view))
    twin = async_to_sync(backend.afilter_queryset)
    assert outcome(lambda: twin(request, queryset, view)) == sync


def test_a_view_finds_the_twin_by_name() -> None:
    backend, request, view = asked("")
    step = call(backend, "filter_queryset", request, Product.objects.all(), view)
    assert step.sync is not None
    assert inspect.iscoroutinefunction(step.async_)


class Recorded(FilterSet):
    """Its own ``filter_queryset`` wins, in either colour."""

    name: str

    class Meta:
        model = Product


class SyncOverride(Recorded):
    def filter_queryset(self, queryset: Any, ignore: Any = ()) -> Any:
        return super().filter_queryset(queryset, ignore).filter(name="Chair")


class AsyncOverride(Recorded):
    async def afilter_queryset(self, queryset: Any, ignore: Any = ()) -> Any:
        return (await super().afilter_queryset(queryset, ignore)).filter(name="Chair")


@pytest.mark.parametrize("filterset", [SyncOverride, AsyncOverride])
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_an_override_is_never_bypassed(filterset: type[FilterSet], colour: str) -> None:
    backend, request, view = asked("")
    view.filterset_class = filterset
    queryset = Product.objects.order_by("id")
    if colour == "sync":
        found = backend.filter_queryset(request, queryset, view)
    else:
        found = async_to_sync(backend.afilter_queryset)(request, queryset, view)
    assert [product.name for product in found] == ["Chair"]


class MixedFilterSet(FilterSet):
    name: str

    class Meta:
        model = Product
        preprocessors = ["before", "awaited_before"]
        postprocessors = ["awaited_after"]

    def before(self, queryset: Any) -> Any:
        return queryset.filter(description="north")

    async def awaited_before(self, queryset: Any) -> Any:
        return queryset.exclude(name="Table")

    async def awaited_after(self, queryset: Any) -> Any:
        return queryset.order_by("-name")


async def test_processors_of_both_colours_run_on_both_drivers(adb: None, products: Any) -> None:
    def chain() -> Any:
        found = yield blocking(MixedFilterSet({}).filter_queryset, Product.objects.all())
        return found

    def listed(queryset: Any) -> list[str]:
        return [product.name for product in queryset]

    found = await MixedFilterSet({}).afilter_queryset(Product.objects.all())
    in_thread = await arun(chain())

    def both() -> Any:
        return (yield blocking(lambda: (listed(found), listed(in_thread))))

    assert await arun(both()) == (["Lamp", "Chair"], ["Lamp", "Chair"])


def test_get_filterset_class_decides() -> None:
    class Chosen(ProductViewSet):
        def get_filterset_class(self) -> Any:
            return None if self.action == "list" else ProductFilterSet

    assert len(Chosen.as_view({"get": "list"}, detail=False)(get("name=x")).data) == 3


def test_filterset_fields_make_a_class() -> None:
    class Quick(ProductViewSet):
        filterset_class = None
        filterset_fields = {"name": ["icontains"]}

    view = Quick.as_view({"get": "list"}, detail=False)
    assert len(view(get("name__icontains=AM")).data) == 2
    assert view(get("prise=1")).status_code == 400


def test_a_filter_set_of_another_model_is_an_error() -> None:
    backend, request, view = asked("")
    with pytest.raises(ImproperlyConfigured, match=r"ProductViewSet lists Category"):
        backend.filter_queryset(request, Category.objects.all(), view)
    view.filterset_class = serializers.Serializer
    with pytest.raises(ImproperlyConfigured, match=r"ProductViewSet\.filterset_class"):
        backend.filter_queryset(request, Product.objects.all(), view)


@pytest.mark.parametrize("model", [ActiveProduct, Book])
def test_a_derived_model_is_none(model: Any) -> None:
    backend, request, view = asked("name=Lamp")
    book = Book.objects.create(name="Lamp", description="north")
    found = backend.filter_queryset(request, model.objects.all(), view)
    assert book.pk in {item.pk for item in found}


def test_to_many_filters_work_on_a_child_model() -> None:
    class Tagged(FilterSet):
        tags: list[int]

        class Meta:
            model = Product

    Book.objects.create(name="A", description="north")
    assert Tagged({"tags!": "1"}).filter_queryset(Book.objects.all()).count() == 1


def test_an_encoding_that_is_none_is_the_clients_error() -> None:
    class Undecodable:
        @property
        def query_params(self) -> Any:
            raise LookupError("'hex' is not a text encoding")

    backend, _, view = asked("")
    with pytest.raises(ParseError):
        backend.get_filterset(ProductFilterSet, Undecodable(), view)


def test_no_parameters_are_documented_for_a_detail_route() -> None:
    backend = RestflowFilterBackend()
    documented = backend.get_schema_operation_parameters(ProductViewSet(detail=False))
    assert [item["name"] for item in documented] == ["name", "name!"]
    assert backend.get_schema_operation_parameters(ProductViewSet(detail=True)) == []
    json.dumps(documented)
