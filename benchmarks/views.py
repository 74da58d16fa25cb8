"""A request through a view, in process, on Django's own ASGI handler.

    python benchmarks/views.py

Compares an async view of restflow with stock DRF under ASGI and with a hand-written async Django
view that does all its ORM work in one hop and answers with orjson. Samples are interleaved; each
figure is the median of the ratios within one round. Hops are counted, not timed.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "testing"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import django

django.setup()

import orjson  # noqa: E402
from asgiref.sync import sync_to_async  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework import pagination, serializers, viewsets  # noqa: E402
from rest_framework import permissions as drf_permissions  # noqa: E402
from rest_framework import throttling as drf_throttling  # noqa: E402
from rest_framework import views as drf_views  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.routers import SimpleRouter  # noqa: E402

from restflow import permissions as our_permissions  # noqa: E402
from restflow import throttling as our_throttling  # noqa: E402
from restflow import views  # noqa: E402
from restflow.renderers import JSONRenderer  # noqa: E402
from restflow.serializers import ModelSerializer  # noqa: E402
from restflow.test import count_hops  # noqa: E402
from restflow_testing.models import Category, Product  # noqa: E402

ROUNDS, CALLS = 15, 20


class Pages(pagination.PageNumberPagination):
    page_size = 100
    page_size_query_param = "size"


def serializer(base: type) -> type:
    class CategorySerializer(base):  # type: ignore[misc,valid-type]
        class Meta:
            model = Category
            fields = ["id", "name"]

    class ProductSerializer(base):  # type: ignore[misc,valid-type]
        category = CategorySerializer(read_only=True)

        class Meta:
            model = Product
            fields = ["id", "name", "price", "stock", "category"]

    return ProductSerializer


def viewset(base: Any, serializer_class: type, **attributes: Any) -> Any:
    body = {
        "queryset": Product.objects.select_related("category"),
        "serializer_class": serializer_class,
        "pagination_class": Pages,
        "authentication_classes": [],
        "permission_classes": [],
        **attributes,
    }
    return type("Products", (base,), body)


class OurEmpty(views.AsyncAPIView):
    authentication_classes: list[Any] = []
    renderer_classes = [JSONRenderer]

    async def get(self, request: Any) -> Response:
        return Response({"ok": True})


class TheirEmpty(drf_views.APIView):
    authentication_classes: list[Any] = []

    def get(self, request: Any) -> Response:
        return Response({"ok": True})


def guarded(view: Any, allowed: Any, throttles: Any) -> Any:
    """Return *view* behind three permissions and a throttle that let everybody through."""
    limit = type("Limit", (throttles.AnonRateThrottle,), {"rate": "1000000/min"})
    permissions = [allowed.AllowAny, allowed.IsAuthenticatedOrReadOnly, allowed.AllowAny]
    return view.as_view(permission_classes=permissions, throttle_classes=[limit])


async def hand_empty(request: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps({"ok": True}), content_type="application/json")


def row(product: Product) -> dict[str, Any]:
    category = product.category
    return {
        "id": product.pk,
        "name": product.name,
        "price": str(product.price),
        "stock": product.stock,
        "category": category and {"id": category.pk, "name": category.name},
    }


async def hand_list(request: Any) -> HttpResponse:
    def work() -> bytes:
        queryset = Product.objects.select_related("category")
        size = int(request.GET.get("size", 100))
        body = {"count": queryset.count(), "results": [row(each) for each in queryset[:size]]}
        return orjson.dumps(body)

    return HttpResponse(await sync_to_async(work)(), content_type="application/json")


async def hand_retrieve(request: Any, pk: int) -> HttpResponse:
    def work() -> bytes:
        return orjson.dumps(row(Product.objects.select_related("category").get(pk=pk)))

    return HttpResponse(await sync_to_async(work)(), content_type="application/json")


def urls(products: Any, empty: Any, guarded: Any) -> list[Any]:
    router = SimpleRouter()
    router.register("products", products)
    return [path("", include(router.urls)), path("empty/", empty), path("guarded/", guarded)]


OURS = viewset(
    views.AsyncReadOnlyModelViewSet, serializer(ModelSerializer), renderer_classes=[JSONRenderer]
)
THEIRS = viewset(viewsets.ReadOnlyModelViewSet, serializer(serializers.ModelSerializer))
URLS = {
    "restflow": urls(OURS, OurEmpty.as_view(), guarded(OurEmpty, our_permissions, our_throttling)),
    "DRF": urls(THEIRS, TheirEmpty.as_view(), guarded(TheirEmpty, drf_permissions, drf_throttling)),
    "hand": [
        path("empty/", hand_empty),
        path("guarded/", hand_empty),
        path("products/", hand_list),
        path("products/<int:pk>/", hand_retrieve),
    ],
}
WORK = {
    "empty": ("/empty/", b""),
    "guarded": ("/guarded/", b""),
    "list 20": ("/products/", b"size=20"),
    "list 100": ("/products/", b"size=100"),
    "retrieve": ("/products/1/", b""),
}


async def send(application: Any, target: tuple[str, bytes]) -> int:
    url, query = target
    scope = {
        "type": "http", "method": "GET", "path": url, "query_string": query, "headers": [],
        "http_version": "1.1", "scheme": "http", "server": ("testserver", 80),
    }  # fmt: skip
    status: list[int] = []
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked > 1:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])

    await application(scope, receive, sent)
    return status[0]


def served(name: str) -> Callable[[Any], Awaitable[int]]:
    module = ModuleType(f"restflow_benchmark_{name}")
    vars(module)["urlpatterns"] = URLS[name]
    sys.modules[module.__name__] = module
    application = get_asgi_application()

    async def ask(target: Any) -> int:
        settings.ROOT_URLCONF = module.__name__
        return await send(application, target)

    return ask


async def measured() -> None:
    sides = {name: served(name) for name in URLS}
    from django.urls import clear_url_caches, set_urlconf

    def use(name: str) -> None:
        settings.ROOT_URLCONF = f"restflow_benchmark_{name}"
        set_urlconf(None)
        clear_url_caches()

    print(
        f"{'work':10} {'restflow / hand':>16} {'DRF / hand':>12} {'hops restflow, DRF, hand':>26}"
    )
    for work, target in WORK.items():
        times: dict[str, list[float]] = {name: [] for name in sides}
        hops = {}
        for name, ask in sides.items():
            use(name)
            assert await ask(target) == 200
            with count_hops(of="request") as counted:
                await ask(target)
            hops[name] = len(counted)
        for _ in range(ROUNDS):
            for name, ask in sides.items():
                use(name)
                await ask(target)
                start = perf_counter()
                for _ in range(CALLS):
                    await ask(target)
                times[name].append(perf_counter() - start)

        def ratio(name: str, times: dict[str, list[float]] = times) -> float:
            pairs = zip(times[name], times["hand"], strict=True)
            return statistics.median(a / b for a, b in pairs)

        counts = f"{hops['restflow']}, {hops['DRF']}, {hops['hand']}"
        print(f"{work:10} {ratio('restflow'):16.2f} {ratio('DRF'):12.2f} {counts:>26}")


def fill() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    category = Category.objects.create(name="Pens", slug="pens")
    Product.objects.bulk_create(
        Product(name=f"pen {number}", price=number, category=category) for number in range(1, 301)
    )


if __name__ == "__main__":
    fill()
    asyncio.run(measured())
