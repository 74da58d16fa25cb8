"""django-ninja with orjson; sync functions where the ORM is used, as its documentation advises."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import jwt
import orjson
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import path
from ninja import FilterSchema, NinjaAPI, Query, Schema
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer
from ninja.throttling import AnonRateThrottle
from pydantic import Field

from comparison.project import RATE, TOKEN_KEY
from comparison.sides.drf_parts import PENS, queryset
from restflow_testing.models import Category, Product


class FastRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: Any, data: Any, *, response_status: int) -> bytes:
        return orjson.dumps(data, default=str)


class FastParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


class ByBearer(HttpBearer):
    def authenticate(self, request: HttpRequest, token: str) -> Any:
        claims = jwt.decode(token, TOKEN_KEY, ["HS256"])
        return get_user_model().objects.get(pk=claims["user_id"])


class CategoryOut(Schema):
    id: int
    name: str


class ProductOut(Schema):
    id: int
    name: str
    price: Decimal
    stock: int
    category: CategoryOut | None


class ProductIn(Schema):
    name: str
    price: Decimal
    stock: int
    category_id: int


class Page(Schema):
    count: int
    next: str | None
    previous: str | None
    results: list[ProductOut]


class ProductFilter(FilterSchema):
    name__icontains: str | None = Field(None, q="name__icontains")
    price__gte: Decimal | None = Field(None, q="price__gte")
    price__lte: Decimal | None = Field(None, q="price__lte")
    in_stock: bool | None = Field(None, q="in_stock")


api = NinjaAPI(renderer=FastRenderer(), parser=FastParser(), docs_url=None, openapi_url=None)


def page(found: Any, size: int) -> dict[str, Any]:
    rows = list(found[:size])
    return {"count": found.count(), "next": "/?page=2", "previous": None, "results": rows}


@api.get("/empty/")
async def empty(request: HttpRequest) -> Any:
    return {"ok": True}


@api.get("/guarded/", throttle=[AnonRateThrottle(RATE)])
async def guarded(request: HttpRequest) -> Any:
    for allowed in (request.method == "GET", "Cookie" not in request.headers, True):
        if not allowed:
            raise PermissionDenied
    return {"ok": True}


@api.get("/jwt/", auth=ByBearer())
def by_token(request: HttpRequest) -> Any:
    return {"user": request.auth.username}  # type: ignore[attr-defined]


@api.get("/products/", response=Page)
def products(request: HttpRequest, page_size: int = 20) -> Any:
    return page(queryset(), page_size)


@api.post("/products/", response={201: ProductOut})
def create(request: HttpRequest, data: ProductIn) -> Any:
    values = data.dict()
    category = Category.objects.get(pk=values.pop("category_id"))
    return 201, Product.objects.create(category=category, **values)


@api.get("/products/{int:pk}/", response=ProductOut)
def product(request: HttpRequest, pk: int) -> Any:
    return queryset().get(pk=pk)


@api.get("/filtered/", response=Page)
def filtered(request: HttpRequest, filters: Query[ProductFilter]) -> Any:
    return page(filters.filter(queryset()), 20)


@api.get("/memory/", response=list[ProductOut])
async def memory(request: HttpRequest) -> Any:
    return PENS


@api.get("/wait/")
async def wait(request: HttpRequest) -> Any:
    await asyncio.sleep(0.05)
    return {"ok": True}


urlpatterns = [path("", api.urls)]
