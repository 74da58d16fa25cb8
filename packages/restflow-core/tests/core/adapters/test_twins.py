"""Twins are one decision in two colours, and no override between two of them is skipped."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from restflow.core.adapters import Twinned, enter, handler, plain_twins, twins
from restflow.core.steps import Steps, arun, blocking, run


class Base(Twinned):
    def __init__(self) -> None:
        self.log: list[str] = []

    def _get(self, key: int) -> Steps[int]:
        """Fetch."""
        self.log.append("Base")
        return (yield blocking(int, key))

    get, aget = twins(_get)

    def _list(self, *keys: int) -> Steps[list[int]]:
        found = []
        for key in keys:
            found.append((yield from enter(self, "get", key)))
        return found

    list = handler(_list)


def test_names_signatures_and_docs_are_those_of_methods() -> None:
    assert (Base.get.__name__, Base.aget.__name__) == ("get", "aget")
    assert Base.aget.__qualname__ == "Base.aget"
    assert Base.get.__doc__ == "Fetch."
    assert str(inspect.signature(Base.aget)) == "(self, key: 'int')"
    assert inspect.iscoroutinefunction(Base.aget)
    assert not inspect.isgeneratorfunction(Base.get)


async def test_a_handler_is_awaited_on_the_loop_and_called_in_a_thread() -> None:
    assert await Base().list(1, 2) == [1, 2]
    assert await asyncio.to_thread(lambda: Base().list(1, 2)) == [1, 2]


def mixed(colours: str) -> type[Base]:
    """Build a chain of overrides, each cooperative: ``s`` sync, ``a`` async, ``b`` both."""
    cls: type[Base] = Base
    for level, colour in enumerate(colours):
        body: dict[str, Any] = {}

        def get(self: Any, key: int, level: int = level, cls: Any = cls) -> int:
            self.log.append(f"{level}s")
            found: int = super(self.chain[level], self).get(key)
            return found

        async def aget(self: Any, key: int, level: int = level, cls: Any = cls) -> int:
            self.log.append(f"{level}a")
            found: int = await super(self.chain[level], self).aget(key)
            return found

        if colour in "sb":
            body["get"] = get
        if colour in "ab":
            body["aget"] = aget
        cls = type(f"Level{level}", (cls,), body)
    chain = list(reversed(cls.__mro__[: len(colours)]))
    cls.chain = chain  # type: ignore[attr-defined]
    return cls


@pytest.mark.parametrize(
    "colours", ["".join(c) for n in range(5) for c in itertools.product("sab", repeat=n)]
)
def test_every_override_of_a_mixed_hierarchy_runs_once(colours: str) -> None:
    """All 121 hierarchies up to four levels: each level runs once, most derived first."""
    levels = list(reversed(range(len(colours))))

    def ran(obj: Any) -> list[int]:
        assert obj.log[-1] == "Base"
        return [int(entry[0]) for entry in obj.log[:-1]]

    for drive in (
        lambda obj: run(obj._list(7)),
        lambda obj: asyncio.run(arun(obj._list(7))),
    ):
        obj = mixed(colours)()
        assert drive(obj) == [7]
        assert ran(obj) == levels


class SyncMixin:
    """Written without a thought of async, as a mixin of a DRF project is."""

    log: list[str]

    def get(self, key: int) -> int:
        self.log.append("mixin")
        found: int = super().get(key)  # type: ignore[misc]
        return found


class AsyncMixin:
    log: list[str]

    async def aget(self, key: int) -> int:
        self.log.append("mixin")
        found: int = await super().aget(key)  # type: ignore[misc]
        return found


@pytest.mark.parametrize("mixin", [SyncMixin, AsyncMixin])
@pytest.mark.parametrize("colours", ["", "s", "a", "b"])
def test_mixins_that_know_nothing_of_twins(mixin: type, colours: str) -> None:
    parent = mixed(colours)
    cls = type("Mixed", (mixin, parent), {})
    expected = ["mixin", *(f"{level}" for level in reversed(range(len(colours)))), "Base"]
    for drive in (
        lambda obj: run(obj._list(7)),
        lambda obj: asyncio.run(arun(obj._list(7))),
        lambda obj: [obj.get(7)],
        lambda obj: [asyncio.run(obj.aget(7))],
    ):
        obj = cls()
        assert drive(obj) == [7]
        assert [entry.rstrip("sa") or entry for entry in obj.log] == expected


def test_calling_the_other_colour_directly_reaches_the_override() -> None:
    class Sync(Base):
        def get(self, key: int) -> int:
            self.log.append("override")
            return super().get(key)

    class Async(Base):
        async def aget(self, key: int) -> int:
            self.log.append("override")
            return await super().aget(key)

    first, second = Sync(), Async()
    assert asyncio.run(first.aget(3)) == 3
    assert second.get(3) == 3
    assert first.log == second.log == ["override", "Base"]


async def test_an_untouched_hook_is_entered_without_a_hop_of_its_own(hops: list[Any]) -> None:
    threads: set[int] = set()

    class Watching(Base):
        def _get(self, key: int) -> Steps[int]:
            threads.add((yield blocking(threading.get_ident)))
            threads.add(threading.get_ident())
            return key

        get, aget = twins(_get)

    assert await Watching().list(1, 2, 3) == [1, 2, 3]
    assert len(hops) == len(threads) == 1
    assert threading.get_ident() not in threads


def test_async_def_under_the_sync_name_may_call_the_async_twin_of_its_base() -> None:
    class Renamed(Base):
        async def get(self, key: int) -> int:  # type: ignore[override]
            self.log.append("override")
            return await super().aget(key)

    obj = Renamed()
    assert run(obj._list(3)) == [3]
    assert asyncio.run(arun(obj._list(4))) == [4]
    assert obj.log == ["override", "Base"] * 2


def test_a_sync_override_may_bridge_to_the_async_twin_of_its_base() -> None:
    class Bridging(Base):
        def get(self, key: int) -> int:
            found: int = async_to_sync(super().aget)(key)
            return found

    assert run(Bridging()._list(1)) == [1]
    assert asyncio.run(arun(Bridging()._list(1))) == [1]


def test_a_mixin_that_goes_in_circles_is_told_how_to_leave() -> None:
    class Circular:
        def get(self, key: int) -> int:
            found: int = async_to_sync(super().aget)(key)  # type: ignore[misc]
            return found

    class Shop(Circular, Base):
        async def aget(self, key: int) -> int:
            return await super().aget(key)

    with pytest.raises(RecursionError, match=r"Call super\(\)\.get\(\) instead"):
        run(Shop()._list(1))


def test_a_sync_override_of_a_handler_gets_the_result_from_super() -> None:
    class Shop(Base):
        def list(self, *keys: int) -> Any:
            return ["sync", *super().list(*keys)]

    class AsyncShop(Base):
        async def list(self, *keys: int) -> Any:
            return ["async", *await super().list(*keys)]

    def drive(obj: Base) -> Steps[Any]:
        return (yield from enter(obj, "list", 1))

    assert asyncio.run(arun(drive(Shop()))) == ["sync", 1]
    assert asyncio.run(arun(drive(AsyncShop()))) == ["async", 1]
    assert run(drive(Shop())) == ["sync", 1]


class Library:
    """Stands for a class of DRF whose hook has nothing to wait for."""

    def size(self, factor: int = 1) -> int:
        """Tell the size."""
        return 2 * factor


class Plain(Twinned, Library):
    size, asize = plain_twins(Library.size)

    def _sizes(self) -> Steps[list[int]]:
        return [(yield from enter(self, "size")), (yield from enter(self, "size", factor=5))]

    sizes, asizes = twins(_sizes)


async def test_a_plain_hook_gains_an_async_twin_and_never_hops(hops: list[Any]) -> None:
    assert await Plain().asizes() == Plain().sizes() == [2, 10]
    assert await Plain().asize(3) == 6
    assert Plain.asize.__doc__ == "Tell the size."
    assert hops == []


@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_an_override_of_a_plain_hook_runs_in_its_place(colour: str) -> None:
    class Sync(Plain):
        def size(self, factor: int = 1) -> int:
            assert threading.current_thread() is not threading.main_thread()
            return -super().size(factor)

    class Async(Plain):
        async def asize(self, factor: int = 1) -> int:
            return -await super().asize(factor)

    cls = {"sync": Sync, "async": Async}[colour]
    assert await cls().asizes() == [-2, -10]
