"""Cache hits: LocMem, django-redis and Django's RedisCache, sync and async, alone and 50 in flight.

    python benchmarks/caching.py [redis://127.0.0.1:6379/0]

Each figure is the time of a hit divided by that of the raw ``cache.get`` or ``aget`` of the same
value on the same backend, the median of interleaved rounds, so a noisy machine shifts both sides
alike. cashews, django-cacheops and drf-extensions take part where they are installed.
Without a Redis at the URL only LocMem is measured.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "testing"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import restflow_testing.settings as project
from restflow_testing.services import answers

URL = sys.argv[1] if len(sys.argv) > 1 else "redis://127.0.0.1:6379/0"
HOST, _, PORT = URL.removeprefix("redis://").partition("/")[0].partition(":")
REDIS = answers(HOST, int(PORT or 6379))
project.CACHES = {
    "locmem": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "bench"},
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"},
}
if REDIS:
    prefix = {"LOCATION": URL, "KEY_PREFIX": "restflow-benchmark"}
    django_redis = {"BACKEND": "django_redis.cache.RedisCache"}
    redis_cache = {"BACKEND": "django.core.cache.backends.redis.RedisCache"}
    if find_spec("django_redis"):
        project.CACHES["django-redis"] = {**django_redis, **prefix}
    project.CACHES["RedisCache"] = {**redis_cache, **prefix}
project.CACHEOPS_REDIS = URL
project.CACHEOPS_DEFAULTS = {"timeout": 600}

import django  # noqa: E402

django.setup()

from django.core.cache import caches  # noqa: E402

from restflow.caching import ArgsKeyField, InlineKeyConstructor, cache_result  # noqa: E402

ROUNDS = 15
VALUE = {"id": 7, "name": "An example product", "tags": ["a", "b", "c"], "price": "12.50"}
GOALS = {
    ("locmem", "sync"): 1.3,
    ("locmem", "async"): 1.3,
    ("django-redis", "sync"): 1.2,
    ("RedisCache", "sync"): 1.2,
    ("django-redis", "async"): 0.15,
    ("RedisCache", "async"): 0.15,
    ("django-redis", "async x50"): 0.05,
    ("RedisCache", "async x50"): 0.05,
}


def subjects(alias: str) -> tuple[Callable[[int], Any], Callable[[int], Awaitable[Any]]]:
    """Return a sync and an async cached function on *alias*."""
    fields = {"row": ArgsKeyField("row", partition=True)}
    constructor = InlineKeyConstructor(fields, namespace=f"bench-{alias}")

    @cache_result(constructor, ttl=3600, alias=alias)
    def rows(row: int) -> dict[str, Any]:
        return VALUE

    @cache_result(constructor, ttl=3600, alias=alias)
    async def arows(row: int) -> dict[str, Any]:
        return VALUE

    return rows, arows


def peers() -> dict[str, Callable[[], Any]]:
    """Return a sync hit of each installed peer."""
    found: dict[str, Callable[[], Any]] = {}
    if REDIS and find_spec("cacheops"):
        from cacheops import cached

        @cached(timeout=600)
        def cacheops_rows(row: int) -> dict[str, Any]:
            return VALUE

        found["cacheops"] = lambda: cacheops_rows(7)
    if find_spec("rest_framework_extensions"):
        from rest_framework.request import Request
        from rest_framework.response import Response
        from rest_framework.test import APIRequestFactory
        from rest_framework.views import APIView
        from rest_framework_extensions.cache.decorators import cache_response

        class View(APIView):
            @cache_response(600, cache="default")
            def get(self, request: Request) -> Response:
                return Response(VALUE)

        view = View.as_view()
        request = APIRequestFactory().get("/", format="json")
        found["drf-extensions (whole view)"] = lambda: view(request)
    return found


def timed(call: Callable[[], Any], count: int) -> float:
    started = perf_counter()
    for _ in range(count):
        call()
    return (perf_counter() - started) / count


async def atimed(call: Callable[[], Awaitable[Any]], count: int, together: int) -> float:
    started = perf_counter()
    if together == 1:
        for _ in range(count):
            await call()
    else:
        for _ in range(count // together):
            await asyncio.gather(*[call() for _ in range(together)])
    return (perf_counter() - started) / count


def report(alias: str, way: str, pairs: list[tuple[float, float]]) -> None:
    """Print the median ratio of (ours, raw), with the goal if there is one."""
    ratio = statistics.median(ours / raw for ours, raw in pairs)
    ours = statistics.median(ours for ours, _ in pairs) * 1e6
    goal = GOALS.get((alias, way))
    verdict = "" if goal is None else f"  goal {goal:g}: {'met' if ratio <= goal else 'NOT met'}"
    print(f"{alias:28} {way:10} {ratio:6.3f} x raw  ({ours:8.1f} us){verdict}")


async def measure_async(alias: str, arows: Callable[[int], Awaitable[Any]]) -> None:
    cache = caches[alias]
    await arows(7)
    await cache.aset("raw", VALUE, 3600)

    async def memory() -> Any:
        return cache.get("raw")

    # Memory needs no thread: its async hit is compared with the sync get, not with Django's hop.
    get = memory if alias == "locmem" else partial(cache.aget, "raw")
    for way, together, count in (("async", 1, 150), ("async x50", 50, 500)):
        pairs = []
        for _ in range(ROUNDS):
            ours = await atimed(lambda: arows(7), count, together)
            raw = await atimed(get, count, together)
            pairs.append((ours, raw))
        report(alias, way, pairs)


async def measure_cashews() -> None:
    from cashews import cache as cashews

    cashews.setup(URL if REDIS else "mem://")

    @cashews(ttl="10m")
    async def rows(row: int) -> dict[str, Any]:
        return VALUE

    await rows(7)
    raw = caches["RedisCache" if REDIS else "locmem"]
    await raw.aset("raw", VALUE, 3600)
    for way, together, count in (("async", 1, 150), ("async x50", 50, 500)):
        pairs = []
        for _ in range(ROUNDS):
            ours = await atimed(lambda: rows(7), count, together)
            pairs.append((ours, await atimed(lambda: raw.aget("raw"), count, together)))
        report("cashews", way, pairs)
    await cashews.close()


def main() -> None:
    for alias in project.CACHES:
        if alias == "default":
            continue
        rows, arows = subjects(alias)
        cache = caches[alias]
        rows(7)
        cache.set("raw", VALUE, 3600)
        count = 5000 if alias == "locmem" else 300
        pairs = []
        for _ in range(ROUNDS):
            ours = timed(lambda rows=rows: rows(7), count)
            pairs.append((ours, timed(lambda cache=cache: cache.get("raw"), count)))
        report(alias, "sync", pairs)
        asyncio.run(measure_async(alias, arows))
    raw = caches["RedisCache" if REDIS else "locmem"]
    raw.set("raw", VALUE, 3600)
    for name, call in peers().items():
        call()
        pairs = [(timed(call, 300), timed(lambda: raw.get("raw"), 300)) for _ in range(ROUNDS)]
        report(name, "sync", pairs)
    if find_spec("cashews"):
        asyncio.run(measure_cashews())


if __name__ == "__main__":
    main()
