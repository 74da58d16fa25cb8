"""A backend we know nothing about is called as its author wrote it, in the colour it has."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache

from restflow.core.adapters import loop_safe
from restflow.core.cache import compatible_cache, raw_cache
from restflow.core.steps import arun

LOG: list[tuple[str, bool]] = []


def note(name: str) -> None:
    LOG.append((name, threading.current_thread() is threading.main_thread()))


class Shouting(LocMemCache):
    """Overrides one sync method of a class we know."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        note("get")
        return super().get(key, default, version)


class AsyncShop(FileBasedCache):
    """Brings async methods of its own."""

    async def aget(self, key: str, default: Any = None, version: int | None = None) -> Any:
        note("aget")
        await asyncio.sleep(0)
        return await super().aget(key, default, version)

    async def aget_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        note("aget_many")
        return dict.fromkeys(keys, "many")


class SyncAgain(AsyncShop):
    """The most derived definition wins, whatever its colour."""

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        note("get")
        return super().get(key, default, version)


class Sparse(BaseCache):
    """Has the least that Django asks for: the rest is inherited."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        note("get")
        return self.values.get(key, default)

    def set(self, key: str, value: Any, timeout: Any = None, version: int | None = None) -> None:
        note("set")
        self.values[key] = value


@pytest.fixture(autouse=True)
def _fresh_log() -> None:
    LOG.clear()


def test_an_overridden_method_runs_and_in_a_thread(
    use: Any, runner: asyncio.Runner, hops: list[Any]
) -> None:
    use(f"{__name__}.Shouting")
    cache = compatible_cache()
    assert not cache.hop_free
    runner.run(cache.aset("a", 1))
    assert runner.run(cache.aget("a")) == 1
    assert cache.get("a") == 1
    assert LOG == [("get", False), ("get", True)]
    assert len(hops) == 2
    runner.run(raw_cache().aget("b"))
    assert LOG[2:] == [("get", False)]


def test_async_methods_of_a_backend_are_awaited(
    use: Any, runner: asyncio.Runner, folder: str
) -> None:
    use(f"{__name__}.AsyncShop", folder)
    cache = compatible_cache()
    assert cache.hop_free
    cache.set("a", 1)
    assert runner.run(cache.aget("a")) == 1
    assert runner.run(cache.aget_many(["a", "b"])) == {"a": "many", "b": "many"}
    assert LOG == [("aget", True), ("aget_many", True)]
    assert runner.run(arun(_only(cache.step(cache.get, "a")))) == 1
    assert LOG[2:] == [("aget", True)]


def test_the_most_derived_definition_wins(use: Any, runner: asyncio.Runner, folder: str) -> None:
    use(f"{__name__}.SyncAgain", folder)
    cache = compatible_cache()
    assert not cache.hop_free
    runner.run(cache.aget("a"))
    assert LOG == [("get", False)]


def test_inherited_methods_that_loop_take_one_hop(
    use: Any, runner: asyncio.Runner, hops: list[Any]
) -> None:
    use(f"{__name__}.Sparse")
    values = {f"k{number}": number for number in range(10)}
    runner.run(compatible_cache().aset_many(values))
    assert runner.run(compatible_cache().aget_many([*values, "none"])) == values
    assert len(hops) == 2
    assert {where for _, where in LOG} == {False}


def test_the_backend_of_the_request_is_used(use: Any, folder: str) -> None:
    use("files", folder)
    caches["default"].get = lambda *_: "patched"  # type: ignore[method-assign]
    assert compatible_cache().get("a") == "patched"


@loop_safe
def declared(key: str, prefix: str, version: int) -> str:
    note("key")
    return f"{prefix}/{version}/{key}"


def undeclared(key: str, prefix: str, version: int) -> str:
    note("key")
    return f"{prefix}/{version}/{key}"


@pytest.mark.parametrize("kind", ["locmem", "django", "django-redis"])
@pytest.mark.parametrize("function", [declared, undeclared])
def test_key_functions_run_on_the_loop_only_if_declared_safe(
    use: Any, kind: str, function: Any, redis: Any, runner: asyncio.Runner, hops: list[Any]
) -> None:
    use(kind, redis.url, KEY_FUNCTION=function)
    safe = function is declared
    for cache, value in ((compatible_cache(), [1]), (raw_cache(), b"1")):
        assert cache.hop_free is safe
        runner.run(cache.aset("a", value))  # type: ignore[arg-type]
        assert runner.run(cache.aget("a")) == value
        assert cache.get("a") == value
    assert [where for _, where in LOG] == [safe, safe, True] * 2
    assert len(hops) == (0 if safe else 4)
    assert caches["default"].get("a") is not None


def test_a_key_function_named_by_its_path(use: Any, runner: asyncio.Runner) -> None:
    use("locmem", KEY_FUNCTION=f"{__name__}.declared")
    assert raw_cache().inline
    raw_cache(version=3).set("a", b"1")
    assert caches["default"].get("a", version=3) == b"1"


def _only(step: Any) -> Any:
    return (yield step)
