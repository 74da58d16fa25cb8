"""Connections lent to every thread: the test's transaction seen from wherever the ORM runs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import DatabaseError, connections

from restflow.test import shared_connections
from restflow_testing.models import Country


@pytest.fixture
def _shared(db: None) -> Iterator[None]:
    with shared_connections():
        yield


def in_thread(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(work).result()


async def own_thread(work: Callable[[], Any]) -> Any:
    async with ThreadSensitiveContext():
        return await sync_to_async(work)()


PLACES: dict[str, Callable[[Callable[[], Any]], Any]] = {
    "the thread of the async ORM": lambda work: sync_to_async(work)(),
    "a thread of the request": own_thread,
    "any thread": lambda work: sync_to_async(work, thread_sensitive=False)(),
    "to_thread": asyncio.to_thread,
}


@pytest.mark.usefixtures("_shared")
@pytest.mark.parametrize("place", PLACES)
async def test_all_threads_see_the_tests_transaction(place: str) -> None:
    def work() -> tuple[bool, bool]:
        seen = Country.objects.filter(code="FX").exists()
        Country.objects.create(code="FY", name="Far Yonder")
        return seen, connections["default"].in_atomic_block

    await sync_to_async(Country.objects.create)(code="FX", name="Faraway")
    assert await PLACES[place](work) == (True, True)
    assert await Country.objects.acount() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("place", PLACES)
async def test_and_are_rolled_back_with_it(place: str) -> None:
    def work() -> int:
        try:
            return Country.objects.count()
        finally:
            connections["default"].close()

    assert await PLACES[place](work) == 0


@pytest.mark.django_db
def test_only_the_named_ones_are_shared() -> None:
    mine = connections["default"]
    with shared_connections(["default"]):
        assert in_thread(lambda: connections["default"]) is mine
        assert in_thread(lambda: connections["other"]) is not connections["other"]
    assert in_thread(lambda: connections["default"]) is not mine


@pytest.mark.django_db
def test_afterwards_other_threads_are_refused_again() -> None:
    mine = connections["default"]
    with shared_connections():
        in_thread(mine.ensure_connection)
    with pytest.raises(DatabaseError, match="can only be used in that same thread"):
        in_thread(mine.cursor)


@pytest.mark.django_db
def test_blocks_nest() -> None:
    mine = connections["default"]
    with shared_connections(["default"]), shared_connections(["other"]):
        assert in_thread(lambda: connections["default"]) is mine
        assert in_thread(lambda: connections["other"]) is connections["other"]


@pytest.mark.django_db
def test_a_connection_can_be_replaced_while_shared() -> None:
    mine = connections["default"]
    with shared_connections(["default"]):
        in_thread(lambda: connections.__setitem__("default", "another"))  # type: ignore[arg-type]
        assert connections["default"] == "another"  # type: ignore[comparison-overlap]
        del connections["default"]
        connections["default"] = mine
        assert connections["other"].alias == "other"
        del connections["other"]
    assert connections["default"] is mine


@pytest.mark.django_db
def test_a_thread_keeps_what_it_had() -> None:
    release, ready = threading.Event(), threading.Event()
    found = []

    def work() -> None:
        found.append(connections["default"])
        ready.set()
        release.wait(5)
        found.append(connections["default"])

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait(5)
    with shared_connections(["default"]):
        pass
    release.set()
    thread.join()
    assert found[0] is found[1]
