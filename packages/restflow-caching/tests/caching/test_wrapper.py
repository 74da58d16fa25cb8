"""What calling a cached function, and its methods, does: the same in both colours."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.template.response import SimpleTemplateResponse

from restflow.caching import (
    ArgsKeyField,
    CachedWrapper,
    InlineKeyConstructor,
    KeyConstructor,
    cache_result,
    invalidate_tags,
)
from restflow.caching.background import background

from .conftest import Clock
from .test_single_flight import eventually


class RowKey(KeyConstructor):
    row = ArgsKeyField("row", partition=True)
    page = ArgsKeyField("page")

    class Meta:
        namespace = "rows"


class Subject:
    """A cached function that counts, in one colour, called in that colour by one name."""

    def __init__(self, *, awaited: bool, constructor: Any = RowKey, **options: Any) -> None:
        self.calls = 0
        self.error: Exception | None = None
        self.awaited = awaited
        self.result: Any = None

        def rows(row: int, page: int = 1) -> Any:
            self.calls += 1
            if self.error is not None:
                raise self.error
            return self.calls if self.result is None else self.result

        async def arows(row: int, page: int = 1) -> Any:
            await asyncio.sleep(0)
            return rows(row, page)

        self.wrapper: CachedWrapper[Any, Any, Any] = cache_result(constructor, **options)(
            arows if awaited else rows  # type: ignore[arg-type]
        )

    def __getattr__(self, name: str) -> Any:
        async def method(*args: Any, **kwargs: Any) -> Any:
            if self.awaited:
                return await getattr(self.wrapper, f"a{name}")(*args, **kwargs)
            return await in_thread(getattr(self.wrapper, name), *args, **kwargs)

        return method

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self.awaited:
            return await self.wrapper(*args, **kwargs)
        return await in_thread(self.wrapper, *args, **kwargs)

    async def status(self, *args: Any) -> str:
        _, metadata = await self.get_with_metadata(*args)
        return str(metadata["cache_status"])


async def in_thread(func: Any, *args: Any, **kwargs: Any) -> Any:
    return await asyncio.to_thread(func, *args, **kwargs)


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def awaited(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def settled() -> None:
    """Wait until nothing runs in the background."""
    await eventually(lambda: not background._running)


async def test_hits_until_something_drops_the_entry(awaited: bool) -> None:
    subject = Subject(awaited=awaited)
    assert [await subject(1), await subject(1), await subject("1"), await subject(1, 2)] == [
        1,
        1,
        1,
        2,
    ]
    await subject.delete_cache(1)
    assert [await subject(1), await subject(1, 2)] == [3, 2]
    await subject.delete_by_prefix(row=1)
    assert [await subject(1), await subject(1, 2), await subject(2)] == [4, 5, 6]
    await subject.delete_by_prefix(row="1")
    assert [await subject(1), await subject(2)] == [7, 6]
    await subject.invalidate_all()
    assert [await subject(1), await subject(2)] == [8, 9]


async def test_a_wipe_reaches_every_function_of_the_constructor(awaited: bool) -> None:
    one = Subject(awaited=awaited)

    @cache_result(RowKey)
    def other(row: int, page: int) -> object:
        return object

    await one(1)
    await one(2)
    other(1, 1)
    if awaited:
        await RowKey.awipe(row=1)
    else:
        await in_thread(RowKey.wipe, row=1)
    assert [await one(1), await one(2)] == [3, 2]
    assert other.get_with_metadata(1, 1)[1]["cache_status"] == "MISS"
    await in_thread(RowKey.wipe)
    assert await one(2) == 4


async def test_tags(awaited: bool) -> None:
    subject = Subject(awaited=awaited, tags=lambda row, page=1: ["rows", f"row-{row}"])
    assert [await subject(1), await subject(2)] == [1, 2]
    await in_thread(invalidate_tags, "row-1")
    assert [await subject(1), await subject(2)] == [3, 2]
    await in_thread(invalidate_tags, "other", "rows")
    assert [await subject(1), await subject(2)] == [4, 5]
    await subject.delete_cache(2)
    assert await subject(2) == 6


async def test_every_status_is_real(awaited: bool, clock: Clock) -> None:
    subject = Subject(awaited=awaited, ttl=60, stale_ttl=30)
    assert [await subject.status(1), await subject.status(1)] == ["MISS", "HIT"]
    clock.offset = 61
    assert await subject.status(1) == "STALE"
    await settled()
    assert subject.calls == 2  # exactly one refresh
    assert await subject.status(1) == "HIT"
    assert (await subject.refresh_with_metadata(1))[1]["cache_status"] == "REFRESH"
    value, metadata = await subject.bypass_with_metadata(1)
    assert (value, metadata["cache_status"], metadata["cached_at"]) == (4, "BYPASS", None)
    assert await subject(1) == 3
    assert await subject.refresh(1) == 5
    assert await subject.bypass_cache(1) == 6
    clock.offset = 200
    assert await subject.status(1) == "MISS"


async def test_metadata(awaited: bool) -> None:
    subject = Subject(awaited=awaited, ttl=60)
    before = datetime.now(UTC)
    for _ in range(2):
        _, metadata = await subject.get_with_metadata(1)
        assert before <= metadata["cached_at"] <= datetime.now(UTC)
        assert (metadata["expires_at"] - metadata["cached_at"]).total_seconds() == 60
        assert metadata["key"] == subject.wrapper.cache_key(1)


async def test_stale_if_error(awaited: bool, clock: Clock) -> None:
    subject = Subject(awaited=awaited, ttl=60, stale_if_error=600)
    await subject(1)
    subject.error = LookupError("gone")
    clock.offset = 61
    assert [await subject.status(1), await subject(1)] == ["STALE", 1]
    clock.offset = 700
    with pytest.raises(LookupError):
        await subject(1)
    subject.error = None
    assert await subject.status(1) == "MISS"


async def test_a_stale_answer_does_not_survive_an_invalidation(awaited: bool, clock: Clock) -> None:
    subject = Subject(awaited=awaited, ttl=60, stale_ttl=600, stale_if_error=600)
    await subject(1)
    clock.offset = 61
    await subject.delete_by_prefix(row=1)
    assert await subject.status(1) == "MISS"


async def test_none_and_falsy_results_are_cached(awaited: bool) -> None:
    subject = Subject(awaited=awaited)
    for result in (0, "", [], {}, False):
        subject.result = result
        await subject.invalidate_all()
        assert [await subject.status(1), await subject.status(1)] == ["MISS", "HIT"]

    @cache_result
    def nothing(row: int) -> None:
        return None

    assert [nothing.get_with_metadata(1)[1]["cache_status"] for _ in "ab"] == ["MISS", "HIT"]


async def test_exceptions_are_not_cached(awaited: bool) -> None:
    subject = Subject(awaited=awaited)
    subject.error = LookupError("first")
    with pytest.raises(LookupError, match="first"):
        await subject(1)
    subject.error = None
    assert await subject(1) == 2


def generate() -> Any:
    yield 1


@pytest.mark.parametrize(
    "make",
    [
        generate,
        lambda: iter([1]),
        lambda: StreamingHttpResponse([b"x"]),
        lambda: SimpleTemplateResponse("never.html"),
    ],
)
def test_what_is_used_up_by_reading_is_never_stored(make: Any) -> None:
    @cache_result(ttl=60)
    def produce() -> Any:
        return make()

    assert produce.get_with_metadata()[1]["cached_at"] is None
    assert produce.get_with_metadata()[1]["cache_status"] == "MISS"


def test_a_coroutine_that_a_sync_function_returns_is_handed_on() -> None:
    async def later() -> int:
        return 3

    @cache_result
    def produce() -> Any:
        return later()

    for _ in range(2):
        result = produce()
        assert inspect.iscoroutine(result)
        assert asyncio.run(result) == 3


@dataclass
class Point:
    x: int


class Pair(NamedTuple):
    left: int
    right: int


@pytest.mark.parametrize(
    "value",
    [Point(3), Pair(1, 2), {1: (2, {3})}, datetime(2026, 1, 1, tzinfo=UTC), b"\0", HttpResponse],
)
def test_types_survive(value: Any) -> None:
    @cache_result(InlineKeyConstructor({}, namespace="types"))
    def produce() -> Any:
        return value

    assert produce() == produce() == value
    assert type(produce()) is type(value)
    produce.invalidate_all()


async def test_what_a_caller_changes_nobody_else_sees(awaited: bool) -> None:
    subject = Subject(awaited=awaited)
    subject.result = [1]
    for _ in range(3):
        found = await subject(1)
        assert found == [1]
        if found is not subject.result:
            found.append(2)


async def test_an_unserialisable_result_is_returned_and_not_stored(
    awaited: bool, caplog: pytest.LogCaptureFixture
) -> None:
    subject = Subject(awaited=awaited)
    subject.result = lambda: 1
    assert await subject(1) is subject.result
    assert await subject.status(1) == "MISS"
    assert "is not stored" in caplog.text


async def test_predicates_and_computed_ttl(awaited: bool) -> None:
    def subject(name: str, **options: Any) -> Subject:
        constructor = InlineKeyConstructor({"row": ArgsKeyField("row")}, key_identifier=name)
        return Subject(awaited=awaited, constructor=constructor, **options)

    odd = subject("odd", cache_if=lambda result: result % 2)
    assert [await odd(1), await odd(1), await odd(2), await odd(2)] == [1, 1, 2, 3]
    even = subject("even", cache_unless=lambda result: result % 2)
    assert [await even(1), await even(1), await even(1)] == [1, 2, 2]
    short = subject("short", ttl=lambda result: 0 if result == 1 else 60)
    assert [await short(1), await short(1), await short(1)] == [1, 2, 2]


def test_jitter_only_shortens() -> None:
    @cache_result(ttl=100, jitter=0.5)
    def produce(number: int) -> int:
        return number

    lives = set()
    for number in range(50):
        metadata = produce.get_with_metadata(number)[1]
        lives.add((metadata["expires_at"] - metadata["cached_at"]).total_seconds())
    assert len(lives) > 10
    assert min(lives) >= 50
    assert max(lives) <= 100


async def test_ttl_none_never_expires(awaited: bool, clock: Clock) -> None:
    subject = Subject(awaited=awaited, ttl=None)
    assert (await subject.get_with_metadata(1))[1]["expires_at"] is None
    clock.offset = 1e9
    assert await subject.status(1) == "HIT"


def test_a_function_that_calls_itself_with_the_same_key_does_not_wait() -> None:
    depth = []

    @cache_result
    def recurse(key: int) -> int:
        depth.append(key)
        return 1 if len(depth) > 2 else recurse(key) + 1

    assert recurse(1) == 3
    assert recurse(1) == 3
    assert len(depth) == 3
