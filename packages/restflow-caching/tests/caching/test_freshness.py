"""No read that starts after an invalidation returned sees an older value: searched, not hoped."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from restflow.caching import (
    ArgsKeyField,
    KeyConstructor,
    cache_result,
    function,
    invalidation,
)
from restflow.caching.computing import Computation
from restflow.caching.entries import EntryFormat
from restflow.caching.entries.entry import HEADER, TOKEN_SIZE
from restflow.caching.stores import store
from restflow.caching.stores.flights import Flights
from restflow.core.steps import Steps, blocking
from restflow_testing.counts import cases

from .interleaving import Actor, Drawn, MemoryRaw, all_orders, play


class World:
    """A row with a value that only grows, a cache, and one cached function that reads the row."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.value = 0
        #: What every read that starts now must at least see.
        self.floor = 0
        self.reset(scripted=True)
        monkeypatch.setattr(function, "store_of", lambda *_: self.store)
        monkeypatch.setattr(invalidation, "store_of", lambda *_: self.store)

        class RowKey(KeyConstructor):
            row = ArgsKeyField("row", partition=True)

            class Meta:
                namespace = "freshness"

        self.constructor = RowKey

        @cache_result(RowKey, ttl=60, tags=["rows"])
        def read_row(row: int) -> int:
            return self.value

        self.wrapper = read_row
        self.cached = read_row.cached

    def reset(self, *, scripted: bool) -> None:
        self.value = self.floor = 0
        self.raw = MemoryRaw(scripted=scripted)
        self.store = store.Store("default", None, raw=self.raw)

    # -- actors ------------------------------------------------------------------------------

    def reading(self) -> Steps[int]:
        floor = self.floor
        answer = yield from self.cached.read((1,), {})
        assert answer.value >= floor, f"saw {answer.value}, {floor} was invalidated before"
        return answer.value

    def refreshing(self) -> Steps[int]:
        floor = self.floor
        answer = yield from self.cached.refresh((1,), {})
        assert answer.value >= floor
        return answer.value

    def refreshing_behind(self) -> Steps[None]:
        key, names = self.cached.builder.build(1)
        found = yield from self.store.fetch(key, names)
        yield from Computation(self.cached, self.store, (1,), {}, key, names)._refresh(found)

    def writing(self, invalidate: Callable[[World], Steps[None]]) -> Steps[None]:
        written = yield blocking(self.write)
        yield from invalidate(self)
        self.floor = max(self.floor, written)

    def write(self) -> int:
        self.value += 1
        return self.value

    def evicting(self, number: int) -> Steps[None]:
        yield blocking(self.evict, number)

    def evict(self, number: int) -> None:
        keys = sorted(self.raw.data)
        if keys:
            del self.raw.data[keys[number % len(keys)]]

    def flushing(self) -> Steps[None]:
        yield blocking(self.raw.data.clear)


def delete(world: World) -> Steps[None]:
    return invalidation.delete(world.cached, (1,), {})


def delete_partition(world: World) -> Steps[None]:
    return invalidation.delete_partition(world.cached, {"row": 1})


def delete_all(world: World) -> Steps[None]:
    return invalidation.delete_all(world.cached)


def wipe_partition(world: World) -> Steps[None]:
    return invalidation._wipe(world.constructor, {"row": 1})


def wipe(world: World) -> Steps[None]:
    return invalidation._wipe(world.constructor, {})


def wipe_tag(world: World) -> Steps[None]:
    return invalidation._invalidate_tags(("rows",), "default", None)


INVALIDATIONS = [delete, delete_partition, delete_all, wipe_partition, wipe, wipe_tag]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


# -- the searches ------------------------------------------------------------------------------

#: Who acts beside the writer: r reads, s refreshes, b refreshes in the background, e evicts one
#: key, f flushes the cache.
PAIRS = ["r", "s", "b"]
TRIPLES = ["rr", "re", "rf", "sr", "br", "bs"]


def cast(
    world: World, letters: str, invalidate: Any, *, together: bool, evicted: int
) -> list[Actor]:
    process = Flights()

    def own() -> Flights:
        return process if together else Flights()

    makers: dict[str, Callable[[], Steps[Any]]] = {
        "r": world.reading,
        "s": world.refreshing,
        "b": world.refreshing_behind,
        "e": lambda: world.evicting(evicted),
        "f": world.flushing,
    }
    actors = [Actor(letter, makers[letter], own()) for letter in letters]
    actors.append(Actor("w", lambda: world.writing(invalidate), own()))
    return actors


def check(world: World, actors: list[Actor], order: Any, *, warm: bool) -> None:
    """Play, and read once more at the end; a *warm* cache holds the entry at the beginning."""
    if warm:
        play([Actor("first", world.reading)], Drawn(0))
    play(actors, order)
    play([Actor("last", world.reading, actors[0].process)], Drawn(0))


