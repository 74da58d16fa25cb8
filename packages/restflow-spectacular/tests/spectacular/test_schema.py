"""Views in both families: serializers by action and direction, lists, pages, words."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import include, path
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import pagination as drf_pagination
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.filters import SearchFilter
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter, SimpleRouter

from restflow import views
from restflow.pagination import (
    CursorPagination,
    FastPageNumberPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)
from restflow.serializers import ModelSerializer
from restflow.spectacular import RestflowAutoSchema
from restflow.test import AsyncAPIRequestFactory, assert_hops
from restflow.views import ActionConfig
from restflow_testing.models import Category, Product

from .documents import VERSIONS, body, component, document, names, operation, schema

FAMILIES = [
    (views.ModelViewSet, views.APIView, views.GenericAPIView),
    (views.AsyncModelViewSet, views.AsyncAPIView, views.AsyncGenericAPIView),
]
by_family = pytest.mark.parametrize("family", FAMILIES, ids=["sync", "async"])
by_version = pytest.mark.parametrize("version", VERSIONS)


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price"]


class RowSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class OrderSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["name"]


class Pages(PageNumberPagination):
    page_size = 10


class Fast(FastPageNumberPagination):
    page_size = 10


class Cursor(CursorPagination):
    page_size = 10
    ordering = "pk"


def routed(viewset: Any, router: Any = SimpleRouter) -> list[Any]:
    made = router()
    made.register("products", viewset, basename="product")
    return [path("", include(made.urls))]


def viewset(base: Any, **attributes: Any) -> Any:
    given = {"queryset": Product.objects.all(), "serializer_class": ProductSerializer}
    return type("ProductViewSet", (base,), {"__module__": __name__, **given, **attributes})


@by_version
@by_family
def test_action_configs_decide(family: Any, version: str) -> None:
    made = document(
        routed(
            viewset(
                family[0],
                pagination_class=Pages,
                filter_backends=[SearchFilter],
                search_fields=["name"],
                action_configs={
                    "list": ActionConfig(
                        response_serializer_class=RowSerializer, pagination_class=Fast
                    ),
                    "create": ActionConfig(request_serializer_class=OrderSerializer),
                    "destroy": ActionConfig(throttle_classes=[]),
                },
            )
        ),
        version=version,
    )
    listed = operation(made, "/products/")
    page = component(made, schema(listed))
    assert set(page["properties"]) == {"next", "previous", "results"}
    assert page["properties"]["results"]["items"] == {"$ref": "#/components/schemas/Row"}
    assert names(listed) == {"page", "search"}
    created = operation(made, "/products/", "post")
    assert body(created) == {"$ref": "#/components/schemas/Order"}
    assert schema(created, "201") == {"$ref": "#/components/schemas/Product"}
    shown = operation(made, "/products/{id}/")
    assert schema(shown) == {"$ref": "#/components/schemas/Product"}
    assert names(shown) == set()
    changed = operation(made, "/products/{id}/", "patch")
    assert body(changed) == {"$ref": "#/components/schemas/PatchedProduct"}
    assert operation(made, "/products/{id}/", "delete")["responses"]["204"]


@by_family
def test_paging_turned_off_for_one_action(family: Any) -> None:
    off = ActionConfig(pagination_class=None)
    made = document(
        routed(viewset(family[0], pagination_class=Pages, action_configs={"list": off}))
    )
    listed = operation(made, "/products/")
    assert schema(listed) == {"type": "array", "items": {"$ref": "#/components/schemas/Product"}}
    assert names(listed) == set()


@by_family
def test_an_action_of_ones_own_lists_when_it_has_a_paginator(family: Any) -> None:
    class Base(family[0]):  # type: ignore[misc]
        @action(detail=False)
        def top(self, request: Any) -> Any: ...

        @action(detail=True)
        def price(self, request: Any) -> Any: ...

    config = ActionConfig(pagination_class=Fast, serializer_class=RowSerializer)
    made = document(routed(viewset(Base, pagination_class=Pages, action_configs={"top": config})))
    top = operation(made, "/products/top/")
    assert schema(top) == {"$ref": "#/components/schemas/FastPageNumberPaginatedRowList"}
    assert top["operationId"] == "products_top_list"
    price = operation(made, "/products/{id}/price/")
    assert schema(price) == {"$ref": "#/components/schemas/Product"}


@by_family
def test_the_split_of_a_view_that_is_not_generic(family: Any) -> None:
    class CreateOrderView(family[1]):  # type: ignore[misc]
        request_serializer_class = OrderSerializer
        response_serializer_class = ProductSerializer

        def get(self, request: Any) -> Any: ...

        def post(self, request: Any) -> Any: ...

    made = document([path("orders/", CreateOrderView.as_view())])
    posted = operation(made, "/orders/", "post")
    assert body(posted) == {"$ref": "#/components/schemas/Order"}
    assert schema(posted) == {"$ref": "#/components/schemas/Product"}
    shown = operation(made, "/orders/")
    assert schema(shown) == {"$ref": "#/components/schemas/Product"}


@by_family
def test_getters_of_the_project_are_asked(family: Any) -> None:
    class View(family[1]):  # type: ignore[misc]
        def get_request_serializer_class(self) -> Any:
            return OrderSerializer

        async def aget_response_serializer_class(self) -> Any:
            return ProductSerializer

        def put(self, request: Any) -> Any: ...

    made = document([path("orders/", View.as_view())])
    put = operation(made, "/orders/", "put")
    assert body(put) == {"$ref": "#/components/schemas/Order"}
    assert schema(put) == {"$ref": "#/components/schemas/Product"}


@by_family
def test_get_serializer_of_the_project_is_asked(family: Any) -> None:
    class View(family[2]):  # type: ignore[misc]
        queryset = Product.objects.all()
        serializer_class = ProductSerializer

        def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
            return RowSerializer(*args, **kwargs)

        def get(self, request: Any) -> Any: ...

    made = document([path("orders/", View.as_view())])
    assert schema(operation(made, "/orders/")) == {"$ref": "#/components/schemas/Row"}


@by_family
def test_a_view_without_serializer_is_named(family: Any) -> None:
    class HealthView(family[1]):  # type: ignore[misc]
        def get(self, request: Any) -> Any: ...

    with pytest.raises(AssertionError, match="HealthView has no serializer for its response"):
        document([path("health/", HealthView.as_view())])


@by_family
def test_a_paginator_on_a_view_that_is_not_generic(family: Any) -> None:
    class TopProductsView(family[1]):  # type: ignore[misc]
        serializer_class = ProductSerializer
        pagination_class = Pages

        def get(self, request: Any) -> Any: ...

        def post(self, request: Any) -> Any: ...

    class One(family[1]):  # type: ignore[misc]
        serializer_class = ProductSerializer

        def get(self, request: Any) -> Any: ...

    made = document([path("top/", TopProductsView.as_view()), path("one/", One.as_view())])
    listed = operation(made, "/top/")
    assert schema(listed) == {"$ref": "#/components/schemas/PaginatedProductList"}
    assert names(listed) == {"page"}
    assert schema(operation(made, "/top/", "post")) == {"$ref": "#/components/schemas/Product"}
    assert schema(operation(made, "/one/")) == {"$ref": "#/components/schemas/Product"}


CONCRETE = [
    ("ListCreateAPIView", {"get": "200", "post": "201"}),
    ("RetrieveUpdateDestroyAPIView", {"get": "200", "put": "200", "patch": "200", "delete": "204"}),
    ("ListAPIView", {"get": "200"}),
    ("CreateAPIView", {"post": "201"}),
]


@pytest.mark.parametrize(("name", "statuses"), CONCRETE, ids=[name for name, _ in CONCRETE])
@pytest.mark.parametrize("prefix", ["", "Async"])
def test_concrete_views(name: str, statuses: dict[str, str], prefix: str) -> None:
    view = viewset(getattr(views, prefix + name), pagination_class=Pages)
    is_detail = "Retrieve" in name
    route = "products/<int:pk>/" if is_detail else "products/"
    made = document([path(route, view.as_view())])
    (operations,) = made["paths"].values()
    found = {method: min(one["responses"]) for method, one in operations.items()}
    assert found == statuses
    if "get" in statuses:
        reference = schema(operations["get"])
        listed = {"$ref": "#/components/schemas/PaginatedProductList"}
        assert (reference == listed) is not is_detail


PAGES = [
    (Pages, "PaginatedProductList", {"count", "next", "previous", "results"}, {"page"}),
    (Fast, "FastPageNumberPaginatedProductList", {"next", "previous", "results"}, {"page"}),
    (Cursor, "CursorPaginatedProductList", {"next", "previous", "results"}, {"cursor"}),
    (
        type("Offsets", (LimitOffsetPagination,), {"default_limit": 5}),
        "LimitOffsetPaginatedProductList",
        {"count", "next", "previous", "results"},
        {"limit", "offset"},
    ),
]


@by_version
@pytest.mark.parametrize(("paginator", "name", "properties", "parameters"), PAGES)
def test_pages(paginator: Any, name: str, properties: Any, parameters: Any, version: str) -> None:
    view = viewset(views.AsyncListAPIView, pagination_class=paginator)
    made = document([path("products/", view.as_view())], version=version)
    listed = operation(made, "/products/")
    assert schema(listed) == {"$ref": f"#/components/schemas/{name}"}
    page = made["components"]["schemas"][name]
    assert set(page["properties"]) == properties
    assert names(listed) == parameters
    following = page["properties"]["next"]
    if version == "3.0.3":
        assert (following["type"], following["nullable"]) == ("string", True)
    else:
        assert following["type"] == ["string", "null"]
        assert "nullable" not in following


def test_pages_of_one_serializer_keep_apart() -> None:
    fast = viewset(views.AsyncListAPIView, pagination_class=Fast)
    full = viewset(views.AsyncListAPIView, pagination_class=Pages)
    made = document([path("fast/", fast.as_view()), path("full/", full.as_view())])
    pages = [component(made, schema(operation(made, f"/{name}/"))) for name in ("fast", "full")]
    assert ["count" in page["properties"] for page in pages] == [False, True]


def test_the_project_s_paginator_has_the_usual_name() -> None:
    view = viewset(views.AsyncListAPIView, pagination_class=Fast)
    drf = {"DEFAULT_PAGINATION_CLASS": "restflow.pagination.FastPageNumberPagination"}
    made = document([path("products/", view.as_view())], drf=drf)
    assert "PaginatedProductList" in made["components"]["schemas"]


def test_views_of_drf_are_documented_as_before() -> None:
    class DRFViewSet(viewsets.ModelViewSet[Product]):
        queryset = Product.objects.all()
        serializer_class = ProductSerializer
        pagination_class = type("Pages", (drf_pagination.PageNumberPagination,), {"page_size": 3})

    made = document(routed(DRFViewSet, DefaultRouter), warnings=True)
    assert schema(operation(made, "/products/")) == {
        "$ref": "#/components/schemas/PaginatedProductList"
    }
    assert operation(made, "/products/", "post")["responses"]["201"]


# -- words -------------------------------------------------------------------------------------


class Documented(views.AsyncModelViewSet):
    """What the shop sells."""

    queryset = Product.objects.all()
    serializer_class = ProductSerializer

    async def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """One of them."""

    async def create(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return await super().create(request, *args, **kwargs)


def test_descriptions_are_the_project_s_words() -> None:
    made = document(routed(Documented))
    found = {
        one["operationId"]: one.get("description")
        for operations in made["paths"].values()
        for one in operations.values()
    }
    assert found == {
        "products_list": "What the shop sells.",
        "products_create": "What the shop sells.",
        "products_retrieve": "One of them.",
        "products_update": "What the shop sells.",
        "products_partial_update": "What the shop sells.",
        "products_destroy": "What the shop sells.",
    }
    assert "description" not in made["components"]["schemas"]["Product"]
    silent = document(routed(viewset(views.AsyncModelViewSet)))
    assert "description" not in operation(silent, "/products/")
    if hasattr(spectacular_settings, "DISABLE_DOCSTRING_DESCRIPTIONS"):  # since 0.29
        mute = document(routed(Documented), DISABLE_DOCSTRING_DESCRIPTIONS=True)
        assert "description" not in operation(mute, "/products/{id}/")


# -- extend_schema -----------------------------------------------------------------------------


@by_family
def test_extend_schema_wins(family: Any) -> None:
    class View(family[1]):  # type: ignore[misc]
        schema = RestflowAutoSchema()
        serializer_class = ProductSerializer

        @extend_schema(request=RowSerializer, responses={202: OrderSerializer}, summary="Do it.")
        def post(self, request: Any) -> Any: ...

    made = document([path("do/", View.as_view())])
    posted = operation(made, "/do/", "post")
    assert posted["summary"] == "Do it."
    assert body(posted) == {"$ref": "#/components/schemas/Row"}
    assert schema(posted, "202") == {"$ref": "#/components/schemas/Order"}
    assert "200" not in posted["responses"]


async def test_extend_schema_view_leaves_the_handlers_as_they_are(adb: None) -> None:
    @extend_schema_view(list=extend_schema(summary="All of them."))
    class Decorated(views.AsyncReadOnlyModelViewSet):
        schema = RestflowAutoSchema()
        queryset = Product.objects.all()
        serializer_class = ProductSerializer

    view = Decorated.as_view({"get": "list"})
    async with assert_hops(1):
        response = await view(AsyncAPIRequestFactory().get("/"))
    assert response.data == []
    made = document(routed(Decorated))
    assert operation(made, "/products/")["summary"] == "All of them."


def test_functions() -> None:
    @extend_schema(responses=RowSerializer(many=True))
    @views.api_view(["GET"])
    async def rows(request: Any) -> Response:
        """All rows."""
        return Response([])

    made = document([path("rows/", rows)])
    found = operation(made, "/rows/")
    assert schema(found) == {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}
    assert found["description"] == "All rows."


@by_family
def test_a_queryset_from_a_config(family: Any) -> None:
    def categories(view: Any) -> Any:
        return Category.objects.all()

    class CategorySerializer(serializers.ModelSerializer[Category]):
        class Meta:
            model = Category
            fields = ["slug"]

    configs = {
        name: ActionConfig(queryset=categories, serializer_class=CategorySerializer)
        for name in ("list", "retrieve")
    }
    base = views.AsyncReadOnlyModelViewSet
    if family is FAMILIES[0]:
        base = views.ReadOnlyModelViewSet  # type: ignore[assignment]
    made = document(
        routed(
            viewset(base, queryset=None, action_configs=configs),
        )
    )
    assert schema(operation(made, "/products/{id}/")) == {"$ref": "#/components/schemas/Category"}
