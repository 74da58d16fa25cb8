"""One API, built twice: on stock DRF's sync classes and on ours."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

from django.urls import include, path
from rest_framework import (
    authentication,
    filters,
    generics,
    mixins,
    pagination,
    permissions,
    serializers,
    throttling,
    versioning,
    views,
    viewsets,
)
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, Throttled
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from restflow import views as ours
from restflow_testing.models import Category, Product, Tag

DRF = SimpleNamespace(
    name="drf",
    APIView=views.APIView,
    ModelViewSet=viewsets.ModelViewSet,
    ReadOnlyModelViewSet=viewsets.ReadOnlyModelViewSet,
    GenericViewSet=viewsets.GenericViewSet,
    ListCreateAPIView=generics.ListCreateAPIView,
    CreateModelMixin=mixins.CreateModelMixin,
)
OURS = SimpleNamespace(
    name="ours",
    APIView=ours.AsyncAPIView,
    ModelViewSet=ours.AsyncModelViewSet,
    ReadOnlyModelViewSet=ours.AsyncReadOnlyModelViewSet,
    GenericViewSet=ours.AsyncGenericViewSet,
    ListCreateAPIView=ours.AsyncListCreateAPIView,
    CreateModelMixin=ours.AsyncCreateModelMixin,
)


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]


class ProductSerializer(serializers.ModelSerializer):
    category = serializers.SlugRelatedField(
        "slug", queryset=Category.objects.all(), allow_null=True, required=False
    )
    tags = TagSerializer(many=True, read_only=True)

    class Meta:
        model = Product
        fields = ["id", "name", "price", "status", "category", "tags", "released_on", "attributes"]

    def validate_name(self, value: str) -> str:
        if value == "forbidden":
            raise serializers.ValidationError("This name is taken by the management.", "taken")
        return value


class CategorySerializer(serializers.HyperlinkedModelSerializer):
    class Meta:
        model = Category
        fields = ["url", "name", "slug"]
        extra_kwargs = {"url": {"lookup_field": "slug"}}


class Pages(pagination.PageNumberPagination):
    page_size = 3
    page_size_query_param = "page_size"
    max_page_size = 5


class Offsets(pagination.LimitOffsetPagination):
    default_limit = 2


class Cursors(pagination.CursorPagination):
    page_size = 2
    ordering = "-id"


class Nobody(permissions.BasePermission):
    message = "Nobody may."
    code = "nobody"

    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class CheapOnly(permissions.BasePermission):
    def has_object_permission(self, request: Any, view: Any, obj: Any) -> bool:
        return bool(obj.price < 20)


class Refusing(throttling.BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return "throttle" not in request.query_params

    def wait(self) -> float:
        return 7


def build(stack: Any) -> str:
    """Return the name of a URLconf module that serves the API on the classes of *stack*."""

    class ProductViewSet(stack.ModelViewSet):  # type: ignore[misc,name-defined]
        """Products, with all that a viewset can have."""

        queryset = Product.objects.select_related("category").prefetch_related("tags")
        serializer_class = ProductSerializer
        pagination_class = Pages
        filter_backends = [filters.SearchFilter, filters.OrderingFilter]
        search_fields = ["name"]
        ordering_fields = ["price", "name"]
        authentication_classes = [
            authentication.BasicAuthentication,
            authentication.SessionAuthentication,
        ]
        permission_classes = [permissions.IsAuthenticatedOrReadOnly, CheapOnly]
        throttle_classes = [Refusing]
        parser_classes = [JSONParser, FormParser, MultiPartParser]
        renderer_classes = [JSONRenderer, BrowsableAPIRenderer]
        versioning_class = versioning.QueryParameterVersioning

        @action(detail=True, methods=["get", "post"], permission_classes=[Nobody])
        def locked(self, request: Any, pk: Any = None) -> Response:
            raise AssertionError("nobody may come here")

        @action(detail=False, url_path="cheapest/(?P<n>[0-9]+)")
        def cheapest(self, request: Any, n: str = "1") -> Response:
            """The cheapest ones."""
            found = self.get_queryset().order_by("price", "pk")[: int(n)]
            return Response(self.get_serializer(found, many=True).data, headers={"X-N": n})

        @action(detail=False)
        def broken(self, request: Any) -> Response:
            raise Throttled(wait=3)

    class CategoryViewSet(stack.ReadOnlyModelViewSet):  # type: ignore[misc,name-defined]
        queryset = Category.objects.all()
        serializer_class = CategorySerializer
        lookup_field = "slug"
        pagination_class = Offsets

    class CursorViewSet(stack.CreateModelMixin, stack.ReadOnlyModelViewSet):  # type: ignore[misc,name-defined]
        queryset = Product.objects.all()
        serializer_class = ProductSerializer
        pagination_class = Cursors
        authentication_classes: list[Any] = []

        def perform_create(self, serializer: Any) -> None:
            serializer.save(name=serializer.validated_data["name"].upper())

    class Products(stack.ListCreateAPIView):  # type: ignore[misc,name-defined]
        queryset = Product.objects.filter(price__lt=50)
        serializer_class = ProductSerializer

    class Echo(stack.APIView):  # type: ignore[misc,name-defined]
        parser_classes = [JSONParser, FormParser, MultiPartParser]
        authentication_classes: list[Any] = []

        def get(self, request: Any, **kwargs: Any) -> Response:
            if "missing" in request.query_params:
                raise NotFound("Not here.")
            return Response({"method": request.method, "kwargs": kwargs})

        def post(self, request: Any, **kwargs: Any) -> Response:
            data = {
                key: (value.name, value.size) if hasattr(value, "size") else value
                for key, value in request.data.items()
            }
            return Response(data, status=202, content_type="application/json; echo=yes")

        def delete(self, request: Any, **kwargs: Any) -> Response:
            return Response(status=204)

    router = DefaultRouter()
    router.register("products", ProductViewSet)
    router.register("categories", CategoryViewSet)
    router.register("cursors", CursorViewSet, basename="cursor")
    module = ModuleType(f"restflow_tests_views_{stack.name}")
    vars(module)["urlpatterns"] = [
        path("api/", include(router.urls)),
        path("plain/", Products.as_view()),
        path("echo/", Echo.as_view()),
        path("echo/<int:number>/", Echo.as_view()),
    ]
    sys.modules[module.__name__] = module
    return module.__name__
