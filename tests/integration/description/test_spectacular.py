"""The schema class, used the way a project uses it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import include, path
from rest_framework.filters import SearchFilter
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.settings import api_settings

from restflow.filters import FilterSet, RestflowFilterBackend
from restflow.pagination import FastPageNumberPagination, PageNumberPagination
from restflow.serializers import ModelSerializer
from restflow.spectacular import RestflowAutoSchema
from restflow.test import Document
from restflow.views import ActionConfig, AsyncAPIView, AsyncModelViewSet
from restflow_testing.models import Product


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price"]


class ProductListSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class OrderCreateSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["name"]


class ProductFilterSet(FilterSet):
    name: str

    class Meta:
        model = Product


class Pages(PageNumberPagination):
    page_size = 10


class FastPages(FastPageNumberPagination):
    page_size = 10


class ProductViewSet(AsyncModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    pagination_class = Pages
    filter_backends = [RestflowFilterBackend, SearchFilter]
    filterset_class = ProductFilterSet
    action_configs = {
        "list": ActionConfig(
            response_serializer_class=ProductListSerializer, pagination_class=FastPages
        ),
    }


class CreateOrderView(AsyncAPIView):
    request_serializer_class = OrderCreateSerializer
    response_serializer_class = ProductSerializer

    async def post(self, request: Any) -> Response:
        serializer = await self.avalidated_serializer()
        return await self.aserialized_response(await serializer.asave())


class TopProductsView(AsyncAPIView):
    serializer_class = ProductSerializer
    pagination_class = Pages

    async def get(self, request: Any) -> Response:
        return await self.apaginated_response(Product.objects.all())


router = SimpleRouter()
router.register("products", ProductViewSet)
urlpatterns = [
    path("", include(router.urls)),
    path("orders/", CreateOrderView.as_view()),
    path("top/", TopProductsView.as_view()),
]


@pytest.fixture
def document(settings: Any) -> Document:
    settings.REST_FRAMEWORK = {
        "DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema",
        "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
    }
    return Document.of_project(urlconf=__name__)


def schema(document: Document, where: str, status: str = "200") -> Any:
    method, _, route = where.partition(" ")
    operation = document.operation(method, route)
    assert operation is not None
    content = operation.described["responses"][status]["content"]["application/json"]
    return document.resolve(content["schema"])


@pytest.mark.describes("DEFAULT_SCHEMA_CLASS names RestflowAutoSchema")
def test_setting(document: Document) -> None:
    assert api_settings.DEFAULT_SCHEMA_CLASS is RestflowAutoSchema
    assert isinstance(ProductViewSet.schema, RestflowAutoSchema)
    assert document.operation("GET", "/products/") is not None


@pytest.mark.describes("serializers come from action configs")
def test_action_configs(document: Document) -> None:
    listed = schema(document, "GET /products/")["properties"]["results"]["items"]
    assert set(document.resolve(listed)["properties"]) == {"id", "name"}
    assert set(schema(document, "GET /products/1/")["properties"]) == {"id", "name", "price"}


@pytest.mark.describes("the request and response split of views that are not generic")
def test_split(document: Document) -> None:
    operation = document.operation("POST", "/orders/")
    assert operation is not None
    body = operation.described["requestBody"]["content"]["application/json"]["schema"]
    assert set(document.resolve(body)["properties"]) == {"name"}
    assert set(schema(document, "POST /orders/")["properties"]) == {"id", "name", "price"}


@pytest.mark.describes("paginators at the view and at the action")
def test_paginators(document: Document) -> None:
    assert set(schema(document, "GET /products/")["properties"]) == {"next", "previous", "results"}
    assert "count" in schema(document, "GET /top/")["properties"]


@pytest.mark.describes("parameters of RestflowFilterBackend")
def test_filter_parameters(document: Document) -> None:
    listed, shown = (document.operation("GET", path) for path in ("/products/", "/products/1/"))
    assert listed is not None
    assert shown is not None
    assert set(document.parameters(listed)) == {"name", "name!", "page", "search"}
    assert set(document.parameters(shown)) == set()
