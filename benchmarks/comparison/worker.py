"""One side in a process of its own; it does what its standard input says, a JSON line each.

``{"endpoint": "list 20", "calls": 20}`` is answered with the seconds that took,
``{"endpoint": "list 20", "count": true}`` with the hops, threads and queries of one request.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from comparison.applications import load, token_for
from comparison.endpoints import ENDPOINTS, Endpoint
from comparison.requests import over_asgi, over_wsgi
from comparison.sides import SIDES


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Every statement of every thread."""
    from django.db.backends.utils import CursorWrapper

    seen: list[str] = []
    execute = CursorWrapper.execute

    def counting(self: Any, sql: str, params: Any = None) -> Any:
        seen.append(sql)
        return execute(self, sql, params)

    CursorWrapper.execute = counting  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        CursorWrapper.execute = execute  # type: ignore[method-assign]


@contextmanager
def counted_threads() -> Iterator[list[str]]:
    seen: list[str] = []
    start = threading.Thread.start

    def counting(self: threading.Thread) -> None:
        seen.append(self.name)
        start(self)

    threading.Thread.start = counting  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]


async def main(name: str, middleware: bool) -> None:
    side = SIDES[name]
    application = load(side, middleware=middleware)
    secret = await asyncio.to_thread(token_for, side)
    ask: Callable[[Endpoint], Awaitable[tuple[int, bytes]]]
    if side.handler == "wsgi":
        # The loop only carries orders here; nothing else runs on it that the ORM could block.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

        async def ask(endpoint: Endpoint) -> tuple[int, bytes]:
            return over_wsgi(application, endpoint, secret)

    else:

        async def ask(endpoint: Endpoint) -> tuple[int, bytes]:
            return await over_asgi(application, endpoint, secret)

    async def count(endpoint: Endpoint) -> dict[str, Any]:
        from restflow.test import count_hops

        with (
            count_hops(of="request") as hops,
            counted_queries() as queries,
            counted_threads() as threads,
        ):
            status, body = await ask(endpoint)
        return {
            "status": status,
            "size": len(body),
            "hops": len(hops),
            "threads": len(threads),
            "queries": len([each for each in queries if not each.startswith("PRAGMA")]),
        }

    async def measure(endpoint: Endpoint, calls: int) -> dict[str, Any]:
        start = perf_counter()
        for _ in range(calls):
            status, _ = await ask(endpoint)
            assert status == endpoint.status, f"{name}: {endpoint.name} answered {status}"
        return {"seconds": perf_counter() - start}

    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        endpoint = ENDPOINTS[order["endpoint"]]
        try:
            found = await (
                count(endpoint) if "count" in order else measure(endpoint, order["calls"])
            )
        except Exception as error:
            found = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2] == "middleware"))
