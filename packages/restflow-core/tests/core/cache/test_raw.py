"""The raw level promises the same on every backend and in every colour."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import monotonic, time
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.core.cache import CacheUnavailable, RawCache, Script, raw_cache
from restflow.core.steps import Steps, arun, run
from restflow_testing.counts import cases
from restflow_testing.services import RedisServer

# django-redis 7 warns about its own call each time.
pytestmark = pytest.mark.filterwarnings("ignore:.* on sharded client:UserWarning")


def unsafe_key(key: str, prefix: str, version: int) -> str:
    with pytest.raises(RuntimeError, match="no running event loop"):
        asyncio.get_running_loop()
    return f"{prefix}-{version}-{key}"


class OwnMemory(LocMemCache):
    """A class of the project's own: nothing is known about it."""


class MemcachedClient:
    """The part of a Memcached client that Django calls: whole seconds, and integers that count."""

    store: dict[str, tuple[Any, float]] = {}
    lock = threading.Lock()

    def __init__(self, servers: Any, **options: Any) -> None:
        pass

    def _live(self, key: str) -> Any:
        value, end = self.store.get(key, (None, 0.0))
        return value if end == 0 or int(end) > int(time()) else None

    def set(self, key: str, value: Any, timeout: int) -> bool:
        assert type(timeout) is int
        if timeout < 0:
            self.store.pop(key, None)
        else:
            self.store[key] = (value, time() + timeout if timeout else 0.0)
        return True

    def add(self, key: str, value: Any, timeout: int) -> bool:
        with self.lock:
            return self._live(key) is None and self.set(key, value, timeout)

    def get(self, key: str, default: Any = None) -> Any:
        value = self._live(key)
        return default if value is None else value

    def get_multi(self, keys: Any) -> dict[str, Any]:
        return {key: value for key in keys if (value := self._live(key)) is not None}

    def delete(self, key: str) -> bool:
        return self.store.pop(key, None) is not None

    def delete_multi(self, keys: Any) -> None:
        for key in keys:
            self.delete(key)

    def incr(self, key: str, delta: int) -> int:
        with self.lock:
            value = self._live(key)
            if value is None:
                raise KeyError(key)
            assert type(value) is int
            self.store[key] = (value + delta, self.store[key][1])
            return value + delta

    def flush_all(self) -> None:
        self.store.clear()

    def disconnect_all(self) -> None:
        pass


class Memcached(BaseMemcachedCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params, SimpleNamespace(Client=MemcachedClient), KeyError)


#: Each thread needs a database connection of its own.
in_threads = pytest.mark.django_db(transaction=True)
SHARDS = {"OPTIONS": {"CLIENT_CLASS": "django_redis.client.ShardClient"}}
#: Backends, with what ``use`` gets; "{redis}" is the URL of the server.
BACKENDS: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "locmem": ("locmem", "raw", {}),
    "locmem, keys in a thread": ("locmem", "raw", {"KEY_FUNCTION": unsafe_key}),
    "locmem subclass": (f"{__name__}.OwnMemory", "raw", {}),
    "django redis": ("django", "{redis}", {}),
    "django-redis": ("django-redis", "{redis}", {}),
    "django-redis, keys in a thread": (
        "django-redis",
        "{redis}",
        {"KEY_FUNCTION": unsafe_key},
    ),
    "django-redis, shards": ("django-redis", ["{redis}", "{redis}?db=1"], SHARDS),
    "memcached": (f"{__name__}.Memcached", "here", {}),
    "files": ("files", "{folder}", {}),
    "database": ("database", "cache_entries", {}),
}
COLOURS = ["sync", "async", "step in a thread", "step on a loop"]


class Coloured:
    """A raw cache whose operations are called in one of the four ways there are."""

    def __init__(self, colour: str, runner: asyncio.Runner) -> None:
        self.colour = colour
        self.runner = runner

    @property
    def cache(self) -> RawCache:
        return raw_cache()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        cache = self.cache

        def step(*args: Any, **kwargs: Any) -> Steps[Any]:
            return (yield cache.step(getattr(cache, name), *args, **kwargs))

        async def on_loop(*args: Any, **kwargs: Any) -> Any:
            if self.colour == "async":
                return await getattr(cache, f"a{name}")(*args, **kwargs)
            return await arun(step(*args, **kwargs))

        if self.colour == "sync":
            return getattr(cache, name)  # type: ignore[no-any-return]
        if self.colour == "step in a thread":
            return lambda *args, **kwargs: run(step(*args, **kwargs))
        return lambda *args, **kwargs: self.runner.run(on_loop(*args, **kwargs))


