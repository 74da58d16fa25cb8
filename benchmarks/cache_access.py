"""Cache access: one value, and four raw entries at once, against Django's own get and aget.

    python benchmarks/cache_access.py [redis://127.0.0.1:6379/0]

Each figure is our time divided by that of ``cache.get`` (sync) or ``cache.aget`` (async) of one
value on the same backend: the median of interleaved rounds, so a noisy machine shifts both sides
alike. On memory the async figures are divided by the sync ``cache.get``: no thread is needed.
Without a Redis at the URL only memory is measured.
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
PREFIX = {"LOCATION": URL, "KEY_PREFIX": "restflow-benchmark"}
project.CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "bench"}
}
if answers(HOST, int(PORT or 6379)):
    if find_spec("django_redis"):
        project.CACHES["django-redis"] = {"BACKEND": "django_redis.cache.RedisCache", **PREFIX}
    backend = "django.core.cache.backends.redis.RedisCache"
    project.CACHES["RedisCache"] = {"BACKEND": backend, **PREFIX}

import django  # noqa: E402

django.setup()

from django.core.cache import caches  # noqa: E402

from restflow.core.cache import compatible_cache, raw_cache  # noqa: E402

ROUNDS = 15
TOGETHER = 50
VALUE = {"id": 7, "name": "An example product", "tags": ["a", "b", "c"], "price": "12.50"}
KEY = "users::get_user_data::1::production::full"
#: An entry and three tokens, as a cached function reads them.
RAW_KEYS = [f"raw::{KEY}", "token::function", "token::partition", "token::constructor"]
GOALS = {
    ("memory", "sync"): 1.3,
    ("memory", "async"): 1.3,
    ("redis", "sync"): 1.2,
    ("redis", "async"): 0.15,
    ("redis", "async x50"): 0.05,
}


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


def report(alias: str, what: str, way: str, pairs: list[tuple[float, float]]) -> None:
    """Print the median ratio of (ours, Django's) beside its goal."""
    ratio = statistics.median(ours / theirs for ours, theirs in pairs)
    ours, theirs = (statistics.median(side) * 1e6 for side in zip(*pairs, strict=True))
    goal = GOALS["memory" if alias == "default" else "redis", way]
    verdict = "met" if ratio <= goal else "NOT met"
    print(
        f"{alias:13} {what:13} {way:10} {ratio:6.3f} x Django's "
        f"({ours:6.1f} / {theirs:6.1f} us)  goal {goal:g}: {verdict}"
    )


def measure_sync(alias: str, count: int) -> None:
    theirs = partial(caches[alias].get, KEY)
    values, raw = compatible_cache(alias), raw_cache(alias)
    subjects = {
        "one value": partial(values.get, KEY),
        "one raw entry": partial(raw.get, RAW_KEYS[0]),
        "raw, 4 keys": partial(raw.get_many, RAW_KEYS),
    }
    for what, ours in subjects.items():
        pairs = [(timed(ours, count), timed(theirs, count)) for _ in range(ROUNDS)]
        report(alias, what, "sync", pairs)


async def measure_async(alias: str, count: int) -> None:
    cache = caches[alias]
    values, raw = compatible_cache(alias), raw_cache(alias)
    subjects = {
        "one value": partial(values.aget, KEY),
        "one raw entry": partial(raw.aget, RAW_KEYS[0]),
        "raw, 4 keys": partial(raw.aget_many, RAW_KEYS),
    }
    for what, ours in subjects.items():
        for way, together in (("async", 1), (f"async x{TOGETHER}", TOGETHER)):
            if alias == "default" and together > 1:
                continue
            pairs = []
            for _ in range(ROUNDS):
                mine = await atimed(ours, count * (3 if together > 1 else 1), together)
                if alias == "default":
                    pairs.append((mine, timed(partial(cache.get, KEY), count)))
                else:
                    theirs = await atimed(partial(cache.aget, KEY), max(count, together), together)
                    pairs.append((mine, theirs))
            report(alias, what, way, pairs)


def main() -> None:
    for alias in project.CACHES:
        caches[alias].set(KEY, VALUE, 3600)
        raw_cache(alias).set_many(dict.fromkeys(RAW_KEYS, b"x" * 100), 3_600_000)
        assert compatible_cache(alias).get(KEY) == VALUE
        measure_sync(alias, 5000 if alias == "default" else 200)
        asyncio.run(measure_async(alias, 5000 if alias == "default" else 100))


if __name__ == "__main__":
    main()
