"""The conformance kit on a project of its own, and the same project with lies planted in it."""

from __future__ import annotations

import base64
import unittest
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from django.contrib.auth.models import User
from django.test import override_settings
from django.urls import include, path
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from restflow.exceptions import APIException
from restflow.filters import FilterSet, RestflowFilterBackend
from restflow.pagination import FastPageNumberPagination, PageNumberPagination
from restflow.permissions import IsAdminUser, IsAuthenticated
from restflow.responses import EventStreamRenderer, NDJSONResponse, SSEResponse
from restflow.serializers import ModelSerializer, Serializer
from restflow.spectacular import RestflowAutoSchema
from restflow.test import APIConformanceTestCase, AsyncAPIClient, Document, recorded
from restflow.views import (
    ActionConfig,
    AsyncAPIView,
    AsyncListAPIView,
    AsyncModelViewSet,
    ModelViewSet,
)
from restflow_testing.counts import cases
from restflow_testing.models import Category, Product

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema",
    "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}


class Documented:
    schema = RestflowAutoSchema()

    def get_exception_handler(self) -> Any:
        from restflow.exceptions import exception_handler

        return exception_handler


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "status", "price", "in_stock", "category", "homepage", "contact"]


class RowSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name"]


class TickSerializer(Serializer):
    at: int


class ProductFilterSet(FilterSet):
    name: str
    price: float
    status: str

    class Meta:
        model = Product


class Pages(PageNumberPagination):
    page_size = 2


class Fast(FastPageNumberPagination):
    page_size = 2


CONFIGS = {
    "list": ActionConfig(response_serializer_class=RowSerializer, pagination_class=Fast),
    "destroy": ActionConfig(permission_classes=[IsAdminUser]),
}


class ProductViewSet(Documented, AsyncModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer
    pagination_class = Pages
    filter_backends = [RestflowFilterBackend]
    filterset_class = ProductFilterSet
    action_configs = CONFIGS


class SyncProductViewSet(Documented, ModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend]
    filterset_class = ProductFilterSet
    permission_classes = [IsAuthenticated]


class CategorySerializer(serializers.ModelSerializer[Category]):
    class Meta:
        model = Category
        fields = ["id", "name", "slug"]


class CategoryList(Documented, AsyncListAPIView):
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    pagination_class = Pages


class TicksView(Documented, AsyncAPIView):
    renderer_classes = [EventStreamRenderer]

    async def get(self, request: Any) -> Annotated[SSEResponse, TickSerializer]:
        return SSEResponse([{"data": {"at": 1}}])


class LinesView(Documented, AsyncAPIView):
    async def get(self, request: Any) -> Annotated[NDJSONResponse, TickSerializer]:
        return NDJSONResponse([{"at": 1}])


router = SimpleRouter()
router.register("products", ProductViewSet)
router.register("sync", SyncProductViewSet, basename="sync")
urlpatterns: list[Any] = [
    path("", include(router.urls)),
    path("categories/", CategoryList.as_view()),
    path("ticks/", TicksView.as_view()),
    path("lines/", LinesView.as_view()),
]
handler404 = "restflow.exceptions.handler404"


class Conformance(APIConformanceTestCase):
    """The kit as a project subclasses it; the tests below run it."""

    __test__ = False
    examples = cases(1000)

    @classmethod
    def setUpTestData(cls) -> None:
        User.objects.create_superuser("ada", password="pen-and-ink")
        Category.objects.create(name="Inks", slug="inks")
        for number in range(5):
            Product.objects.create(name=f"Pen {number}")

    def get_headers(self) -> dict[str, str]:
        token = base64.b64encode(b"ada:pen-and-ink").decode()
        return {"Authorization": f"Basic {token}"}


@pytest.fixture(autouse=True)
def _fresh_statistics() -> Iterator[None]:
    yield
    stats: Any = GENERATOR_STATS
    stats.reset()


def run(name: str, *patterns: Any, **attributes: Any) -> str:
    """What one test of the kit says of the project, *patterns* going before its own."""
    case = type("TestConformance", (Conformance,), attributes)
    result = unittest.TestResult()
    module = type("urls", (), {"urlpatterns": [*patterns, *urlpatterns], "handler404": handler404})
    with override_settings(ROOT_URLCONF=module, REST_FRAMEWORK=REST_FRAMEWORK):
        unittest.TestSuite([case(name)]).run(result)
    return "\n".join(trace for _, trace in [*result.errors, *result.failures])


#: Thousands of requests: once, alone.
OPERATIONS = pytest.param("test_operations", marks=pytest.mark.load)
KIT = ["test_document", "test_filter_parameters", "test_errors", OPERATIONS]
usefixtures = pytest.mark.usefixtures("transactional_db")


@usefixtures
@pytest.mark.parametrize("name", KIT)
def test_the_project_is_what_its_document_says(name: str) -> None:
    assert run(name) == ""


# -- lies, planted -----------------------------------------------------------------------------


class Teapot(APIException):
    status_code = 418


class LyingView(Documented, AsyncAPIView):
    """Answers 418 for names with an x, which nobody documented."""

    serializer_class = RowSerializer

    async def post(self, request: Any) -> Response:
        serializer = await self.avalidated_serializer()
        if len(serializer.validated_data["name"]) > 1:
            raise Teapot
        return Response({"id": 1, "name": "x"})


class WrongBodyView(Documented, AsyncAPIView):
    serializer_class = RowSerializer

    async def get(self, request: Any) -> Response:
        return Response({"id": "one", "name": None})


class FailingView(Documented, AsyncAPIView):
    serializer_class = RowSerializer

    async def get(self, request: Any) -> Response:
        raise LookupError


@extend_schema(filters=False)
class SilentViewSet(Documented, AsyncModelViewSet):
    """Filters, and does not say so."""

    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend]
    filterset_class = ProductFilterSet


