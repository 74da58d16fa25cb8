"""restflow: async views, declared filters, compiled serializers, orjson."""

from __future__ import annotations

import asyncio
from typing import Any

from django.contrib.auth import get_user_model
from django.urls import path
from rest_framework.response import Response

from comparison.sides.drf_parts import PENS, product_serializer, queryset
from restflow.authentication import AccessToken, JWTAuthentication
from restflow.filters import FilterSet, RestflowFilterBackend
from restflow.pagination import PageNumberPagination
from restflow.parsers import JSONParser
from restflow.permissions import BasePermission
from restflow.renderers import JSONRenderer
from restflow.serializers import ModelSerializer
from restflow.throttling import AnonRateThrottle
from restflow.views import (
    AsyncAPIView,
    AsyncListAPIView,
    AsyncListCreateAPIView,
    AsyncRetrieveAPIView,
)
from restflow_testing.models import Product


def token() -> str:
    """restflow's tokens carry claims that others do not know."""
    return str(AccessToken.for_user(get_user_model().objects.get(pk=1)))


ProductSerializer = product_serializer(ModelSerializer)


class Pages(PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"


class Plain:
    renderer_classes = [JSONRenderer]
    parser_classes = [JSONParser]


class Empty(Plain, AsyncAPIView):
    async def get(self, request: Any) -> Response:
        return Response({"ok": True})


class Read(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return bool(request.method == "GET")


class NoCookie(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return "Cookie" not in request.headers


class Anyone(BasePermission):
    async def ahas_permission(self, request: Any, view: Any) -> bool:
        return True


class Guarded(Empty):
    permission_classes = [Read, NoCookie, Anyone]
    throttle_classes = [AnonRateThrottle]


class ByToken(Plain, AsyncAPIView):
    authentication_classes = [JWTAuthentication]

    async def get(self, request: Any) -> Response:
        return Response({"user": request.user.username})


class Products(Plain, AsyncListCreateAPIView):
    queryset = queryset()
    serializer_class = ProductSerializer
    pagination_class = Pages


class OneProduct(Plain, AsyncRetrieveAPIView):
    queryset = queryset()
    serializer_class = ProductSerializer


class ProductFilterSet(FilterSet):
    class Meta:
        model = Product
        fields = {"name": ["icontains"], "price": ["gte", "lte"], "in_stock": ["exact"]}


class Filtered(Plain, AsyncListAPIView):
    queryset = queryset()
    serializer_class = ProductSerializer
    pagination_class = Pages
    filter_backends = [RestflowFilterBackend]
    filterset_class = ProductFilterSet


class Memory(Plain, AsyncAPIView):
    async def get(self, request: Any) -> Response:
        return Response(ProductSerializer(PENS, many=True).data)  # nothing lazy is in them


class Wait(Plain, AsyncAPIView):
    async def get(self, request: Any) -> Response:
        await asyncio.sleep(0.05)
        return Response({"ok": True})


urlpatterns = [
    path("empty/", Empty.as_view()),
    path("guarded/", Guarded.as_view()),
    path("jwt/", ByToken.as_view()),
    path("products/", Products.as_view()),
    path("products/<int:pk>/", OneProduct.as_view()),
    path("filtered/", Filtered.as_view()),
    path("memory/", Memory.as_view()),
    path("wait/", Wait.as_view()),
]
