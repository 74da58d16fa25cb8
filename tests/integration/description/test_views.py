"""The views of the description, as written there."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import include, path
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.filters import BaseFilterBackend
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.throttling import BaseThrottle

from restflow import views
from restflow.pagination import FastPageNumberPagination, PageNumberPagination
from restflow.permissions import AllowAny, BasePermission, IsAdminUser
from restflow.serializers import ModelSerializer
from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory, assert_queries
from restflow.views import (
    ActionConfig,
    APIView,
    AsyncAPIView,
    AsyncGenericAPIView,
    AsyncListAPIView,
    AsyncModelViewSet,
    PostFetch,
)
from restflow_testing.models import Product, Review


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price"]


class ProductListSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class OrderCreateSerializer(serializers.Serializer):
    name = serializers.CharField()
    price = serializers.DecimalField(8, 2)


FACTORY = AsyncAPIRequestFactory()
BODY = {"name": "Slate pen", "price": "12.50"}


@pytest.fixture
def products(adb: None) -> list[Product]:
    return [
        Product.objects.create(pk=number, name=f"p{number}", price=number) for number in range(1, 5)
    ]


def served(urlpatterns: list[Any], settings: Any) -> AsyncAPIClient:
    module = ModuleType("restflow_description_views")
    vars(module)["urlpatterns"] = urlpatterns
    sys.modules[module.__name__] = module
    settings.ROOT_URLCONF = module.__name__
    return AsyncAPIClient()


async def ask(
    view: Any, method: str = "get", data: Any = None, url: str = "/", **kwargs: Any
) -> Any:
    return await view(getattr(FACTORY, method)(url, data=data, format="json"), **kwargs)


@pytest.mark.describes("CreateOrderView: avalidated_serializer and aserialized_response")
async def test_create_order_view(adb: None) -> None:
    class CreateOrderView(AsyncAPIView):
        request_serializer_class = OrderCreateSerializer
        response_serializer_class = ProductSerializer

        async def post(self, request: Any) -> Response:
            serializer = await self.avalidated_serializer()
            order = await Product.objects.acreate(**serializer.validated_data)
            return await self.aserialized_response(order, status=201)

    response = await ask(CreateOrderView.as_view(), "post", BODY)
    assert response.status_code == 201
    assert response.data == {"id": response.data["id"], **BODY}
    assert (await ask(CreateOrderView.as_view(), "post", {})).status_code == 400


GENERIC = {
    "AsyncListAPIView": {"get": 200},
    "AsyncCreateAPIView": {"post": 201},
    "AsyncRetrieveAPIView": {"get": 200},
    "AsyncUpdateAPIView": {"put": 200, "patch": 200},
    "AsyncDestroyAPIView": {"delete": 204},
    "AsyncListCreateAPIView": {"get": 200, "post": 201},
    "AsyncRetrieveUpdateAPIView": {"get": 200, "put": 200, "patch": 200},
    "AsyncRetrieveDestroyAPIView": {"get": 200, "delete": 204},
    "AsyncRetrieveUpdateDestroyAPIView": {"get": 200, "put": 200, "patch": 200, "delete": 204},
}


async def generic(name: str) -> None:
    body = {"queryset": Product.objects.all(), "serializer_class": ProductSerializer}
    view = type("View", (getattr(views, name),), body).as_view()
    detail = not name.startswith(("AsyncList", "AsyncCreate"))
    for method in ("get", "post", "put", "patch", "delete"):
        kwargs = {"pk": 1} if detail else {}
        response = await ask(
            view, method, BODY if method in ("post", "put", "patch") else None, **kwargs
        )
        assert response.status_code == GENERIC[name].get(method, 405), (name, method)


@pytest.mark.describes("generic view: AsyncListAPIView")
async def test_list(products: Any) -> None:
    await generic("AsyncListAPIView")


@pytest.mark.describes("generic view: AsyncCreateAPIView")
async def test_create(products: Any) -> None:
    await generic("AsyncCreateAPIView")


@pytest.mark.describes("generic view: AsyncRetrieveAPIView")
async def test_retrieve(products: Any) -> None:
    await generic("AsyncRetrieveAPIView")


@pytest.mark.describes("generic view: AsyncUpdateAPIView")
async def test_update(products: Any) -> None:
    await generic("AsyncUpdateAPIView")


@pytest.mark.describes("generic view: AsyncDestroyAPIView")
async def test_destroy(products: Any) -> None:
    await generic("AsyncDestroyAPIView")


@pytest.mark.describes("generic view: AsyncListCreateAPIView")
async def test_list_create(products: Any) -> None:
    await generic("AsyncListCreateAPIView")


@pytest.mark.describes("generic view: AsyncRetrieveUpdateAPIView")
async def test_retrieve_update(products: Any) -> None:
    await generic("AsyncRetrieveUpdateAPIView")


@pytest.mark.describes("generic view: AsyncRetrieveDestroyAPIView")
async def test_retrieve_destroy(products: Any) -> None:
    await generic("AsyncRetrieveDestroyAPIView")


@pytest.mark.describes("generic view: AsyncRetrieveUpdateDestroyAPIView")
async def test_retrieve_update_destroy(products: Any) -> None:
    await generic("AsyncRetrieveUpdateDestroyAPIView")


@pytest.mark.describes("mixins compose into custom views")
async def test_mixins(products: Any, settings: Any) -> None:
    class Products(
        views.AsyncListModelMixin,
        views.AsyncCreateModelMixin,
        views.AsyncDestroyModelMixin,
        views.AsyncGenericViewSet,
    ):
        queryset = Product.objects.all()
        serializer_class = ProductSerializer

    router = DefaultRouter()
    router.register("products", Products)
    client = served(router.urls, settings)
    assert len((await client.get("/products/")).json()) == 4
    assert (await client.post("/products/", BODY, format="json")).status_code == 201
    assert (await client.delete("/products/1/")).status_code == 204
    assert (await client.get("/products/2/")).status_code == 405


@pytest.mark.describes("viewset: AsyncViewSet")
async def test_viewset() -> None:
    class Clock(views.AsyncViewSet):
        async def list(self, request: Any) -> Response:
            return Response({"action": self.action})

    assert (await ask(Clock.as_view({"get": "list"}))).data == {"action": "list"}


@pytest.mark.describes("viewset: AsyncGenericViewSet")
async def test_generic_viewset(products: Any) -> None:
    class Names(views.AsyncGenericViewSet):
        queryset = Product.objects.all()

        async def list(self, request: Any) -> Response:
            return Response([row.name async for row in await self.aget_queryset()])

    assert (await ask(Names.as_view({"get": "list"}))).data == ["p1", "p2", "p3", "p4"]


@pytest.mark.describes("viewset: AsyncReadOnlyModelViewSet")
async def test_read_only(products: Any) -> None:
    class Products(views.AsyncReadOnlyModelViewSet):
        queryset = Product.objects.all()
        serializer_class = ProductSerializer

    assert len((await ask(Products.as_view({"get": "list"}))).data) == 4
    assert (await ask(Products.as_view({"get": "retrieve"}), pk=2)).data["name"] == "p2"
    assert not hasattr(Products, "create")


@pytest.mark.describes("viewset: AsyncModelViewSet on DRF's router")
async def test_model_viewset(products: Any, settings: Any) -> None:
    class Products(AsyncModelViewSet):
        queryset = Product.objects.all()
        serializer_class = ProductSerializer

    router = DefaultRouter()
    router.register("products", Products)
    client = served([path("api/", include(router.urls))], settings)
    assert (await client.get("/api/products/")).status_code == 200
    created = await client.post("/api/products/", BODY, format="json")
    url = f"/api/products/{created.json()['id']}/"
    assert (await client.patch(url, {"name": "Ink"}, format="json")).json()["name"] == "Ink"
    assert (await client.put(url, BODY, format="json")).json()["name"] == "Slate pen"
    assert (await client.delete(url)).status_code == 204
    assert (await client.get(url)).status_code == 404


class ProductViewSet(AsyncModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    action_configs = {
        "list": ActionConfig(
            response_serializer_class=ProductListSerializer,
            pagination_class=FastPageNumberPagination,
        ),
        "destroy": ActionConfig(permission_classes=[IsAdminUser]),
    }


@pytest.mark.describes("ActionConfig: the ProductViewSet example")
async def test_action_config(products: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FastPageNumberPagination, "page_size", 3)
    page = (await ask(ProductViewSet.as_view({"get": "list"}))).data
    assert set(page) == {"next", "previous", "results"}
    assert [list(row) for row in page["results"]] == [["id", "name"]] * 3
    assert (
        await ask(ProductViewSet.as_view({"delete": "destroy"}), "delete", pk=1)
    ).status_code in (
        401,
        403,
    )


@pytest.mark.describes("ActionConfig: an unset field falls through to the class")
async def test_action_config_falls_through(products: Any) -> None:
    row = (await ask(ProductViewSet.as_view({"get": "retrieve"}), pk=1)).data
    assert list(row) == ["id", "name", "price"]


def latest_review() -> PostFetch:
    return PostFetch(
        queryset=Review.objects.all(),
        to_attr="latest_review",
        values=["id", "rating", "created_at"],
        order_by=("-created_at",),
        limit=1,
        product_id="id",
    )


@pytest.mark.describes("PostFetch: the latest review of each product")
def test_post_fetch(products: list[Product]) -> None:
    for product in products[:2]:
        for rating in (1, 2, 3):
            Review.objects.create(product=product, rating=rating)
    latest_review().fetch(products)
    found = [product.latest_review for product in products]  # type: ignore[attr-defined]
    assert [row and row["rating"] for row in found] == [3, 3, None, None]


@pytest.mark.describes("PostFetch: one query per call, whatever the page size")
async def test_post_fetch_queries(products: list[Product]) -> None:
    for size in (1, 4):
        async with assert_queries(1):
            await latest_review().afetch(products[:size])
    async with assert_queries(0):
        await latest_review().afetch([])


class Nothing(AsyncGenericAPIView):
    permission_classes: list[Any] = [AllowAny]
    authentication_classes: list[Any] = []
    queryset = Product.objects.all()
    serializer_class = ProductSerializer

    async def get(self, request: Any, **kwargs: Any) -> Response:
        return Response({"user": str(request.user)})


@pytest.mark.describes("hook: aauthenticate")
async def test_aauthenticate(adb: None) -> None:
    user = await get_user_model().objects.acreate(username="ada")

    class Header(BaseAuthentication):
        async def aauthenticate(self, request: Any) -> Any:
            return await get_user_model().objects.aget(pk=user.pk), None

    class View(Nothing):
        authentication_classes = [Header]

    assert (await ask(View.as_view())).data == {"user": "ada"}


@pytest.mark.describes("hook: ahas_permission")
async def test_ahas_permission() -> None:
    class Closed(BasePermission):
        async def ahas_permission(self, request: Any, view: Any) -> bool:
            return False

    class View(Nothing):
        permission_classes = [Closed]

    assert (await ask(View.as_view())).status_code == 403


@pytest.mark.describes("hook: aallow_request")
async def test_aallow_request() -> None:
    class Never(BaseThrottle):
        async def aallow_request(self, request: Any, view: Any) -> bool:
            return False

        def wait(self) -> float:
            return 9

    class View(Nothing):
        throttle_classes = [Never]

    response = await ask(View.as_view())
    assert (response.status_code, response["Retry-After"]) == (429, "9")


@pytest.mark.describes("hook: apaginate_queryset")
async def test_apaginate_queryset(products: Any) -> None:
    class First(PageNumberPagination):
        async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
            return [await queryset.afirst()]

        def get_paginated_response(self, data: Any) -> Response:
            return Response({"only": data})

    class View(AsyncListAPIView):
        queryset = Product.objects.order_by("pk")
        serializer_class = ProductListSerializer
        pagination_class = First

    assert (await ask(View.as_view())).data == {"only": [{"id": 1, "name": "p1"}]}


@pytest.mark.describes("hook: afilter_queryset")
async def test_afilter_queryset(products: Any) -> None:
    class Second(BaseFilterBackend):
        async def afilter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
            return queryset.filter(pk=2)

    class View(AsyncListAPIView):
        queryset = Product.objects.all()
        serializer_class = ProductListSerializer
        filter_backends = [Second]

    assert [row["id"] for row in (await ask(View.as_view())).data] == [2]


@pytest.mark.describes("hook: aget_object")
async def test_aget_object(products: Any) -> None:
    class View(views.AsyncRetrieveAPIView):
        queryset = Product.objects.all()
        serializer_class = ProductListSerializer

        async def aget_object(self) -> Any:
            return await Product.objects.aget(pk=3)

    assert (await ask(View.as_view(), pk=1)).data["id"] == 3


@pytest.mark.describes("hook: a sync-only implementation runs in a thread")
async def test_sync_only() -> None:
    threads: list[bool] = []

    class Careful(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            threads.append(threading.current_thread() is threading.main_thread())
            return True

    class View(Nothing):
        permission_classes = [Careful]

    assert (await ask(View.as_view())).status_code == 200
    assert threads == [False]


class Split(AsyncModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer


@pytest.mark.describes("serializer split: serializer_class serves both directions")
async def test_one_serializer(adb: None) -> None:
    response = await ask(Split.as_view({"post": "create"}), "post", BODY)
    assert list(response.data) == ["id", "name", "price"]


@pytest.mark.describes("serializer split: request_serializer_class validates")
async def test_request_serializer(adb: None) -> None:
    class Strict(ProductSerializer):
        def validate_name(self, value: str) -> str:
            raise serializers.ValidationError("never")

    class View(Split):
        request_serializer_class = Strict

    assert (await ask(View.as_view({"post": "create"}), "post", BODY)).data == {"name": ["never"]}


@pytest.mark.describes("serializer split: response_serializer_class answers")
async def test_response_serializer(adb: None) -> None:
    class View(Split):
        response_serializer_class = ProductListSerializer

    response = await ask(View.as_view({"post": "create"}), "post", BODY)
    assert list(response.data) == ["id", "name"]


@pytest.mark.describes("serializer split: the three getters can be overridden")
@pytest.mark.parametrize(
    "name",
    ["get_serializer_class", "get_request_serializer_class", "get_response_serializer_class"],
)
async def test_getters(adb: None, name: str) -> None:
    asked: list[str] = []

    def getter(self: Any) -> Any:
        asked.append(name)
        return ProductSerializer

    view = type("View", (Split,), {name: getter}).as_view({"post": "create"})
    assert (await ask(view, "post", BODY)).status_code == 201
    assert asked


class Helped(AsyncAPIView):
    serializer_class = ProductSerializer
    pagination_class = None

    async def get(self, request: Any) -> Response:
        return await self.apaginated_response(Product.objects.order_by("pk"))

    async def post(self, request: Any) -> Response:
        serializer = await self.avalidated_serializer(data={**request.data, "price": "2.00"})
        return await self.aserialized_response(await serializer.asave(), status=201)


class SyncHelped(APIView):
    serializer_class = ProductSerializer
    pagination_class = None

    def get(self, request: Any) -> Response:
        return self.paginated_response(Product.objects.order_by("pk"))

    def post(self, request: Any) -> Response:
        serializer = self.validated_serializer(data={**request.data, "price": "2.00"})
        return self.serialized_response(serializer.save(), status=201)


@pytest.mark.describes("helper: get_serializer")
async def test_get_serializer() -> None:
    view = AsyncAPIView()
    view.serializer_class = ProductSerializer
    view.request = view.initialize_request(FACTORY.get("/"))
    view.format_kwarg = None
    serializer = view.get_serializer(data={})
    assert isinstance(serializer, ProductSerializer)
    assert serializer.context["view"] is view
    assert isinstance(
        view.get_serializer(serializer_class=ProductListSerializer), ProductListSerializer
    )


@pytest.mark.describes("helper: avalidated_serializer")
async def test_avalidated_serializer(adb: None) -> None:
    assert (await ask(Helped.as_view(), "post", {"name": ""})).status_code == 400


@pytest.mark.describes("helper: aserialized_response")
async def test_aserialized_response(adb: None) -> None:
    response = await ask(Helped.as_view(), "post", {"name": "ink"})
    assert (response.status_code, response.data["price"]) == (201, "2.00")


@pytest.mark.describes("helper: apaginated_response")
async def test_apaginated_response(products: Any) -> None:
    assert len((await ask(Helped.as_view())).data) == 4


def sync_ask(method: str, data: Any = None) -> Any:
    from rest_framework.test import APIRequestFactory

    return SyncHelped.as_view()(getattr(APIRequestFactory(), method)("/", data, format="json"))


@pytest.mark.describes("helper: validated_serializer")
def test_validated_serializer(db: None) -> None:
    assert sync_ask("post", {"name": ""}).status_code == 400


@pytest.mark.describes("helper: serialized_response")
def test_serialized_response(db: None) -> None:
    assert sync_ask("post", {"name": "ink"}).data["price"] == "2.00"


@pytest.mark.describes("helper: paginated_response")
def test_paginated_response(db: None) -> None:
    Product.objects.create(name="only", price=1)
    assert [row["name"] for row in sync_ask("get").data] == ["only"]


class Pages(PageNumberPagination):
    page_size = 2


@pytest.mark.describes("TopProductsView: paginate, validate, save and answer")
async def test_top_products(products: Any) -> None:
    class TopProductsView(AsyncAPIView):
        serializer_class = ProductSerializer
        pagination_class = Pages

        async def get(self, request: Any) -> Response:
            qs = Product.objects.filter(price__gt=1)
            return await self.apaginated_response(qs)

        async def post(self, request: Any) -> Response:
            ser = await self.avalidated_serializer()
            product = await ser.asave()
            return await self.aserialized_response(product, status=201)

    page = (await ask(TopProductsView.as_view())).data
    assert (page["count"], len(page["results"])) == (3, 2)
    assert (await ask(TopProductsView.as_view(), "post", BODY)).status_code == 201


@pytest.mark.describes("TopProductsView: the same on the sync APIView")
def test_top_products_sync(products: Any) -> None:
    from rest_framework.test import APIRequestFactory

    class TopProductsView(APIView):
        serializer_class = ProductSerializer
        pagination_class = Pages

        def get(self, request: Any) -> Response:
            qs = Product.objects.filter(price__gt=1)
            return self.paginated_response(qs)

        def post(self, request: Any) -> Response:
            ser = self.validated_serializer()
            product = ser.save()
            return self.serialized_response(product, status=201)

    view = TopProductsView.as_view()
    assert view(APIRequestFactory().get("/")).data["count"] == 3
    assert view(APIRequestFactory().post("/", BODY, format="json")).status_code == 201