class UndocumentedErrors(Documented, AsyncAPIView):
    @extend_schema(operation={"operationId": "mute", "responses": {"200": {"description": ""}}})
    async def get(self, request: Any) -> Response:
        raise Teapot


@extend_schema(auth=[{"basicAuth": []}])
class OpenDoor(Documented, AsyncAPIView):
    serializer_class = RowSerializer

    async def get(self, request: Any) -> Response:
        return Response({"id": 1, "name": "x"})


class NoSerializer(Documented, AsyncAPIView):
    async def get(self, request: Any) -> Response:
        return Response({})


LIES = [
    ("test_operations", LyingView.as_view(), "Received: 418"),
    ("test_operations", WrongBodyView.as_view(), "is not of type"),
    ("test_operations", FailingView.as_view(), "Server error"),
    ("test_errors", FailingView.as_view(), "GET /lie/ answered 500"),
    ("test_errors", WrongBodyView.as_view(), "'one' is not of type 'integer'"),
    ("test_errors", UndocumentedErrors.as_view(), "answered 418, which is not documented"),
    ("test_errors", OpenDoor.as_view(), "GET /lie/ answered 200 to nobody"),
    (
        "test_filter_parameters",
        SilentViewSet.as_view({"get": "list"}),
        "GET /lie/ filters by 'name', which is not documented",
    ),
    ("test_document", NoSerializer.as_view(), "NoSerializer has no serializer"),
]


def only_the_lie(case: Conformance) -> Document:
    whole = Document.of_project().contents
    return Document({**whole, "paths": {"/lie/": whole["paths"]["/lie/"]}})


@usefixtures
@pytest.mark.parametrize(("name", "view", "said"), LIES)
def test_a_lie_is_caught(name: str, view: Any, said: str) -> None:
    own = {"get_document": only_the_lie} if name == "test_operations" else {}
    assert said in run(name, path("lie/", view), examples=20, **own)


@usefixtures
def test_operations_can_be_left_alone() -> None:
    lie = path("lie/", FailingView.as_view())
    assert run("test_errors", lie, exclude=("GET /lie/",)) == ""
    unknown = run("test_errors", exclude=("GET /no/",))
    assert "exclude names what is not documented: GET /no/" in unknown


# -- the recorder ------------------------------------------------------------------------------


@pytest.mark.urls(__name__)
async def test_answers_of_a_test_are_held_against_the_document(adb: None, settings: Any) -> None:
    settings.REST_FRAMEWORK = REST_FRAMEWORK
    client = AsyncAPIClient()
    with recorded() as recorder:
        category = await client.get("/categories/")
        created = await client.post("/products/", {"name": "Pen", "price": "2.50"}, format="json")
        await client.post("/products/", {"price": "x"}, format="json")
        await client.get("/products/?page=1&name=Pen&price!=9")
        await client.get("/products/?nme=Pen")
        await client.get("/products/?page=99")
        await client.get(f"/products/{created.data['id']}/")
        await client.delete(f"/products/{created.data['id']}/")
        await client.get("/sync/")
        client.force_authenticate(User(username="ada", is_staff=True))
        await client.delete(f"/products/{created.data['id']}/")
        await client.get(f"/products/{created.data['id']}/")
        async with client.stream("GET", "/ticks/") as response:
            await response.read()
        async with client.stream("GET", "/lines/") as response:
            await response.read()
    assert category.status_code == 200
    assert {status for _, status in recorder.answered} == {200, 201, 204, 400, 403, 404}


def test_the_document_comes_out_the_same(settings: Any) -> None:
    settings.REST_FRAMEWORK = REST_FRAMEWORK
    first, second = (Document.of_project(urlconf=__name__) for _ in range(2))
    assert repr(first.contents) == repr(second.contents)
