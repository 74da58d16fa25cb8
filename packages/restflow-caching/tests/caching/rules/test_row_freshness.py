"""The freshness search with real transactions: nobody sees what is not, or no longer, true.

Each actor is a thread with a connection of its own; exactly one of them runs at a time, and which
one goes on at each pause is drawn from a seed. Cached functions pause between reading the row and
returning, so computations are overtaken by commits, rollbacks and invalidations.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from threading import Semaphore, Thread
from typing import Any

import pytest
from django.db import connections, transaction

from restflow.caching import (
    ArgsKeyField,
    InlineKeyConstructor,
    InvalidationRule,
    cache_result,
    computing,
)
from restflow.caching.registry import registry
from restflow.caching.rules import firing
from restflow.caching.stores.flights import Flight
from restflow_testing.counts import cases
from restflow_testing.models import Tag
from restflow_testing.services import MARIADB, POSTGRES

from .databases import made_database

pytestmark = pytest.mark.load  # keeps two database servers busy


class Stage:
    """Lets one of several threads run at a time."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.turns: dict[int, Semaphore] = {}
        self.back = Semaphore(0)
        self.current = -1
        self.errors: list[BaseException] = []

    def pause(self) -> None:
        """Let somebody else run, or go on: the draw decides."""
        mine = self.current
        self.back.release()
        assert self.turns[mine].acquire(timeout=60)

    def play(self, scripts: list[Callable[[], None]]) -> None:
        threads = {}
        for number, script in enumerate(scripts):
            self.turns[number] = Semaphore(0)
            threads[number] = Thread(target=self._act, args=(number, script), daemon=True)
            threads[number].start()
        while threads:
            self.current = self.random.choice(sorted(threads))
            self.turns[self.current].release()
            assert self.back.acquire(timeout=60), "an actor waits for another one"
            if self.current in self.ended:
                threads.pop(self.current).join()
        if self.errors:
            raise self.errors[0]

    ended: set[int]

    def _act(self, number: int, script: Callable[[], None]) -> None:
        assert self.turns[number].acquire(timeout=60)
        try:
            script()
        except BaseException as error:
            self.errors.append(error)
        finally:
            for connection in connections.all(initialized_only=True):
                connection.close()
            self.ended.add(number)
            self.back.release()


class World:
    """One row, one cached function with a rule, and what may be seen when."""

    def __init__(self, using: str, seed: int) -> None:
        self.using = using
        self.stage = Stage(seed)
        self.stage.ended = set()
        self.random = random.Random(seed)
        self.playing = False
        self.floor = 0
        #: Values of transactions that were, or are just being, committed.
        self.true = {0}
        Tag.objects.using(using).update_or_create(pk=1, defaults={"name": "0"})
        registry.clear()
        fields: Any = {"pk": ArgsKeyField("pk", partition=True)}

        @cache_result(
            InlineKeyConstructor(fields, namespace="rows"),
            invalidates_on=[InvalidationRule(Tag, {"pk": "id"}, watch_fields=["name"])],
        )
        def value(pk: int) -> int:
            found = int(Tag.objects.using(using).get(pk=pk).name)
            if self.playing and self.random.random() < 0.7:
                self.stage.pause()
            return found

        self.value = value
        value.invalidate_all()

    def writer(self) -> None:
        for number in range(1, 3):
            fails = self.random.random() < 0.4
            self._write(10 * number, fails=fails)
            if not fails:
                self.floor = max(self.floor, 10 * number)

    def _write(self, new: int, *, fails: bool) -> None:
        with transaction.atomic(using=self.using):
            tag = Tag.objects.using(self.using).get(pk=1)
            # Committed and not yet invalidated: the hook before the rule's.
            transaction.on_commit(self.stage.pause, using=self.using)
            with transaction.atomic(using=self.using):
                tag.name = str(new + 5)
                tag.save()
                self.stage.pause()
                transaction.set_rollback(True, using=self.using)  # of the savepoint
            self.stage.pause()
            tag.name = str(new)
            tag.save()
            self.stage.pause()
            self.value(1)  # one's own reads are nobody else's
            self.stage.pause()
            if fails:
                transaction.set_rollback(True, using=self.using)
            else:
                self.true.add(new)

    def read(self, *, snapshot: bool = False) -> None:
        floor = self.floor
        found = self.value(1)
        assert found in self.true, f"saw {found}, which nobody has committed"
        assert snapshot or found >= floor, f"saw {found}, {floor} was invalidated before"

    def reader(self) -> None:
        for _ in range(3):
            self.read()
            self.stage.pause()

    def atomic_reader(self) -> None:
        """A request under ATOMIC_REQUESTS."""
        for _ in range(2):
            with transaction.atomic(using=self.using):
                repeats = self.using == "mariadb_rr"
                self.read(snapshot=repeats)
                self.stage.pause()
                self.read(snapshot=repeats)
            self.stage.pause()

    def check(self) -> None:
        self.playing = True
        self.stage.play([self.writer, self.reader, self.atomic_reader, self.reader])
        self.playing = False
        self.read()


class Alone:
    """Flights that nobody joins: actors stand for processes, and must not wait for each other."""

    def join(self, key: Any) -> tuple[Flight, bool]:
        return Flight(), True

    def land(self, key: Any, flight: Flight, state: int, value: Any = None) -> None:
        flight.end(state, value)


def database(kind: str) -> dict[str, Any]:
    if kind == "postgres":
        POSTGRES.require()
        return POSTGRES.django_database()
    MARIADB.require()
    level = "repeatable read" if kind == "mariadb_rr" else "read committed"
    return {**MARIADB.django_database(), "OPTIONS": {"isolation_level": level}}


@pytest.fixture(scope="module", params=["postgres", "mariadb_rc", "mariadb_rr"])
def tables(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any
) -> Iterator[str]:
    pytest.importorskip("pymysql" if request.param.startswith("mariadb") else "psycopg")
    entry = database(request.param)
    with made_database(request.param, entry, django_db_blocker) as alias:
        yield alias


@pytest.fixture
def using(tables: str, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[str]:
    monkeypatch.setattr(computing, "flights", Alone())
    with django_db_blocker.unblock():
        yield tables


def search(using: str, seeds: range) -> None:
    for seed in seeds:
        World(using, seed).check()


def test_random_orders(using: str) -> None:
    search(using, range(cases(300)))


def test_values_still_get_cached(using: str) -> None:
    world = World(using, 0)
    with transaction.atomic(using=using):
        world.value(1)
    status = world.value.get_with_metadata(1)[1]["cache_status"]
    assert status == ("MISS" if using == "mariadb_rr" else "HIT")
    assert world.value.get_with_metadata(1)[1]["cache_status"] == "HIT"


# -- the search finds what it is for -------------------------------------------------------------


def found(using: str) -> bool:
    try:
        search(using, range(200))
    except AssertionError as error:
        return "saw" in str(error)
    return False


@pytest.mark.parametrize("tables", ["postgres"], indirect=True)
def test_finds_values_published_before_the_commit(
    using: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Careless:
        at_once, on_commit = True, None

    monkeypatch.setattr("restflow.caching.function.Publication", Careless)
    assert found(using)


@pytest.mark.parametrize("tables", ["postgres"], indirect=True)
def test_finds_rules_that_act_before_the_commit(
    using: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = firing.fire

    def early(bound: Any, values: Any, change: Any, database: str) -> None:
        firing.Firing(bound, values, change, database)()

    monkeypatch.setattr("restflow.caching.rules.listening.fire", early)
    assert genuine
    assert found(using)
