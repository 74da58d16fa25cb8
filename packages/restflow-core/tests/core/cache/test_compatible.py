"""On the compatible level Django's own backend is the measure: what one writes the other reads."""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import warnings
from ast import literal_eval
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import CacheKeyWarning
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from redis.exceptions import ResponseError

from restflow.core.cache import compatible_cache
from restflow.core.steps import Steps, arun, run
from restflow_testing.counts import cases
from restflow_testing.services import RedisServer

JSON = {"SERIALIZER": "django_redis.serializers.json.JSONSerializer"}
PICKLE_2 = {"PICKLE_VERSION": 2}
COMPRESSORS = {
    name: {"COMPRESSOR": f"django_redis.compressors.{name}.{kind}Compressor"}
    for name, kind in (("zlib", "Zlib"), ("gzip", "Gzip"), ("lzma", "Lzma"))
}


class Reversing:
    """A serializer of the project's own for Django's backend."""

    def dumps(self, value: Any) -> bytes:
        return repr(value).encode()[::-1]

    def loads(self, data: bytes) -> Any:
        return literal_eval(data[::-1].decode())


BACKENDS: dict[str, tuple[str, dict[str, Any]]] = {
    "django": ("django", {}),
    "django, own serializer": ("django", {"OPTIONS": {"serializer": Reversing}}),
    "django, no default timeout": ("django", {"TIMEOUT": None, "VERSION": 7}),
    "django-redis": ("django-redis", {}),
    "django-redis, json": ("django-redis", {"OPTIONS": JSON}),
    "django-redis, old pickle": ("django-redis", {"OPTIONS": PICKLE_2, "TIMEOUT": 7}),
    **{
        f"django-redis, {name}": ("django-redis", {"OPTIONS": options})
        for name, options in COMPRESSORS.items()
    },
    "locmem": ("locmem", {}),
    "dummy": ("dummy", {}),
}
COLOURS = ["sync", "async", "step-thread", "step-loop"]

plain = st.none() | st.booleans() | st.integers() | st.text(max_size=30)
json_values = st.recursive(
    plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner)
)
python_values = json_values | st.one_of(
    st.binary(max_size=2000),
    st.floats(allow_nan=False),
    st.sets(st.integers()),
    st.builds(decimal.Decimal, st.integers()),
    st.uuids(),
    st.datetimes(),
    st.just(dt.timedelta(seconds=3)),
    st.tuples(st.integers(), st.text()),
)
keys = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), min_size=1)


def values_for(name: str) -> st.SearchStrategy[Any]:
    return json_values if "json" in name or "own" in name else python_values


class Coloured:
    """The compatible cache, called in one of the four ways there are."""

    def __init__(self, colour: str, runner: asyncio.Runner, alias: str = "default") -> None:
        self.colour = colour
        self.runner = runner
        self.alias = alias

    def __getattr__(self, name: str) -> Callable[..., Any]:
        cache = compatible_cache(self.alias)

        def step(*args: Any, **kwargs: Any) -> Steps[Any]:
            return (yield cache.step(getattr(cache, name), *args, **kwargs))

        async def on_loop(*args: Any, **kwargs: Any) -> Any:
            if self.colour == "async":
                return await getattr(cache, f"a{name}")(*args, **kwargs)
            return await arun(step(*args, **kwargs))

        if self.colour == "sync":
            return getattr(cache, name)  # type: ignore[no-any-return]
        if self.colour == "step-thread":
            return lambda *args, **kwargs: run(step(*args, **kwargs))
        return lambda *args, **kwargs: self.runner.run(on_loop(*args, **kwargs))


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest, use: Any, redis: RedisServer) -> str:
    kind, more = BACKENDS[request.param]
    use(kind, redis.url if "django" in kind else "", **more)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(params=COLOURS)
def ours(request: pytest.FixtureRequest, backend: str, runner: asyncio.Runner) -> Any:
    return Coloured(request.param, runner)


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    yield
    caches["default"].clear()