@pytest.fixture
def set_up(
    request: pytest.FixtureRequest, use: Any, redis: RedisServer, folder: str
) -> Callable[[str], str]:
    return partial(_set_up, request, use, redis, folder)


def _set_up(request: Any, use: Any, redis: RedisServer, folder: str, name: str) -> str:
    kind, location, more = BACKENDS[name]

    def place(text: str) -> str:
        return text.replace("{redis}", redis.url).replace("{folder}", folder)

    location = [place(part) for part in location] if isinstance(location, list) else place(location)
    use(kind, location, **more)
    if kind == "database":
        if request.node.get_closest_marker("django_db") is None:
            request.getfixturevalue("adb")
        call_command("createcachetable", verbosity=0)
    return name


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, set_up: Callable[[str], str]) -> str:
    return set_up(request.param)


#: Every backend in both colours; steps, which call the same methods, on one of each kind.
PAIRS = [
    (name, colour)
    for name in BACKENDS
    for colour in COLOURS
    if colour in ("sync", "async") or name in ("locmem", "django-redis", "files")
]


@pytest.fixture(params=PAIRS, ids=" / ".join)
def cache(
    request: pytest.FixtureRequest, set_up: Callable[[str], str], runner: asyncio.Runner
) -> Any:
    name, colour = request.param
    set_up(name)
    return Coloured(colour, runner)


HOUR = 3_600_000


def test_get_and_set(cache: Any) -> None:
    assert cache.get("a") is None
    cache.set("a", b"\x00\xff bytes", HOUR)
    assert cache.get("a") == b"\x00\xff bytes"
    cache.set("a", b"")
    assert cache.get("a") == b""


def test_get_many_keeps_order_gaps_and_repetitions(cache: Any) -> None:
    cache.set_many({"a": b"1", "b": b"2"}, HOUR)
    assert cache.get_many(["b", "x", "a", "b"]) == [b"2", None, b"1", b"2"]
    assert cache.get_many([]) == []
    assert cache.get_many(key for key in ("a",)) == [b"1"]


def test_set_many_of_nothing(cache: Any) -> None:
    cache.set_many({})


def test_add_stores_once(cache: Any) -> None:
    assert cache.add("a", b"first", HOUR) is True
    assert cache.add("a", b"second", HOUR) is False
    assert cache.get("a") == b"first"
    assert cache.delete("a") == 1
    assert cache.add("a", b"third") is True


def test_delete_counts_what_was_there(cache: Any) -> None:
    cache.set_many({"a": b"1", "b": b"2"})
    assert cache.delete("a", "x", "b") == 2
    assert cache.get_many(["a", "b"]) == [None, None]
    assert cache.delete("a") == 0
    assert cache.delete() == 0


def test_a_time_to_live_of_nothing_is_gone_at_once(cache: Any) -> None:
    cache.set("a", b"1")
    cache.set("a", b"2", 0)
    assert cache.get("a") is None
    assert cache.add("a", b"3", -5) is True
    assert cache.get("a") is None
    cache.set("a", b"4")
    assert cache.add("a", b"5", 0) is False
    assert cache.replace("a", b"4", b"6", 0) is True
    assert cache.get("a") is None


def _until_gone(key: str) -> float:
    """Wait until *key* has ended and return the seconds that took."""
    start = monotonic()
    while raw_cache().get(key) is not None:
        assert monotonic() < start + 5, "it never ends"
        threading.Event().wait(0.005)
    return monotonic() - start


def test_entries_end_to_the_millisecond(backend: str) -> None:
    cache = raw_cache()

    def spent() -> float:
        cache.set_many({"a": b"1", "b": b"1"}, 20)
        cache.set("long", b"1", HOUR)
        return max(_until_gone("a"), _until_gone("b"))

    # Backends that count whole seconds take at least one, every time.
    assert min(spent() for _ in range(5)) < 0.9
    assert cache.get_many(["a", "b", "long"]) == [None, None, b"1"]
    assert cache.replace("a", b"1", b"2") is False
    assert cache.discard("a", b"1") is False
    assert cache.delete("a") == 0
    assert cache.add("a", b"2", HOUR) is True
    assert cache.get("a") == b"2"


