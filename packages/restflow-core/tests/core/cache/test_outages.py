"""What users of a cache see while it is down: what they asked for, and nothing else."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from pickle import PicklingError
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.core.management import call_command
from django.db import OperationalError, connection
from redis.exceptions import ConnectionError as RedisConnectionError

from restflow.core.cache import CacheUnavailable, Script, compatible_cache, raw_cache
from restflow_testing.services import RedisServer

IGNORING = {"OPTIONS": {"IGNORE_EXCEPTIONS": True, "SOCKET_CONNECT_TIMEOUT": 1}}
#: Every operation of each level, with arguments.
COMPATIBLE: dict[str, tuple[Any, ...]] = {
    "get": ("a", "default"),
    "get_many": (["a", "b"],),
    "has_key": ("a",),
    "set": ("a", 1),
    "set_many": ({"a": 1},),
    "add": ("a", 1),
    "touch": ("a",),
    "incr": ("a",),
    "delete": ("a",),
    "delete_many": (["a", "b"],),
}
RAW: dict[str, tuple[Any, ...]] = {
    "get": ("a",),
    "get_many": (["a", "b"],),
    "set": ("a", b"1"),
    "set_many": ({"a": b"1"},),
    "add": ("a", b"1"),
    "delete": ("a",),
    "incr": ("a",),
    "replace": ("a", b"1", b"2"),
    "discard": ("a", b"1"),
    "eval": (Script("return 1", lambda cache, keys, args: cache.get("a")), ["a"]),
}


def outcomes(
    cache: Any, operation: str, args: tuple[Any, ...], runner: asyncio.Runner
) -> list[Any]:
    """What both colours give: a value, or the class of what was raised."""
    found = []
    for call in (
        lambda: getattr(cache, operation)(*args),
        lambda: runner.run(getattr(cache, f"a{operation}")(*args)),
    ):
        try:
            found.append(call())
        except Exception as error:
            found.append(type(error))
    return found


@pytest.fixture(params=["django", "django-redis"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_compatible_raises_what_the_backend_raises(
    use: Any, kind: str, redis_server: RedisServer, runner: asyncio.Runner
) -> None:
    use(kind, redis_server.url)
    redis_server.stop()
    for operation, args in COMPATIBLE.items():
        found = outcomes(compatible_cache(), operation, args, runner)
        assert found == [RedisConnectionError] * 2, operation


@pytest.mark.filterwarnings("ignore:.* on sharded client:UserWarning")
@pytest.mark.parametrize("shards", [False, True])
def test_ignoring_django_redis_answers_as_if_it_were_empty(
    use: Any, shards: bool, redis_server: RedisServer, runner: asyncio.Runner
) -> None:
    more = {"CLIENT_CLASS": "django_redis.client.ShardClient"} if shards else {}
    use("django-redis", redis_server.url, OPTIONS={**IGNORING["OPTIONS"], **more})
    redis_server.stop()
    empty = {"get": "default", "get_many": {}, "set": None, "set_many": [], "delete_many": None}
    empty |= {"incr": None, "add": False, "has_key": False, "delete": False, "touch": False}
    operations = (
        {"get": COMPATIBLE["get"]} if shards else COMPATIBLE
    )  # its others differ by release
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        for operation, args in operations.items():
            found = outcomes(compatible_cache(), operation, args, runner)
            assert found == [empty[operation]] * 2, operation


def test_what_is_ignored_is_logged_where_django_redis_was_told_to(
    use: Any,
    redis_server: RedisServer,
    runner: asyncio.Runner,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True
    settings.DJANGO_REDIS_LOGGER = "shop.cache"
    use("django-redis", redis_server.url, **IGNORING)
    redis_server.stop()
    caches["default"].get("a")
    compatible_cache().get("a")
    runner.run(compatible_cache().aget("a"))
    theirs, *ours = caplog.record_tuples
    assert theirs == ("shop.cache", logging.ERROR, "Exception ignored")
    assert ours == [theirs] * 2
    assert all(record.exc_info for record in caplog.records)


@pytest.mark.filterwarnings("ignore:.* on sharded client:UserWarning")
@pytest.mark.parametrize("client", ["DefaultClient", "ShardClient"])
def test_strict_and_raw_raise_even_under_ignore_exceptions(
    use: Any, client: str, redis_server: RedisServer, runner: asyncio.Runner
) -> None:
    path = f"django_redis.client.{client}"
    use("django-redis", redis_server.url, OPTIONS={**IGNORING["OPTIONS"], "CLIENT_CLASS": path})
    redis_server.stop()
    for cache, operations in ((compatible_cache(strict=True), COMPATIBLE), (raw_cache(), RAW)):
        for operation, args in operations.items():
            found = outcomes(cache, operation, args, runner)
            assert found == [CacheUnavailable] * 2, operation
    assert compatible_cache().get("a", "default") == "default"  # others keep what they configured


def test_strict_and_raw_recover_by_themselves(
    use: Any, kind: str, redis_server: RedisServer, runner: asyncio.Runner
) -> None:
    use(kind, redis_server.url)
    for _ in range(3):
        for operation, args in RAW.items():
            assert CacheUnavailable not in outcomes(raw_cache(), operation, args, runner)
        redis_server.stop()
        for operation, args in RAW.items():
            found = outcomes(raw_cache(), operation, args, runner)
            assert found == [CacheUnavailable] * 2, operation
        redis_server.start()


def test_the_error_names_the_alias_the_cause_and_the_remedy(
    use: Any, redis_server: RedisServer
) -> None:
    use("django", redis_server.url)
    redis_server.stop()
    with pytest.raises(CacheUnavailable) as caught:
        raw_cache().get("a")
    text = str(caught.value)
    assert text.startswith("The cache 'default' gave no usable answer (ConnectionError: ")
    assert text.endswith("Check the server that CACHES['default'] names, and what is stored there.")
    assert caught.value.alias == "default"
    assert isinstance(caught.value.__cause__, RedisConnectionError)


def test_a_bug_of_the_caller_is_no_outage(use: Any, kind: str, redis: RedisServer) -> None:
    use(kind, redis.url)
    cache = compatible_cache(strict=True)
    with pytest.raises(ValueError, match="not found"):
        cache.incr("none")
    with pytest.raises((TypeError, AttributeError, PicklingError)):  # it differs by version
        cache.set("a", lambda: None)


def test_a_full_redis_is_an_outage(
    use: Any, kind: str, redis_server: RedisServer, spy: Any, runner: asyncio.Runner
) -> None:
    use(kind, redis_server.url)
    spy.client.config_set("maxmemory", "1")
    found = outcomes(raw_cache(), "set", ("a", b"1"), runner)
    assert found == [CacheUnavailable] * 2


def test_values_of_another_type_are_an_outage_not_a_value(
    use: Any, kind: str, redis: RedisServer, runner: asyncio.Runner
) -> None:
    import redis as library

    use(kind, redis.url)
    with library.Redis.from_url(redis.url) as client:
        client.lpush(caches["default"].make_key("list"), "x")
    assert outcomes(raw_cache(), "get", ("list",), runner) == [CacheUnavailable] * 2


def test_a_database_without_the_table_is_an_outage(
    use: Any, adb: None, runner: asyncio.Runner
) -> None:
    use("database", "no_such_table")
    for operation, args in RAW.items():
        assert outcomes(raw_cache(), operation, args, runner) == [CacheUnavailable] * 2, operation


@pytest.mark.django_db
def test_a_database_that_drops_writes_without_a_word_is_noticed(use: Any) -> None:
    use("database", "cache_entries")
    call_command("createcachetable", verbosity=0)

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT"):
            raise OperationalError from sqlite3.OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        caches["default"].set("a", 1)  # says nothing
        with pytest.raises(CacheUnavailable, match=r"did not store \['a'\]"):
            raw_cache().set("a", b"1")


def test_a_damaged_file_is_an_outage(use: Any, folder: str) -> None:
    use("files", folder)
    raw_cache().set("a", b"1")
    [path] = Path(folder).glob("*.djcache")
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(CacheUnavailable):
        raw_cache().get("a")


def test_memcached_whose_clients_hide_outages_is_told_apart(use: Any, folder: str) -> None:
    use(f"{__name__}.Memcached", "127.0.0.1:1")
    assert raw_cache().reports_outages is False
    for kind in ("files", "locmem", "dummy"):
        use(kind, folder)
        assert raw_cache().reports_outages is True


class Memcached(BaseMemcachedCache):
    """Django's backend, short of a client library."""

    def close(self, **kwargs: Any) -> None:
        """There is nothing to close."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params, SimpleNamespace(Client=None), KeyError)