def test_what_one_writes_the_other_reads(ours: Any, backend: str) -> None:
    django: Any = caches["default"]

    @given(key=keys, value=values_for(backend), many=st.dictionaries(keys, values_for(backend)))
    @hypothesis_settings(max_examples=cases(60))
    def agree(key: str, value: Any, many: dict[str, Any]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CacheKeyWarning)  # keys beyond 250 characters
            django.clear()
            ours.set(key, value)
            assert same(ours.get(key, "?"), django.get(key, "?"))
            assert ours.has_key(key) == django.has_key(key)
            django.clear()
            django.set(key, value, 50)
            assert same(ours.get(key, "?"), django.get(key, "?"))
            django.clear()
            assert ours.set_many(many) == []
            assert ours.get_many([*many, key]) == dict(django.get_many([*many, key]))
            there = django.has_key(key)
            assert ours.delete(key) == there
            ours.delete_many(many)
            assert django.get_many(many) == {}

    agree()


def same(one: Any, other: Any) -> bool:
    return bool(one == other) and type(one) is type(other)


@pytest.mark.parametrize("backend", [name for name in BACKENDS if "django" in name], indirect=True)
def test_both_store_the_same_bytes_for_the_same_time(
    backend: str, runner: asyncio.Runner, redis: RedisServer
) -> None:
    import redis as library

    client = library.Redis.from_url(redis.url)
    django: Any = caches["default"]

    def alike() -> bool:
        a, b = django.make_key("a"), django.make_key("b")
        return client.get(a) == client.get(b) and abs(client.pttl(a) - client.pttl(b)) < 450

    @given(
        value=values_for(backend),
        timeout=st.sampled_from([None, 1, 60, 61.5, 3600]) | st.just(...),
        colour=st.sampled_from(COLOURS),
    )
    @hypothesis_settings(max_examples=cases(60))
    def agree(value: Any, timeout: Any, colour: str) -> None:
        ours = Coloured(colour, runner)
        args = [value] if timeout is ... else [value, timeout]
        for operation in ("set", "add"):
            client.delete(django.make_key("a"), django.make_key("b"))
            getattr(ours, operation)("a", *args)
            getattr(django, operation)("b", *args)
            assert alike()
        ours.set_many({"a": value}, *args[1:])
        django.set_many({"b": value}, *args[1:])
        assert alike()
        assert ours.touch("a", 100) == django.touch("b", 100)
        assert alike()
        assert ours.touch("a", *args[1:]) == django.touch("b", *args[1:])
        assert alike()

    agree()
    client.close()


class Differential(RuleBasedStateMachine):
    """The same calls, in any order, on Django's methods and on ours: the same answers.

    Each colour works on an alias of its own, set up like the one that Django's methods work on.
    """

    django: Any
    ours: list[Any]

    few_keys = st.sampled_from(["a", "b", "c"])
    timeouts = st.sampled_from([None, 0, -1, 60, 61.5])
    versions = st.sampled_from([None, 1, 2])
    some_values = st.sampled_from([0, 1, -7, True, None, "text", [1], 2**40])

    def __init__(self) -> None:
        super().__init__()
        self.django.clear()

    def same(self, operation: str, **named: Any) -> None:
        args = [named[name] for name in ORDER if name in named]
        expected = outcome(self.django, operation, args)
        if operation in ("set", "set_many", "delete_many"):  # django-redis returns more than Django
            expected = [] if operation == "set_many" else None
        for ours in self.ours:
            assert outcome(ours, operation, args) == expected, (ours.colour, operation, args)

    @rule(key=few_keys, value=some_values, timeout=timeouts, version=versions)
    def set(self, **args: Any) -> None:
        self.same("set", **args)

    @rule(key=few_keys, value=some_values, timeout=timeouts, version=versions)
    def add(self, **args: Any) -> None:
        self.same("add", **args)

    @rule(key=few_keys, timeout=timeouts, version=versions)
    def touch(self, **args: Any) -> None:
        self.same("touch", **args)

    @rule(key=few_keys, default=some_values, version=versions)
    def get(self, **args: Any) -> None:
        self.same("get", **args)

    @rule(key=few_keys, version=versions)
    def delete(self, **args: Any) -> None:
        self.same("has_key", **args)
        self.same("delete", **args)

    @rule(keys=st.lists(few_keys, unique=True), version=versions)
    def get_many(self, **args: Any) -> None:
        if (
            args["keys"] or "Redis" not in type(self.django).__name__
        ):  # Django sends MGET of nothing
            self.same("get_many", **args)

    @rule(keys=st.lists(few_keys, unique=True), version=versions)
    def delete_many(self, **args: Any) -> None:
        self.same("delete_many", **args)

    @rule(values=st.dictionaries(few_keys, some_values), timeout=timeouts, version=versions)
    def set_many(self, **args: Any) -> None:
        self.same("set_many", **args)

    @rule(key=few_keys, delta=st.sampled_from([1, 5, -3]), version=versions)
    def incr(self, **args: Any) -> None:
        self.same("incr", **args)


