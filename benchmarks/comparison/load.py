"""A load on one URL from kept-alive connections, and a prober beside them that sees the lag."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
from time import perf_counter
from typing import Any


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> None:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode(errors="replace"))
    lower = head.lower()
    start = lower.find(b"content-length:")
    if start >= 0:
        await reader.readexactly(int(lower[start + 15 : lower.index(b"\r\n", start)]))
    else:  # chunks: a size in hexadecimal, the bytes, until a size of nought
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)


def request_bytes(target: str, token: str = "") -> bytes:
    line = f"Authorization: Bearer {token}\r\n" if token else ""
    return (
        f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n{line}\r\n"
    ).encode()


async def load(
    port: int, target: str, token: str, seconds: float, connections: int, probe: str
) -> dict[str, Any]:
    times: list[float] = []
    lags: list[float] = []
    begin = perf_counter() + 0.3
    end = begin + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        words = request_bytes(target, token)
        while (start := perf_counter()) < end:
            await ask(reader, writer, words)
            if start >= begin:
                times.append(perf_counter() - start)
        writer.close()

    async def prober() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        words = request_bytes(probe)
        while (start := perf_counter()) < end:
            await ask(reader, writer, words)
            if start >= begin:
                lags.append(perf_counter() - start)
            await asyncio.sleep(0.02)
        writer.close()

    await asyncio.gather(prober(), *(client() for _ in range(connections)))
    return {
        "rate": len(times) / seconds,
        "median_ms": statistics.median(times or [seconds]) * 1000,
        "worst_lag_ms": max(lags, default=seconds) * 1000,
    }


if __name__ == "__main__":
    try:
        import uvloop

        runner = uvloop.run
    except ImportError:
        runner = asyncio.run
    print(json.dumps(runner(load(**json.loads(sys.argv[1])))))
