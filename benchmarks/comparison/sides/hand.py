"""The near limit: async Django views written by hand, all ORM work in one hop, orjson."""

from __future__ import annotations

import asyncio
from typing import Any

import jwt
import orjson
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from comparison.project import TOKEN_KEY
from restflow_testing.models import Category, Product

PEN = Product(pk=1, name="pen", price="1.50", stock=3, category=Category(pk=1, name="Pens"))
PENS = [PEN] * 100


def answer(data: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(orjson.dumps(data), status=status, content_type="application/json")


def row(product: Product) -> dict[str, Any]:
    category = product.category
    return {
        "id": product.pk,
        "name": product.name,
        "price": str(product.price),
        "stock": product.stock,
        "category": category and {"id": category.pk, "name": category.name},
    }


def page(queryset: Any, size: int) -> dict[str, Any]:
    return {
        "count": queryset.count(),
        "next": "/?page=2",
        "previous": None,
        "results": [row(each) for each in queryset.select_related("category")[:size]],
    }


async def empty(request: Any) -> HttpResponse:
    return answer({"ok": True})


async def guarded(request: Any) -> HttpResponse:
    for allowed in (request.method == "GET", "cookie" not in request.headers, True):
        if not allowed:
            raise PermissionDenied
    key = f"throttle:{request.META['REMOTE_ADDR']}"
    if not cache.add(key, 1, 60) and cache.incr(key) > 100:
        return answer({"detail": "throttled"}, 429)
    return answer({"ok": True})


async def by_token(request: Any) -> HttpResponse:
    claims = jwt.decode(request.headers["Authorization"][7:], TOKEN_KEY, ["HS256"])
    user = await sync_to_async(get_user_model().objects.get)(pk=claims["user_id"])
    return answer({"user": user.username})


def listed(request: Any) -> dict[str, Any]:
    return page(Product.objects.all(), int(request.GET["page_size"]))


def created(body: bytes) -> dict[str, Any]:
    data = orjson.loads(body)
    product = Product.objects.create(
        name=data["name"],
        price=data["price"],
        stock=data["stock"],
        category=Category.objects.get(pk=data["category_id"]),
    )
    return row(product)


@csrf_exempt
async def products(request: Any) -> HttpResponse:
    if request.method == "POST":
        return answer(await sync_to_async(created)(request.body), 201)
    return answer(await sync_to_async(listed)(request))


async def product(request: Any, pk: int) -> HttpResponse:
    queryset = Product.objects.select_related("category")
    return answer(await sync_to_async(lambda: row(queryset.get(pk=pk)))())


async def filtered(request: Any) -> HttpResponse:
    query = request.GET
    queryset = Product.objects.filter(
        name__icontains=query["name__icontains"],
        price__gte=query["price__gte"],
        price__lte=query["price__lte"],
        in_stock=query["in_stock"] == "true",
    )
    return answer(await sync_to_async(page)(queryset, 20))


async def memory(request: Any) -> HttpResponse:
    return answer([row(each) for each in PENS])


async def wait(request: Any) -> HttpResponse:
    await asyncio.sleep(0.05)
    return answer({"ok": True})


urlpatterns = [
    path("empty/", empty),
    path("guarded/", guarded),
    path("jwt/", by_token),
    path("products/", products),
    path("products/<int:pk>/", product),
    path("filtered/", filtered),
    path("memory/", memory),
    path("wait/", wait),
]