#: How the parameters of Django's methods follow each other.
ORDER = ("key", "keys", "values", "value", "default", "delta", "timeout", "version")


def outcome(cache: Any, operation: str, args: list[Any]) -> Any:
    try:
        return getattr(cache, operation)(*args)
    except Exception as error:
        return type(error)


def test_any_sequence_of_calls_gives_what_django_gives(
    backend: str, runner: asyncio.Runner, settings: Any
) -> None:
    if "own serializer" in backend:
        return  # Django counts in integers that this serializer did not write
    default = settings.CACHES["default"]
    settings.CACHES = {alias: {**default, "KEY_PREFIX": alias} for alias in ("default", *COLOURS)}
    Differential.django = caches["default"]
    Differential.ours = [Coloured(colour, runner, alias=colour) for colour in COLOURS]
    run_state_machine_as_test(
        Differential, settings=hypothesis_settings(max_examples=cases(60), stateful_step_count=15)
    )


@pytest.mark.parametrize("kind", ["django", "django-redis"])
def test_small_values_are_decoded_on_the_loop_and_large_ones_in_a_thread(
    use: Any, kind: str, redis: RedisServer, runner: asyncio.Runner, hops: list[Any]
) -> None:
    use(kind, redis.url)
    cache = compatible_cache()
    large = "x" * 300_000
    runner.run(cache.aset_many({"small": [1], "large": large}))
    assert runner.run(cache.aget("small")) == [1]
    assert runner.run(cache.aget_many(["small", "none"])) == {"small": [1]}
    assert hops == []
    assert runner.run(cache.aget("large")) == large
    assert runner.run(cache.aget_many(["small", "large"])) == {"small": [1], "large": large}
    assert len(hops) == 2


@pytest.mark.parametrize("timeout", [None, 1000])
@pytest.mark.parametrize("colour", ["sync", "async"])
def test_django_redis_counts_beyond_64_bits_and_keeps_the_end(
    use: Any, redis: RedisServer, runner: asyncio.Runner, timeout: Any, colour: str
) -> None:
    use("django-redis", redis.url)
    ours, django = Coloured(colour, runner), caches["default"]
    ours.set("n", 2**63 - 1, timeout)
    assert ours.incr("n", 5) == 2**63 + 4 == django.get("n")
    assert ours.incr("n") == 2**63 + 5
    assert (django.ttl("n") or 1000) > 990
    assert (django.ttl("n") is None) is (timeout is None)


def test_a_counter_without_a_number_is_the_servers_error_on_djangos_backend(
    use: Any, redis: RedisServer, runner: asyncio.Runner
) -> None:
    use("django", redis.url)
    caches["default"].set("n", "text")
    for ours in (Coloured("sync", runner), Coloured("async", runner), caches["default"]):
        with pytest.raises(ResponseError, match="not an integer"):
            ours.incr("n")


def test_hops(use: Any, runner: asyncio.Runner, hops: list[Any], redis: RedisServer) -> None:
    for kind in ("locmem", "dummy", "django", "django-redis"):
        use(kind, redis.url)

        async def everything() -> None:
            cache = compatible_cache()
            await cache.aset("a", 1)
            await cache.aadd("b", 2)
            await cache.aget("a")
            await cache.aget_many(["a", "b"])
            await cache.atouch("a", 5)
            await cache.ahas_key("a")
            await cache.aset_many({"c": 1})
            await cache.adelete("a")
            await cache.adelete_many(["b", "c"])

        runner.run(everything())
    assert hops == []
