"""A cache that is down, slow or full of garbage never fails a call, and invalidations are kept."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest
from django.core.cache import cache
from django.test import override_settings

from restflow.caching import ArgsKeyField, KeyConstructor, cache_result
from restflow.caching.entries import EntryFormat
from restflow.caching.stores import store_of
from restflow.core.cache import raw_cache
from restflow_testing.counts import full
from restflow_testing.services import RedisServer

from .conftest import DJANGO_REDIS, REDIS_CACHE, redis_caches
from .test_single_flight import eventually_sync

#: Seconds that Redis is away under load.
AWAY = 10 if full() else 1


class K(KeyConstructor):
    row = ArgsKeyField("row", partition=True)

    class Meta:
        namespace = "outages"


def status(wrapper: Any, *args: Any) -> str:
    return str(wrapper.get_with_metadata(*args)[1]["cache_status"])


def test_redis_goes_away_under_load_and_comes_back(
    own_redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    @cache_result(K)
    def rows(row: int) -> int:
        return row

    assert [status(rows, 1), status(rows, 1)] == ["MISS", "HIT"]
    seen: Counter[str] = Counter()
    errors: list[BaseException] = []
    stop = threading.Event()

    def load() -> None:
        while not stop.is_set():
            try:
                seen[status(rows, 1)] += 1
            except BaseException as error:
                errors.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    own_redis.stop()
    for thread in threads:
        thread.start()
    until = monotonic() + AWAY
    eventually_sync(lambda: monotonic() > until)
    assert set(seen) == {"BYPASS"}
    own_redis.start()
    eventually_sync(lambda: seen["HIT"])
    stop.set()
    for thread in threads:
        thread.join()
    assert errors == []
    assert set(seen) <= {"BYPASS", "MISS", "HIT"}
    messages = [record.message for record in caplog.records if "Cache 'default'" in record.message]
    assert len(messages) == 2, messages  # one for each change of state, whatever the load


async def test_coroutines_go_past_a_redis_that_is_down(own_redis: RedisServer) -> None:
    @cache_result(K)
    async def rows(row: int) -> int:
        return row

    assert await rows(1) == 1
    own_redis.stop()
    found = await asyncio.gather(*[rows.aget_with_metadata(1) for _ in range(100)])
    assert {metadata["cache_status"] for _, metadata in found} == {"BYPASS"}
    own_redis.start()

    async def hit() -> None:
        until = monotonic() + 30
        while (await rows.aget_with_metadata(1))[1]["cache_status"] != "HIT":
            assert monotonic() < until
            await asyncio.sleep(0.01)

    await hit()


@contextmanager
def black_hole() -> Iterator[tuple[str, list[Any]]]:
    """A server that accepts connections and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    accepted: list[Any] = []

    def accept() -> None:
        while True:
            try:
                accepted.append(listener.accept()[0])
            except OSError:
                return

    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0", accepted
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in accepted:
            connection.close()


QUICK = {"CACHING": {"DEADLINE": 0.1, "RETRY_AFTER": 30}}


async def test_a_cache_that_hangs_costs_one_deadline() -> None:
    @cache_result(K)
    async def rows(row: int) -> int:
        return row

    with black_hole() as (url, accepted):
        options = {"OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2}}
        caches = redis_caches(url, REDIS_CACHE, **options)
        with override_settings(CACHES=caches, RESTFLOW_SETTINGS=QUICK):
            assert await rows(1) == 1
            connections = len(accepted)
            assert store_of("default").breaker.open
            for _ in range(20):
                assert await rows(1) == 1
            assert len(accepted) == connections  # nobody asked again


@pytest.mark.load
@pytest.mark.parametrize("backend", [DJANGO_REDIS, REDIS_CACHE])
@pytest.mark.parametrize("patience", [None, 60])
def test_a_cache_that_hangs_costs_a_thread_one_deadline(backend: str, patience: Any) -> None:
    @cache_result(K)
    def rows(row: int) -> int:
        return row

    with black_hole() as (url, accepted):
        name = "SOCKET_TIMEOUT" if backend == DJANGO_REDIS else "socket_timeout"
        options = {"OPTIONS": {} if patience is None else {name: patience}}
        caches = redis_caches(url, backend, **options)
        with override_settings(CACHES=caches, RESTFLOW_SETTINGS=QUICK):
            started = monotonic()
            assert status(rows, 1) == "BYPASS"
            assert monotonic() - started < 4  # redis-py waits five seconds, four times over
            connections = len(accepted)
            assert {status(rows, 1) for _ in range(20)} == {"BYPASS"}
            assert len(accepted) == connections


def test_an_invalidation_is_not_lost(own_redis: RedisServer) -> None:
    """The value survives in Redis, and nothing older than the invalidation is ever served."""
    value = 1

    @cache_result(K)
    def rows(row: int) -> int:
        return value

    store = store_of("default")
    assert rows(1) == 1
    kept = {key: raw_cache().get(key) for key in (rows.cache_key(1), *rows.explain(1)["tokens"])}
    own_redis.stop()
    value = 2
    rows.delete_by_prefix(row=1)
    assert store.pending
    assert rows(1) == 2
    own_redis.start()  # empty: fill it with what it held, as one that was only unreachable would
    eventually_sync(lambda: not store.pending)
    wiped = f"@{rows.explain(1)['prefix']}::1"
    raw_cache().set_many({key: data for key, data in kept.items() if data and key != wiped})
    assert rows(1) == 2


def test_exact_deletions_are_not_lost_either(own_redis: RedisServer) -> None:
    @cache_result(K)
    def rows(row: int) -> int:
        return row

    store = store_of("default")
    own_redis.stop()
    rows.delete_cache(1)
    rows.invalidate_all()
    prefix = rows.explain(1)["prefix"]
    assert store.pending == {f"@={prefix}::1", f"@{prefix}"}
    own_redis.start()
    eventually_sync(lambda: not store.pending)
    assert raw_cache().get(f"@{prefix}") is not None


@pytest.fixture(params=["locmem", "redis"])
def backend(request: pytest.FixtureRequest) -> str:
    if request.param == "redis":
        request.getfixturevalue("own_redis")
    return str(request.param)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: b"garbage",
        lambda data: data[:-1],
        lambda data: data[:30],
        lambda data: data[:-20] + b"x" * 20,
        lambda data: data.replace(b"\xf7r1", b"\xf7r0"),
    ],
)
def test_a_damaged_entry_is_a_miss(backend: str, damage: Any) -> None:
    @cache_result(K)
    def rows(row: int) -> list[str]:
        return ["text"]

    assert status(rows, 1) == "MISS"
    key = rows.cache_key(1)
    data = raw_cache().get(key)
    assert data is not None
    raw_cache().set(key, damage(data))
    assert status(rows, 1) == "MISS"
    assert status(rows, 1) == "HIT"


