"""Throttles side by side: what a check costs, and how many of many simultaneous requests pass.

``python benchmarks/throttling.py [redis://...]`` prints ratios of one run, medians of interleaved
samples; with an address also on Redis, where the keys it makes end after a minute.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import django
from django.test import override_settings

django.setup()

from django.core.cache import cache  # noqa: E402
from rest_framework import throttling as drf  # noqa: E402

from restflow.core.adapters import loop_safe  # noqa: E402
from restflow.throttling import SimpleRateThrottle  # noqa: E402

CHECKS = int(os.environ.get("CHECKS", "300"))
SAMPLES = int(os.environ.get("SAMPLES", "7"))


def throttle(base: Any) -> Any:
    class Limited(base):  # type: ignore[misc]
        rate = "10/min"

        @loop_safe
        def get_cache_key(self, request: Any, view: Any) -> str:
            return str(request)

    return Limited


def measure(name: str) -> None:
    ours, drfs = throttle(SimpleRateThrottle), throttle(drf.SimpleRateThrottle)

    def sync(cls: Any) -> None:
        key = uuid4()
        for _ in range(CHECKS):
            cls().allow_request(key, None)

    def on_a_loop() -> None:
        async def checks() -> None:
            key = uuid4()
            for _ in range(CHECKS):
                await ours().aallow_request(key, None)

        asyncio.run(checks())

    def get() -> None:
        for _ in range(CHECKS):
            cache.get("nothing")

    cases: dict[str, Callable[[], None]] = {
        "cache.get of one key": get,
        "DRF, sync": lambda: sync(drfs),
        "restflow, sync": lambda: sync(ours),
        "restflow, async": on_a_loop,
    }
    taken: dict[str, list[float]] = {case: [] for case in cases}
    for _ in range(SAMPLES):
        for case, run in cases.items():
            began = time.perf_counter()
            run()
            taken[case].append(time.perf_counter() - began)
    base = statistics.median(taken["cache.get of one key"])
    print(f"\n{name}: a check, by cache.get = 1")
    for case, samples in taken.items():
        print(f"  {case:22} {statistics.median(samples) / base:6.2f}")
    with ThreadPoolExecutor(16) as pool:
        for label, cls in (("DRF", drfs), ("restflow", ours)):
            key = uuid4()
            passed = sum(pool.map(lambda _, c=cls, k=key: c().allow_request(k, None), range(500)))
            print(f"  {label}: {passed} of 500 simultaneous requests pass, 10 are allowed")


def main() -> None:
    measure("LocMem")
    if len(sys.argv) > 1:
        backend = "django.core.cache.backends.redis.RedisCache"
        with override_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": sys.argv[1]}}):
            measure("Redis")


if __name__ == "__main__":
    main()
