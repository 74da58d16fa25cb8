"""What views in DRF's style share: the same declarations for DRF, adrf and restflow."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission

from restflow_testing.models import Category, Product

FIELDS = ["id", "name", "price", "stock", "category"]
PEN = Product(pk=1, name="pen", price="1.50", stock=3, category=Category(pk=1, name="Pens"))
PENS = [PEN] * 100


def product_serializer(base: Any) -> Any:
    class CategorySerializer(base):
        class Meta:
            model = Category
            fields = ["id", "name"]

    class ProductSerializer(base):
        category = CategorySerializer(read_only=True)
        category_id = serializers.PrimaryKeyRelatedField(
            queryset=Category.objects.all(), source="category", write_only=True
        )

        class Meta:
            model = Product
            fields = [*FIELDS, "category_id"]

    return ProductSerializer


class Pages(PageNumberPagination):
    page_size = 20
    page_size_query_param = "page_size"


class Read(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method == "GET"


class NoCookie(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return "Cookie" not in request.headers


class Anyone(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return True


PERMISSIONS = [Read, NoCookie, Anyone]


def queryset() -> Any:
    return Product.objects.select_related("category")