def test_foreign_values_are_a_miss_and_do_not_stay_one(backend: str) -> None:
    @cache_result(K)
    def rows(row: int) -> int:
        return row

    rows(1)
    for key in (rows.cache_key(1), *rows.explain(1)["tokens"]):
        cache.set(key, {"somebody": "else's"})
        assert {status(rows, 1), status(rows, 1)} >= {"HIT"}, key
        assert status(rows, 1) == "HIT"
    assert not store_of("default").breaker.open


class Exploding:
    """Code that would run if it were ever unpickled."""

    def __reduce__(self) -> Any:
        return pytest.fail, ("a poisoned entry was executed",)


def test_a_poisoned_store_executes_nothing(own_redis: RedisServer) -> None:
    import pickle

    @cache_result(K)
    def rows(row: int) -> int:
        return row

    rows(1)
    rows(2)
    key, other = rows.cache_key(1), rows.cache_key(2)
    data, moved = raw_cache().get(key), raw_cache().get(other)
    assert data is not None
    assert moved is not None
    poison = b"\0" + pickle.dumps(Exploding())
    for entry in (poison, data[:-40] + poison, data[: data.index(b"\x80")] + poison + data[-16:]):
        raw_cache().set(key, entry)
        assert status(rows, 1) == "MISS"
    raw_cache().set(key, moved)  # signed, but for another key
    assert status(rows, 1) == "MISS"
    for name in rows.explain(1)["tokens"]:
        raw_cache().set(name, poison)
    assert rows(1) == 1


def test_keys_are_rotated_as_sessions_are(own_redis: RedisServer) -> None:
    @cache_result(K)
    def rows(row: int) -> int:
        return row

    with override_settings(SECRET_KEY="one" * 20):
        rows(1)
    with override_settings(SECRET_KEY="two" * 20, SECRET_KEY_FALLBACKS=["one" * 20]):
        assert status(rows, 1) == "HIT"
    with override_settings(SECRET_KEY="two" * 20):
        assert status(rows, 1) == "MISS"


def test_prefix_wipes_cost_at_most_two_commands(own_redis: RedisServer) -> None:
    import redis

    @cache_result(K)
    def rows(row: int) -> int:
        return row

    client = redis.Redis.from_url(own_redis.url)
    many = 1_000_000 if full() else 20_000
    fill = "for i = 1, 20000 do redis.call('SET', 'other:' .. ARGV[1] .. i, '1') end"
    for batch in range(many // 20_000):
        client.eval(fill, 0, f"{batch}:")
    rows(1)
    client.config_resetstat()
    rows.delete_by_prefix(row=1)
    rows.delete_cache(1)
    rows.invalidate_all()
    K.wipe(row=1)
    spent = {
        name: facts["calls"]
        for name, facts in client.info("commandstats").items()
        if name not in ("cmdstat_config|resetstat", "cmdstat_info", "cmdstat_ping")
    }
    assert sum(spent.values()) == 4, spent
    client.config_resetstat()
    rows(2)
    rows(2)
    assert (
        client.info("commandstats")["cmdstat_mget"]["calls"] == 2
    )  # one per read, tokens included
    client.close()


async def test_a_store_that_fails_while_the_result_is_stored(own_redis: RedisServer) -> None:
    @cache_result(K)
    async def rows(row: int) -> int:
        own_redis.stop()
        return row

    assert (await rows.aget_with_metadata(1))[0] == 1
    assert (await rows.aget_with_metadata(1))[1]["cache_status"] == "BYPASS"


def test_the_format_refuses_other_tokens() -> None:
    from restflow.caching.entries import Entry, PickleCodec

    fmt = EntryFormat(PickleCodec(), signed=True, compress_above=50, max_size=None)
    tokens = [b"a" * 16, b"b" * 16]
    for value in (1, "x" * 500):
        data = fmt.write("k", Entry(value, 1.0, 2.0), tokens)
        read = fmt.read("k", data, tokens)
        assert read is not None
        assert read.value == value
        assert fmt.read("k", data, tokens[::-1]) is None
        assert fmt.read("k", data, tokens[:1]) is None
        assert fmt.read("other", data, tokens) is None
