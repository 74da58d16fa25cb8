"""django-modern-rest with msgspec: async controllers, all ORM work in one hop."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.urls import path
from dmr import Body, Controller, Query
from dmr.plugins.msgspec import MsgspecSerializer

from comparison.sides import hand
from restflow_testing.models import Category, Product


class CategoryOut(msgspec.Struct):
    id: int
    name: str


class ProductOut(msgspec.Struct):
    id: int
    name: str
    price: str
    stock: int
    category: CategoryOut | None


class ProductIn(msgspec.Struct):
    name: str
    price: str
    stock: int
    category_id: int


class Page(msgspec.Struct):
    count: int
    next: str | None
    previous: str | None
    results: list[ProductOut]


class Sized(msgspec.Struct):
    page_size: int = 20


class Said(msgspec.Struct):
    ok: bool


def out(product: Product) -> ProductOut:
    category = product.category
    inner = CategoryOut(category.pk, category.name) if category else None
    return ProductOut(product.pk, product.name, str(product.price), product.stock, inner)


def page(size: int) -> Page:
    queryset = Product.objects.all()
    rows = [out(each) for each in queryset.select_related("category")[:size]]
    return Page(queryset.count(), "/?page=2", None, rows)


def created(data: ProductIn) -> ProductOut:
    category = Category.objects.get(pk=data.category_id)
    values = {"name": data.name, "price": data.price, "stock": data.stock}
    return out(Product.objects.create(category=category, **values))


class EmptyController(Controller[MsgspecSerializer]):
    async def get(self) -> Said:
        return Said(ok=True)


class ProductsController(Controller[MsgspecSerializer]):
    async def get(self, parsed_query: Query[Sized]) -> Page:
        return await sync_to_async(page)(parsed_query.page_size)

    async def post(self, parsed_body: Body[ProductIn]) -> ProductOut:
        return await sync_to_async(created)(parsed_body)


class ProductController(Controller[MsgspecSerializer]):
    async def get(self) -> ProductOut:
        queryset = Product.objects.select_related("category")
        pk: Any = self.kwargs["pk"]
        return await sync_to_async(lambda: out(queryset.get(pk=pk)))()


class MemoryController(Controller[MsgspecSerializer]):
    async def get(self) -> list[ProductOut]:
        return [out(each) for each in hand.PENS]


class WaitController(Controller[MsgspecSerializer]):
    async def get(self) -> Said:
        await asyncio.sleep(0.05)
        return Said(ok=True)


urlpatterns = [
    path("empty/", EmptyController.as_view()),
    path("products/", ProductsController.as_view()),
    path("products/<int:pk>/", ProductController.as_view()),
    path("memory/", MemoryController.as_view()),
    path("wait/", WaitController.as_view()),
]
