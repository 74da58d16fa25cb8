"""Streams against one ``dumps`` of everything: time a row, longest stall of the loop, memory.

``python benchmarks/streaming.py`` prints ratios of one run, medians of interleaved samples.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restflow_testing.settings")

import django

django.setup()

from restflow.responses import NDJSONResponse, StreamingJSONListResponse  # noqa: E402

ROWS = int(os.environ.get("ROWS", "100000"))
SAMPLES = int(os.environ.get("SAMPLES", "5"))


def row(number: int) -> dict[str, Any]:
    return {"id": number, "name": "a name", "price": "10.00", "in_stock": True}


async def arows() -> AsyncIterator[dict[str, Any]]:
    for number in range(ROWS):
        yield row(number)


def by_dumps() -> None:
    try:
        import orjson
    except ImportError:
        json.dumps([row(number) for number in range(ROWS)]).encode()
    else:
        orjson.dumps([row(number) for number in range(ROWS)])


async def drain(response: Any) -> float:
    """Read it all and return the longest time that the loop was not free, in seconds."""
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0)
            longest = max(longest, time.perf_counter() - began)

    watcher = asyncio.create_task(watch())
    async for _ in response:
        pass
    watcher.cancel()
    return longest


def main() -> None:
    cases: dict[str, Callable[[], Any]] = {
        "JSON array, async source": lambda: StreamingJSONListResponse(arows()),
        "JSON array, list": lambda: StreamingJSONListResponse([row(n) for n in range(ROWS)]),
        "NDJSON, async source": lambda: NDJSONResponse(arows()),
        "NDJSON, list": lambda: NDJSONResponse([row(n) for n in range(ROWS)]),
    }
    whole: list[float] = []
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(SAMPLES):
        began = time.process_time()
        by_dumps()
        whole.append(time.process_time() - began)
        for name, make in cases.items():
            began = time.process_time()
            stall = asyncio.run(drain(make()))
            taken[name].append((time.process_time() - began, stall))
    base = statistics.median(whole)
    print(f"{ROWS} rows; building and dumping them at once: {base / ROWS * 1e6:.2f} us a row = 1")
    for name, samples in taken.items():
        cost = statistics.median(cpu for cpu, _ in samples)
        stall = statistics.median(longest for _, longest in samples)
        print(
            f"{name:26} {cost / base:5.2f}   {cost / ROWS * 1e6:5.2f} us a row, "
            f"longest stall {stall * 1e3:5.1f} ms"
        )
    tracemalloc.start()
    asyncio.run(drain(NDJSONResponse(arows())))
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    print(f"peak memory, NDJSON from an async source: {peak:.2f} MB")


if __name__ == "__main__":
    main()
