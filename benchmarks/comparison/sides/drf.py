"""Stock DRF: sync views, under WSGI and under ASGI."""

from __future__ import annotations

import time
from typing import Any

from django.urls import path
from django_filters import rest_framework as filters
from rest_framework import generics, serializers
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication

from comparison.sides.drf_parts import PENS, PERMISSIONS, Pages, product_serializer, queryset
from restflow_testing.models import Product

ProductSerializer = product_serializer(serializers.ModelSerializer)


class Empty(APIView):
    def get(self, request: Any) -> Response:
        return Response({"ok": True})


class Guarded(Empty):
    permission_classes = PERMISSIONS
    throttle_classes = [AnonRateThrottle]


class ByToken(APIView):
    authentication_classes = [JWTAuthentication]

    def get(self, request: Any) -> Response:
        return Response({"user": request.user.username})


class Products(generics.ListCreateAPIView):
    queryset = queryset()
    serializer_class = ProductSerializer
    pagination_class = Pages


class OneProduct(generics.RetrieveAPIView):
    queryset = queryset()
    serializer_class = ProductSerializer


class ProductFilter(filters.FilterSet):
    class Meta:
        model = Product
        fields = {"name": ["icontains"], "price": ["gte", "lte"], "in_stock": ["exact"]}


class Filtered(Products):
    filter_backends = [filters.DjangoFilterBackend]
    filterset_class = ProductFilter


class Memory(APIView):
    def get(self, request: Any) -> Response:
        return Response(ProductSerializer(PENS, many=True).data)


class Wait(APIView):
    def get(self, request: Any) -> Response:
        time.sleep(0.05)
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
