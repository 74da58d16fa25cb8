"""Cache hits beside raw ``cache.get`` and beside peers: sync and async, alone and 50 in flight.

    python benchmarks/caching.py [redis://127.0.0.1:6379/0] [--quick]

Each figure is the time of a hit divided by that of the raw ``cache.get`` or ``aget`` of the same
value on the same backend, the median of interleaved rounds, so a noisy machine shifts both sides
alike. LocMem's ``aget`` would be a thread for what needs none: there the raw side of async hits is
``get`` called in place. ``x50`` is 50 coroutines, or 50 threads. ``--quick`` takes few samples, to
see that all sides answer.

Peers as their documentation sets them up for speed: cashews with a key template and a connection
for each coroutine, and once more with its client-side cache, which answers from memory until Redis
has told it of a change; django-cacheops' ``cached``, from coroutines through ``sync_to_async``; and
drf-extensions' ``cache_response`` beside ours on the same view of DRF. None of them signs what it
stores or checks tokens. Which peers are not installed is said; drf-extensions needs Django 5.
Without a Redis at the URL only memory is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "testing"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import restflow_testing.settings as project
from restflow_testing.services import answers

parser = argparse.ArgumentParser(description="Cache hits beside raw cache.get and beside peers.")
parser.add_argument("url", nargs="?", default="redis://127.0.0.1:6379/0")
parser.add_argument("--quick", action="store_true", help="few samples, to see that all answer")
OPTIONS = parser.parse_args()
HOST, _, PORT = OPTIONS.url.removeprefix("redis://").partition("/")[0].partition(":")
REDIS = answers(HOST, int(PORT or 6379))
PREFIX = f"restflow-benchmark-{token_hex(4)}"  # everybody's keys begin with it
project.CACHES = {
    "LocMem": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "bench"},
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "default"},
}
if REDIS:
    place = {"LOCATION": OPTIONS.url, "KEY_PREFIX": PREFIX}
    if find_spec("django_redis"):
        project.CACHES["django-redis"] = {"BACKEND": "django_redis.cache.RedisCache", **place}
    project.CACHES["RedisCache"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        **place,
    }
project.CACHEOPS_REDIS = OPTIONS.url
project.CACHEOPS_PREFIX = lambda query: PREFIX

import django  # noqa: E402

django.setup()

from asgiref.sync import sync_to_async  # noqa: E402
from django.core.cache import caches  # noqa: E402

from restflow.caching import ArgsKeyField, InlineKeyConstructor, cache_result  # noqa: E402

ROUNDS = 3 if OPTIONS.quick else 15
TOGETHER = 50
VALUE = {"id": 7, "name": "An example product", "tags": ["a", "b", "c"], "price": "12.50"}
#: By whether the cache is memory, and by way.
GOALS = {
    (True, "sync"): 1.3,
    (True, "async"): 1.3,
    (False, "sync"): 1.2,
    (False, "async"): 0.15,
    (False, "async x50"): 0.05,
}

Call = Callable[[], Any]
ACall = Callable[[], Awaitable[Any]]


@dataclass
class Side:
    """One way to a cached answer.

    Attributes:
        name: of who gives it.
        alias: the cache whose raw ``get`` it is measured against.
        call: a hit from sync code, ``None`` if it has none.
        acall: a hit from a coroutine.
        ours: the goals are about it.
        close: ends what it has opened on the loop.
    """

    name: str
    alias: str
    call: Call | None = None
    acall: ACall | None = None
    ours: bool = False
    close: ACall | None = None


computed: list[str] = []


def compute(name: str) -> dict[str, Any]:
    """Return the value, and note that somebody had to ask for it."""
    computed.append(name)
    return VALUE


def function_on(alias: str) -> Side:
    """Return our cached functions, of both colours, on *alias*."""
    fields = {"row": ArgsKeyField("row", partition=True)}
    constructor = InlineKeyConstructor(fields, namespace=f"bench-{alias}")

    @cache_result(constructor, ttl=600, alias=alias)
    def rows(row: int) -> dict[str, Any]:
        return compute("restflow")

    @cache_result(constructor, ttl=600, alias=alias)
    async def arows(row: int) -> dict[str, Any]:
        return compute("restflow")

    return Side("restflow", alias, partial(rows, 7), partial(arows, 7), ours=True)


def view_on(name: str, alias: str, decorator: Any) -> Side:
    """Return a whole view of DRF whose handler has *decorator*."""
    from rest_framework.request import Request
    from rest_framework.response import Response
    from rest_framework.test import APIRequestFactory
    from rest_framework.views import APIView

    class View(APIView):
        @decorator
        def get(self, request: Request) -> Response:
            return Response(compute(name))

    view, factory = View.as_view(), APIRequestFactory()

    def call() -> Any:
        response = view(factory.get("/", format="json"))
        assert response.status_code == 200
        return response

    return Side(f"{name} (a view)", alias, call)


def cashews_on(name: str, alias: str, url: str, **options: Any) -> Side:
    """Return a coroutine function that cashews caches."""
    from cashews import Cache

    cache = Cache()
    cache.setup(url, **options)

    @cache(ttl="10m", key="rows:{row}", prefix=PREFIX)
    async def rows(row: int) -> dict[str, Any]:
        return compute(name)

    return Side(name, alias, acall=partial(rows, 7), close=cache.close)


def cacheops_on(alias: str) -> Side:
    """Return a function that django-cacheops caches."""
    from cacheops import cached

    @cached(timeout=600)
    def rows(row: int) -> dict[str, Any]:
        return compute("cacheops")

    return Side("cacheops", alias, partial(rows, 7), partial(sync_to_async(rows), 7))


def sides() -> list[Side]:
    """Return everybody who takes part; say who does not."""
    aliases = [alias for alias in project.CACHES if alias != "default"]
    found = [function_on(alias) for alias in aliases]
    redis = "RedisCache" if REDIS else None
    absent = [
        name
        for name, module in {
            "django-redis": "django_redis",
            "cashews": "cashews",
            "django-cacheops": "cacheops",
            "drf-extensions": "rest_framework_extensions",
        }.items()
        if find_spec(module) is None
    ]
    if "cashews" not in absent:
        found.append(cashews_on("cashews", "LocMem", "mem://", size=10_000))
        if redis:
            many = {"max_connections": TOGETHER}
            found.append(cashews_on("cashews", redis, OPTIONS.url, **many))
            many["client_side"] = True
            found.append(cashews_on("cashews client-side", redis, OPTIONS.url, **many))
    if redis and "django-cacheops" not in absent:
        found.append(cacheops_on(redis))
    if find_spec("rest_framework"):
        from restflow.caching import cache_response

        decorators = {"restflow": lambda alias: cache_response(600, public=True, alias=alias)}
        if "drf-extensions" not in absent:
            from rest_framework_extensions.cache.decorators import cache_response as theirs

            decorators["drf-extensions"] = lambda alias: theirs(600, cache=alias)
        for alias in aliases:
            for name, decorator in decorators.items():
                found.append(view_on(name, alias, decorator(alias)))
    if not REDIS:
        print(f"no Redis at {OPTIONS.url}: left out django-redis, RedisCache, django-cacheops")
    if absent:
        print(f"not installed, left out: {', '.join(absent)}")
    return found


# -- taking the time -----------------------------------------------------------------------------


def timed(call: Call, count: int) -> float:
    """Return the seconds that each of *count* calls takes."""
    started = perf_counter()
    for _ in range(count):
        call()
    return (perf_counter() - started) / count


def timed_together(call: Call, count: int, pool: ThreadPoolExecutor) -> float:
    """The same of calls in 50 threads: seconds that pass, by calls."""
    share = range(TOGETHER)
    started = perf_counter()
    list(pool.map(lambda _: timed(call, count // TOGETHER), share))
    return (perf_counter() - started) / count


async def atimed(call: ACall, count: int) -> float:
    started = perf_counter()
    for _ in range(count):
        await call()
    return (perf_counter() - started) / count


async def atimed_together(call: ACall, count: int) -> float:
    started = perf_counter()
    for _ in range(count // TOGETHER):
        await asyncio.gather(*[call() for _ in range(TOGETHER)])
    return (perf_counter() - started) / count


def report(side: Side, way: str, pairs: list[tuple[float, float]]) -> None:
    """Print the median ratio, with the goal if there is one."""
    ratio = statistics.median(theirs / raw for theirs, raw in pairs)
    theirs = statistics.median(theirs for theirs, _ in pairs) * 1e6
    goal = GOALS.get((side.alias == "LocMem", way)) if side.ours else None
    verdict = "" if goal is None else f"  goal {goal:g}: {'met' if ratio <= goal else 'NOT met'}"
    print(f"{side.alias:13}{side.name:28}{way:10}{ratio:8.3f} x raw ({theirs:8.1f} us){verdict}")


def measure_sync(side: Side) -> None:
    call, raw = side.call, partial(caches[side.alias].get, "raw")
    assert call is not None
    count = 5000 if side.alias == "LocMem" and side.ours else 300
    count = count // 5 if OPTIONS.quick else count
    call()
    pairs = [(timed(call, count), timed(raw, count)) for _ in range(ROUNDS)]
    report(side, "sync", pairs)
    count = max(count, 4 * TOGETHER)
    with ThreadPoolExecutor(TOGETHER) as pool:
        for warm in (call, raw):  # every thread gets its connection now
            timed_together(warm, 2 * TOGETHER, pool)
        pairs = [
            (timed_together(call, count, pool), timed_together(raw, count, pool))
            for _ in range(ROUNDS)
        ]
    report(side, "sync x50", pairs)


async def measure_async(side: Side) -> None:
    cache, call = caches[side.alias], side.acall
    assert call is not None

    async def memory() -> Any:
        return cache.get("raw")

    raw: ACall = memory if side.alias == "LocMem" else partial(cache.aget, "raw")
    count = 150 // (5 if OPTIONS.quick else 1)
    try:
        await call()
        pairs = [(await atimed(call, count), await atimed(raw, count)) for _ in range(ROUNDS)]
        report(side, "async", pairs)
        count = TOGETHER * (2 if OPTIONS.quick else 10)
        for warm in (call, raw):
            await atimed_together(warm, TOGETHER)
        pairs = [
            (await atimed_together(call, count), await atimed_together(raw, count))
            for _ in range(ROUNDS)
        ]
        report(side, "async x50", pairs)
    finally:
        if side.close is not None:
            await side.close()


def main() -> None:
    hiredis = "with" if find_spec("hiredis") else "without"
    versions = f"Python {sys.version.split()[0]}, Django {django.__version__}, {hiredis} hiredis"
    print(f"{versions}{', few samples' if OPTIONS.quick else ''}")
    for side in sides():
        caches[side.alias].set("raw", VALUE, 3600)
        computed.clear()
        if side.call is not None:
            measure_sync(side)
        if side.acall is not None:
            asyncio.run(measure_async(side))
        # Once for each colour at most; theirs may share an entry.
        assert len(computed) <= 2, f"{side.name} on {side.alias} computed {len(computed)} times"


def remove() -> None:
    """Leave nothing in Redis: tokens would stay for a month."""
    import redis

    with redis.Redis.from_url(OPTIONS.url) as client:
        for key in client.scan_iter(f"{PREFIX}*", count=1000):
            client.delete(key)


if __name__ == "__main__":
    try:
        main()
    finally:
        if REDIS:
            remove()
