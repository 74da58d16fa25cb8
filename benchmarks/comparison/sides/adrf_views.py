"""adrf: DRF's views with async handlers."""

from __future__ import annotations

import asyncio
from typing import Any

from adrf import generics
from adrf.serializers import ModelSerializer
from adrf.views import APIView
from django.urls import path
from django_filters import rest_framework as filters
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework_simplejwt.authentication import JWTAuthentication

from comparison.sides.drf import ProductFilter
from comparison.sides.drf_parts import PENS, PERMISSIONS, Pages, product_serializer, queryset

ProductSerializer = product_serializer(ModelSerializer)


class Empty(APIView):
    async def get(self, request: Any) -> Response:
        return Response({"ok": True})


class Guarded(Empty):
    permission_classes = PERMISSIONS
    throttle_classes = [AnonRateThrottle]


class ByToken(APIView):
    authentication_classes = [JWTAuthentication]

    async def get(self, request: Any) -> Response:
        return Response({"user": request.user.username})


class Products(generics.ListCreateAPIView):
    queryset = queryset()
    serializer_class = ProductSerializer
    pagination_class = Pages


class OneProduct(generics.RetrieveAPIView):
    queryset = queryset()
    serializer_class = ProductSerializer


class Filtered(Products):
    filter_backends = [filters.DjangoFilterBackend]
    filterset_class = ProductFilter


class Memory(APIView):
    async def get(self, request: Any) -> Response:
        return Response(await ProductSerializer(PENS, many=True).adata)


class Wait(APIView):
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
