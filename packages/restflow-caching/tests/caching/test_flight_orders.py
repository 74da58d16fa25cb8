"""Whoever misses together computes once, in every order of their steps."""

from __future__ import annotations

import itertools

import pytest

from restflow.caching.stores.flights import Flights
from restflow_testing.counts import cases

from .interleaving import Actor, Drawn, all_orders, play
from .test_freshness import World


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def computations(world: World, readers: int, order: object, *, together: bool) -> int:
    """Let *readers* find nothing, in one process or in one each; return how many computed."""
    before = world.wrapper.stats()["computed"]
    process = Flights()
    actors = [
        Actor(str(number), world.reading, process if together else Flights())
        for number in range(readers)
    ]
    play(actors, order)
    return int(world.wrapper.stats()["computed"] - before)


@pytest.mark.parametrize("readers", [2, 3])
def test_every_order(world: World, readers: int) -> None:
    for scripted, together in itertools.product((True, False), (True, False)):
        for order in all_orders(cases(40_000)):
            world.reset(scripted=scripted)
            assert computations(world, readers, order, together=together) == 1


def test_random_orders_of_many(world: World) -> None:
    for seed in range(cases(20_000)):
        world.reset(scripted=seed % 2 == 0)
        assert computations(world, 5, Drawn(seed), together=seed % 4 < 2) == 1
