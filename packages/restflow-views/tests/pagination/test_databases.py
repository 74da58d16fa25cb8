"""The same pages on SQLite and PostgreSQL, and cursors while others insert and delete."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from random import Random
from threading import Event, Lock
from typing import Any

import pytest
from django.db import connections
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow_testing.counts import cases
from restflow_testing.models import Product

from .databases import postgres, sqlite
from .pages import Cursored, body
from .test_cursor import ORDERS, product, walk
from .test_page_number import HOSTILE, NUMBERS, PAIRS


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(
    request: Any, tmp_path_factory: Any, django_db_setup: None, django_db_blocker: Any
) -> Iterator[str]:
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        if request.param == "sqlite":
            yield stack.enter_context(sqlite(tmp_path_factory.mktemp("pages")))
        else:
            entry = request.getfixturevalue("postgres_settings")
            yield stack.enter_context(postgres(entry))


@pytest.fixture(scope="module")
def postgres_settings() -> dict[str, Any]:
    from restflow_testing.services import POSTGRES

    POSTGRES.require()
    return POSTGRES.django_database()


@pytest.fixture(scope="module")
def rows(database: str) -> Iterator[Any]:
    random = Random(7)
    found = Product.objects.using(database)
    found.bulk_create(product(random) for _ in range(40))
    yield found
    found.all()._raw_delete(database)


@settings(max_examples=cases(200))
@given(
    query=st.dictionaries(
        st.sampled_from(["page", "page_size", "limit", "offset"]), NUMBERS | HOSTILE
    ),
    order=st.sampled_from(["pk", "-pk", "-stock", "name", "weight"]),
    stock=st.integers(0, 3),
)
def test_bodies_equal_drfs(rows: Any, query: dict[str, str], order: str, stock: int) -> None:
    found = rows.filter(stock__lt=stock).order_by(order, "pk")
    for ours, drfs in PAIRS:
        assert body(ours(), found, query=query) == body(drfs(), found, query=query)


@settings(max_examples=cases(200))
@given(order=ORDERS, size=st.integers(1, 12))
def test_walks_are_in_the_order_of_the_database(rows: Any, order: Any, size: int) -> None:
    class Ordered(Cursored):
        ordering = order
        page_size = size

    names = [name.lstrip("-") for name in order]
    values = {row["pk"]: [row[name] for name in names] for row in rows.values("pk", *names)}
    forth = walk(Ordered(), rows.all())
    assert sorted(forth) == sorted(values)
    expected = rows.order_by(*order).values_list("pk", flat=True)
    assert [values[pk] for pk in forth] == [values[pk] for pk in expected]


class Writers:
    """Two threads that insert and delete, a few rows at a time, until they are stopped."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.stop = Event()
        self.written = 0
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(2)

    def __enter__(self) -> Writers:
        self._jobs = [self._pool.submit(self._write, seed) for seed in (1, 2)]
        return self

    def __exit__(self, *error: Any) -> None:
        self.stop.set()
        self._pool.shutdown()
        for job in self._jobs:
            job.result()

    def _write(self, seed: int) -> None:
        random = Random(seed)
        rows = Product.objects.using(self.alias)
        try:
            while not self.stop.wait(0.002):
                alive = list(rows.values_list("pk", flat=True))
                rows.filter(pk__in=random.sample(alive, 5))._raw_delete(self.alias)
                rows.bulk_create(Product(name="y", stock=random.randrange(5)) for _ in range(5))
                with self._lock:
                    self.written += 1
        finally:
            connections[self.alias].close()

    def wait_for_more(self) -> None:
        """Return when both have surely written since the call, or one of them failed."""
        target = self.written + 3
        deadline = time.monotonic() + 60
        while self.written < target and not any(job.done() for job in self._jobs):
            assert time.monotonic() < deadline
            time.sleep(0.001)


def test_every_surviving_row_once_while_others_write(database: str) -> None:
    """A thousand rows, five values; rows go and come at any moment of the walk."""
    rows = Product.objects.using(database)
    rows.bulk_create(Product(name="x", stock=number % 5) for number in range(1000))
    before = set(rows.values_list("pk", flat=True))

    class ByStock(Cursored):
        ordering = "-stock"
        page_size = 37

    pages, target, seen = ByStock(), "http://testserver/", []
    with Writers(database) as writers:
        while target:
            data, _, _ = body(pages, rows.all(), target)
            seen += data["results"]
            target = data["next"]
            writers.wait_for_more()
    surviving = before & set(rows.values_list("pk", flat=True))
    rows.all()._raw_delete(database)
    assert len(surviving) < 1000
    assert len(seen) == len(set(seen))
    assert surviving <= set(seen)