def search_orders(world: World, casts: list[str], ways: list[Any], *, limit: int) -> int:
    """Go through the orders of each cast, at most *limit* each; return how many there were."""
    count = 0
    for letters, invalidate, scripted, together, warm in itertools.product(
        casts, ways, (True, False), (True, False), (True, False)
    ):
        for evicted in range(8) if "e" in letters else (0,):
            for order in all_orders(limit):
                world.reset(scripted=scripted)
                actors = cast(world, letters, invalidate, together=together, evicted=evicted)
                check(world, actors, order, warm=warm)
                count += 1
    return count


def search_random(world: World, seeds: range) -> None:
    """Draw casts of up to seven actors, with one writer or two, and an order for each."""
    for seed in seeds:
        drawn = random.Random(seed)
        world.reset(scripted=drawn.random() < 0.5)
        letters = "".join(drawn.choices("rrrsbef", k=drawn.randint(1, 5)))
        together, evicted = drawn.random() < 0.5, drawn.randrange(8)
        way = drawn.choice(INVALIDATIONS)
        actors = cast(world, letters, way, together=together, evicted=evicted)
        if drawn.random() < 0.5:
            actors.append(Actor("w2", partial(world.writing, drawn.choice(INVALIDATIONS))))
        check(world, actors, Drawn(seed), warm=drawn.random() < 0.5)


def test_every_order_of_two(world: World) -> None:
    # No cast of two has as many orders as the limit: the search is complete.
    assert search_orders(world, PAIRS, INVALIDATIONS, limit=10_000) > 1000


def test_orders_of_three_up_to_a_bound(world: World) -> None:
    search_orders(world, TRIPLES, [delete, delete_partition], limit=cases(1000))


def test_random_orders_beyond_it(world: World) -> None:
    search_random(world, range(cases(100_000)))


# -- the searches find what they are for --------------------------------------------------------


def found(world: World) -> bool:
    """Tell whether the searches find a read that saw an old value."""
    try:
        search_random(world, range(10_000))
        search_orders(world, PAIRS, INVALIDATIONS, limit=10_000)
    except AssertionError as error:
        return "was invalidated before" in str(error)
    return False


def tokens_in(data: bytes, count: int) -> list[bytes]:
    """The tokens that an entry carries."""
    starts = range(HEADER.size, HEADER.size + TOKEN_SIZE * count, TOKEN_SIZE)
    return [data[start : start + TOKEN_SIZE] for start in starts]


def test_finds_an_entry_accepted_whatever_its_tokens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = EntryFormat._from_frame

    def careless(self: EntryFormat, key: str, data: bytes, tokens: Any) -> Any:
        return genuine(self, key, data, tokens_in(data, len(tokens)))

    monkeypatch.setattr(EntryFormat, "_from_frame", careless)
    assert found(world)


def test_finds_counters_in_place_of_random_tokens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overwrite(self: Any, names: Any, life: Any) -> Steps[None]:
        for name in names:
            count = int.from_bytes(self.raw.get(name) or bytes(TOKEN_SIZE)) + (1 << 32)
            yield blocking(self.raw.set, name, count.to_bytes(TOKEN_SIZE))

    monkeypatch.setattr(store, "new_token", lambda: (1 << 32).to_bytes(TOKEN_SIZE))
    monkeypatch.setattr(store.Store, "overwrite", overwrite)
    assert found(world)


def test_finds_tokens_read_after_computing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = Computation._lead

    def late(self: Computation, flight: Any, tokens: Any, owner: Any, status: str) -> Steps[Any]:
        function = Late(self, tokens)
        self.function = function  # type: ignore[assignment]
        return genuine(self, flight, tokens, owner, status)

    monkeypatch.setattr(Computation, "_lead", late)
    assert found(world)


class Late:
    """A function that has its tokens read once it is through."""

    def __init__(self, computation: Computation, tokens: list[bytes]) -> None:
        self.computation, self.genuine, self.tokens = computation, computation.function, tokens

    def __getattr__(self, name: str) -> Any:
        return getattr(self.genuine, name)

    def compute(self, *args: Any) -> Steps[Any]:
        result = yield from self.genuine.compute(*args)
        computation = self.computation
        _, *fresh = yield from computation.store.fetch(computation.key, computation.names)
        if None not in fresh:
            self.tokens[:] = fresh
        return result


def test_finds_a_flight_joined_whatever_its_tokens(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = Computation._led

    def trusting(self: Computation, found: Any) -> Steps[Any]:
        self.format = Trusting(self.format)  # type: ignore[assignment]
        return genuine(self, found)

    monkeypatch.setattr(Computation, "_flight_key", lambda self, tokens: self.key)
    monkeypatch.setattr(Computation, "_led", trusting)
    assert found(world)


class Trusting:
    """A format that takes the result of a flight for what it is."""

    def __init__(self, genuine: EntryFormat) -> None:
        self.genuine = genuine
        self.write, self.settled = genuine.write, genuine.settled

    def read(self, key: str, data: bytes, tokens: Any) -> Any:
        return self.genuine.read(key, data, tokens_in(data, len(tokens)))


def test_finds_an_entry_dropped_without_its_token(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drop(self: Any, keys: Any, names: Any) -> Steps[None]:
        yield blocking(self.raw.delete, *keys)

    monkeypatch.setattr(store.Store, "drop", drop)
    assert found(world)
