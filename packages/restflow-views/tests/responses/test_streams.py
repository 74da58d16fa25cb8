"""Streams: what is written, what a failure leaves, and that every source is closed."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import pytest
from django.http import HttpResponse
from django.middleware.gzip import GZipMiddleware
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.core.steps import on_loop
from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse
from restflow.serializers import ModelSerializer
from restflow.test import assert_hops
from restflow_testing.counts import cases
from restflow_testing.models import Product

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab\n"), inner, max_size=3),
    max_leaves=8,
)
KINDS = ["list", "generator", "ready", "sleepy"]


async def _aitems(items: list[Any], *, sleepy: bool) -> AsyncIterator[Any]:
    for number, item in enumerate(items):
        if sleepy and number % 3 == 0:
            await asyncio.sleep(0)
        if sleepy and number % 7 == 0:
            await asyncio.sleep(0.0001)
        yield item


def _source(kind: str, items: list[Any]) -> Any:
    if kind == "list":
        return items
    if kind == "generator":
        return (item for item in items)
    return _aitems(items, sleepy=kind == "sleepy")


async def _read(response: Any) -> bytes:
    return b"".join([part async for part in response])


def parsed(response: Any, body: bytes) -> list[Any]:
    if isinstance(response, StreamingJSONListResponse):
        found: list[Any] = json.loads(body)
        return found
    return [json.loads(line) for line in body.decode().split("\n")[:-1]]


@settings(max_examples=cases(200), deadline=None)
@given(st.lists(JSON, max_size=30), st.sampled_from(KINDS))
@pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse])
def test_what_is_read_is_what_was_given(cls: Any, items: list[Any], kind: str) -> None:
    response = cls(_source(kind, items))
    assert parsed(response, asyncio.run(_read(response))) == items


@pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse])
@pytest.mark.parametrize("kind", KINDS)
async def test_many_rows_in_few_blocks(cls: Any, kind: str) -> None:
    items = [{"id": number, "name": "x" * (number % 50)} for number in range(5000)]
    response = cls(_source(kind, items))
    blocks = [part async for part in response]
    assert parsed(response, b"".join(blocks)) == items
    assert max(map(len, blocks)) < 150_000
    if kind != "sleepy":
        assert len(blocks) < 100


@pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse])
def test_sync_servers_read_sync_sources(cls: Any) -> None:
    response = cls(item for item in [1, 2])
    assert parsed(response, b"".join(response)) == [1, 2]


@pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse, SSEResponse])
def test_sync_servers_cannot_read_async_sources(cls: Any) -> None:
    with pytest.raises(RuntimeError, match=f"{cls.__name__} has an async source.*ASGI"):
        list(cls(_aitems([], sleepy=False)))


@pytest.mark.parametrize("source", [7, "text", b"bytes", None])
def test_a_source_is_an_iterable(source: Any) -> None:
    with pytest.raises(TypeError, match="NDJSONResponse streams items"):
        NDJSONResponse(source)


async def test_what_is_ready_is_sent_before_waiting() -> None:
    gate = asyncio.Event()

    async def source() -> AsyncIterator[int]:
        yield 1
        yield 2
        await gate.wait()
        yield 3

    parts = aiter(NDJSONResponse(source()))
    assert [await anext(parts) for _ in range(2)] == [b"", b"1\n2\n"]
    gate.set()
    assert await anext(parts) == b"3\n"
    await parts.aclose()


class Broken(Exception):
    """What the sources of these tests fail with."""


def _failing(kind: str, count: int) -> Any:
    def items() -> Iterator[int]:
        yield from range(count)
        raise Broken("secret")

    async def aitems() -> AsyncIterator[int]:
        for item in range(count):
            yield item
        raise Broken("secret")

    return items() if kind == "sync" else aitems()


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 700])
async def test_an_array_that_failed_is_no_json(kind: str, count: int) -> None:
    body = b""
    with pytest.raises(Broken):  # noqa: PT012
        async for part in StreamingJSONListResponse(_failing(kind, count)):
            body += part
    with pytest.raises(ValueError, match=r"Expecting|delimiter"):
        json.loads(body)


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 700])
async def test_lines_that_failed_say_so_last(kind: str, count: int) -> None:
    body = await _read(NDJSONResponse(_failing(kind, count)))
    lines = [json.loads(line) for line in body.splitlines()]
    assert lines[:-1] == list(range(count))
    assert lines[-1]["error"]["code"] == "internal_error"
    assert b"secret" not in body


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), object(), {"x": float("nan")}])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_has_no_json_is_refused_where_it_stands(bad: Any, kind: str) -> None:
    body = await _read(NDJSONResponse(_source(kind, [1, 2, bad, 3])))
    lines = [json.loads(line) for line in body.splitlines()]
    assert lines[:2] == [1, 2]
    assert lines[2]["error"]["code"] == "internal_error"
    assert len(lines) == 3
    with pytest.raises((ValueError, TypeError)):
        await _read(StreamingJSONListResponse(_source(kind, [1, 2, bad, 3])))


class Ends:
    """Sources that note how they ended."""

    def __init__(self) -> None:
        self.began = False
        self.ended: list[str] = []

    def sync(self) -> Iterator[int]:
        self.began = True
        try:
            while True:
                yield 1
        finally:
            self.ended.append(f"sync on_loop={on_loop()}")

    async def ready(self) -> AsyncIterator[int]:
        self.began = True
        try:
            while True:
                yield 1
        finally:
            await asyncio.sleep(0.001)
            self.ended.append("ready")

    async def waiting(self) -> AsyncIterator[int]:
        self.began = True
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.001)
            self.ended.append("waiting")


@pytest.mark.parametrize("name", ["sync", "ready", "waiting"])
@pytest.mark.parametrize("cls", [NDJSONResponse, StreamingJSONListResponse, SSEResponse])
async def test_sources_end_wherever_the_client_leaves(cls: Any, name: str) -> None:
    random = Random(5)
    before, began = asyncio.all_tasks(), 0
    for _ in range(12):
        ends = Ends()

        async def serve(source: Any) -> None:
            async for _ in cls(source):
                await asyncio.sleep(random.choice([0, 0, 0.001]))

        task = asyncio.create_task(serve(getattr(ends, name)()))
        async with asyncio.timeout(30):
            while not began and not ends.began:  # once at least  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        await asyncio.sleep(random.random() * 0.01 + 0.002)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(30):  # what nobody closed is closed by the loop, later
            while (ends.began and not ends.ended) or asyncio.all_tasks() != before:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        told = "sync on_loop=False" if name == "sync" else name
        assert ends.ended == ([told] if ends.began else [])
        began += ends.began
    assert began


@pytest.mark.parametrize("name", ["ready", "waiting"])
async def test_closing_in_the_middle_waits_for_the_source(name: str) -> None:
    ends = Ends()
    parts = aiter(NDJSONResponse(getattr(ends, name)()))
    for _ in range(2):
        await anext(parts)
    await parts.aclose()
    assert ends.ended == [name]


async def test_a_timeout_in_the_source_is_the_sources() -> None:
    async def source() -> AsyncIterator[str]:
        try:
            async with asyncio.timeout(0.001):
                await asyncio.Event().wait()
        except TimeoutError:
            yield "late"

    assert await _read(NDJSONResponse(source())) == b'"late"\n'


async def test_compressing_middleware_wraps_either_colour() -> None:
    for source in (_aitems([1] * 999, sleepy=False), (1 for _ in range(999))):
        request = RequestFactory().get("/", headers={"accept-encoding": "gzip"})
        response = NDJSONResponse(source)
        GZipMiddleware(lambda _: HttpResponse()).process_response(request, response)
        assert gzip.decompress(await _read(response)) == b"1\n" * 999


class ProductSerializer(ModelSerializer):
    class Meta:
        model = Product
        fields = ("name", "stock")


@pytest.mark.django_db(transaction=True)
async def test_a_queryset_is_read_and_represented_in_the_worker(
    django_assert_num_queries: Any,
) -> None:
    await Product.objects.abulk_create(Product(name="a", stock=n) for n in range(120))
    expected = [{"name": "a", "stock": number} for number in range(120)]
    response = NDJSONResponse(Product.objects.all(), serializer_class=ProductSerializer)
    assert parsed(response, await _read(response)) == expected
    response = NDJSONResponse(Product.objects.values("name", "stock"))
    assert parsed(response, await _read(response)) == expected


async def test_lists_and_async_sources_need_no_thread() -> None:
    with assert_hops(0):
        await _read(NDJSONResponse([1] * 2000))
        await _read(StreamingJSONListResponse(_aitems([1] * 2000, sleepy=True)))
        await _read(SSEResponse(_aitems(["x"] * 20, sleepy=True)))