def test_a_counter_counts(cache: Any) -> None:
    assert cache.incr("n", ttl_ms=HOUR) == 1
    assert cache.incr("n", 2) == 3
    assert cache.get("n") == b"3"
    assert cache.delete("n") == 1
    assert cache.incr("n", 5) == 5


def test_a_counter_keeps_its_end(backend: str) -> None:
    cache = raw_cache()
    cache.incr("n", ttl_ms=300)
    assert cache.incr("n", ttl_ms=HOUR) == 2
    _until_gone("n")
    assert cache.incr("n") == 1  # without an end
    assert cache.incr("n", ttl_ms=1) == 2
    threading.Event().wait(0.01)
    assert cache.get("n") == b"2"


def test_a_counter_only_goes_up(cache: Any) -> None:
    with pytest.raises(ValueError, match="1 or more, not 0"):
        cache.incr("n", 0)
    assert cache.get("n") is None


def test_replace_and_discard_need_the_right_value(cache: Any) -> None:
    assert cache.replace("lease", b"me", b"me", HOUR) is False
    cache.set("lease", b"me", HOUR)
    assert cache.replace("lease", b"you", b"you", HOUR) is False
    assert cache.replace("lease", b"me", b"us", HOUR) is True
    assert cache.get("lease") == b"us"
    assert cache.discard("lease", b"me") is False
    assert cache.discard("lease", b"us") is True
    assert cache.get("lease") is None


def test_replace_gives_a_new_end(backend: str) -> None:
    cache = raw_cache()
    cache.set_many({"longer": b"1", "endless": b"1"}, 400)
    assert cache.replace("longer", b"1", b"2", HOUR) is True
    assert cache.replace("endless", b"1", b"2") is True
    cache.set("probe", b"1", 400)
    _until_gone("probe")
    assert cache.get_many(["longer", "endless"]) == [b"2", b"2"]
    assert cache.replace("longer", b"2", b"3", 20) is True
    _until_gone("longer")


def swap(store: Any, keys: Any, args: Any) -> Any:
    before = store.get_many(keys)
    store.set(keys[0], args[0])
    return [*before, store.incr(keys[1], 2)]


SWAP = Script(
    """
    local before = redis.call('MGET', unpack(KEYS))
    redis.call('SET', KEYS[1], ARGV[1])
    before[#before + 1] = redis.call('INCRBY', KEYS[2], 2)
    return before
    """,
    swap,
)


def test_a_script_means_the_same_everywhere(cache: Any) -> None:
    cache.set("a", b"old")
    cache.incr("n", 5)
    assert cache.eval(SWAP, ["a", "n"], [b"new"]) == [b"old", b"5", 7]
    assert cache.eval(SWAP, ["a", "n"], [b"newer"]) == [b"new", b"7", 9]
    assert cache.get_many(["a", "n"]) == [b"newer", b"9"]


def test_versions_are_separate_and_the_default_is_the_aliases(backend: str) -> None:
    raw_cache().set("a", b"default")
    raw_cache(version=1).set("a", b"one")
    raw_cache(version=2).set("a", b"two")
    assert raw_cache(version=2).get("a") == b"two"
    assert raw_cache().get("a") == raw_cache(version=1).get("a") == b"one"


@in_threads
def test_of_many_that_add_at_once_exactly_one_wins(backend: str) -> None:
    for turn in range(cases(40)):
        add = partial(raw_cache().add, f"a{turn}", b"me", HOUR)
        assert _race(8, add).count(True) == 1


@in_threads
def test_of_many_that_add_what_has_just_ended_exactly_one_wins(backend: str) -> None:
    for turn in range(cases(20)):
        raw_cache().set(f"a{turn}", b"gone", 1)
        _until_gone(f"a{turn}")
        add = partial(raw_cache().add, f"a{turn}", b"me", HOUR)
        assert _race(8, add).count(True) == 1


@in_threads
def test_counters_lose_nothing_and_tell_everybody_apart(backend: str) -> None:
    sums = _race(8, lambda: [raw_cache().incr("n", ttl_ms=HOUR) for _ in range(5)])
    assert sorted(value for part in sums for value in part) == list(range(1, 41))


@in_threads
def test_of_many_that_replace_at_once_exactly_one_wins(backend: str) -> None:
    raw_cache().set("a", b"start")
    results = _race(8, lambda: raw_cache().replace("a", b"start", b"taken", HOUR))
    assert results.count(True) == 1


@in_threads
def test_scripts_are_atomic(backend: str) -> None:
    raw_cache().set("n", b"0")

    def add_one(store: Any, keys: Any, args: Any) -> int:
        value = int(store.get(keys[0])) + 1
        threading.Event().wait(0.001)  # give others the chance to come in between
        store.set(keys[0], b"%d" % value)
        return value

    lua = "local n = redis.call('GET', KEYS[1]) + 1 redis.call('SET', KEYS[1], n) return n"
    script = Script(lua, add_one)
    results = _race(6, lambda: [raw_cache().eval(script, ["n"]) for _ in range(4)])
    assert sorted(value for part in results for value in part) == list(range(1, 25))


def _race(count: int, work: Callable[[], Any]) -> list[Any]:
    """Run *work* in that many threads at once."""
    ready = threading.Barrier(count)

    def one() -> Any:
        ready.wait()
        try:
            return work()
        finally:
            connections.close_all()

    often = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that threads meet in the middle of an operation
    try:
        with ThreadPoolExecutor(count) as pool:
            return [future.result() for future in [pool.submit(one) for _ in range(count)]]
    finally:
        sys.setswitchinterval(often)


def test_hops(backend: str, runner: asyncio.Runner, hops: list[Any]) -> None:
    async def everything() -> None:
        cache = raw_cache()
        await cache.aset("a", b"1", HOUR)
        await cache.aget_many(["a", "b"])
        await cache.aincr("n")
        await cache.aeval(SWAP, ["a", "n"], [b"2"])

    runner.run(everything())
    hop_free = backend in ("locmem", "django redis", "django-redis")
    assert raw_cache().hop_free is hop_free
    assert raw_cache().inline is (backend == "locmem")
    assert len(hops) == (0 if hop_free else 4)


def test_steps_of_one_decision_share_a_hop(
    backend: str, runner: asyncio.Runner, hops: list[Any]
) -> None:
    cache = raw_cache()

    def decision() -> Steps[Any]:
        yield cache.step(cache.set, "a", b"1")
        return (yield cache.step(cache.get_many, ["a", "b"]))

    assert runner.run(arun(decision())) == [b"1", None]
    assert len(hops) == (0 if cache.hop_free else 1)


def test_what_others_stored_there_is_an_outage_not_a_value(backend: str) -> None:
    if backend in ("django redis", "django-redis", "django-redis, keys in a thread"):
        return  # there every value is bytes: nothing is decoded
    caches["default"].set("a", {"not": "ours"})
    with pytest.raises(CacheUnavailable, match="a dict where only our own bytes belong"):
        raw_cache().get("a")


@given(
    values=st.dictionaries(st.text(min_size=1, max_size=20), st.binary(max_size=200), max_size=4)
)
@settings(max_examples=cases(100))
def test_any_text_is_a_key_and_any_bytes_a_value_on_redis(
    values: dict[str, bytes], redis: Any
) -> None:
    for kind in ("django.core.cache.backends.redis.RedisCache", "django_redis.cache.RedisCache"):
        with override_settings(CACHES={"default": {"BACKEND": kind, "LOCATION": redis.url}}):
            raw_cache().set_many(values, HOUR)
            assert raw_cache().get_many(values) == list(values.values())


def test_the_dummy_keeps_nothing(use: Any, runner: asyncio.Runner, hops: list[Any]) -> None:
    use("dummy")
    cache = raw_cache()
    cache.set_many({"a": b"1"})
    cache.set("a", b"1")
    assert cache.get("a") is None
    assert cache.add("a", b"1") is True
    assert cache.incr("n", 3) == 3
    assert cache.delete("a") == 0
    assert cache.replace("a", b"1", b"2") is cache.discard("a", b"1") is False
    assert runner.run(cache.aget_many(["a", "b"])) == [None, None]
    assert cache.eval(SWAP, ["a", "n"], [b"2"]) == [None, None, 2]
    assert not hops


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    yield
    caches["default"].clear()
