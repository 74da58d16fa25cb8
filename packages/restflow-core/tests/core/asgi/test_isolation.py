"""Nothing that a request leaves in its thread meets another request that is under way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.core.asgi import RestflowASGIHandler
from restflow.core.asgi.pool import pool
from restflow_testing.counts import cases

from .conversation import PATIENCE, ask, idle, project

ALIAS = "other"  # SQLite in every run
UNSET = -1

local = threading.local()
under_way: set[int] = set()
violations: list[str] = []
turns: dict[int, asyncio.Queue[str]] = {}
taken: asyncio.Queue[int]
numbers = count()  # a thread keeps what a request that is over left in it: Django's rules


@pytest.fixture(scope="module")
def no_locks() -> Iterator[None]:
    """Transactions that take no lock when they begin: several requests leave one open."""
    theirs = connections.settings[ALIAS]["OPTIONS"]
    connections.settings[ALIAS]["OPTIONS"] = {}
    yield
    connections.settings[ALIAS]["OPTIONS"] = theirs


def _setting() -> int:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("PRAGMA cache_size")
        value: int = cursor.fetchone()[0]
    return value


def step(number: int, what: str, mine: dict[str, Any]) -> None:
    """One hop of request *number*: look for traces of others, then leave one."""
    connection = connections[ALIAS]
    thread = threading.get_ident()
    if mine.setdefault("thread", thread) != thread:
        violations.append(f"request {number} changed its thread")
    owner = getattr(local, "owner", None)
    if owner != mine.get("owner") and (owner in under_way or mine.get("owner") is not None):
        violations.append(f"request {number} met thread-local state of request {owner}")
    expected = mine.get("setting")
    if expected is None:
        expected = mine["setting"] = _setting()
        if expected <= -1000_000:
            violations.append(f"request {number} met a setting of request {-expected - 1000_000}")
        if connection.in_atomic_block:
            violations.append(f"request {number} met an open transaction")
    elif _setting() != expected:
        violations.append(f"request {number} lost its setting")
    if what == "local":
        local.owner = mine["owner"] = number
    elif what == "setting":
        mine["setting"] = -1000_000 - number
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = {mine['setting']}")
    elif what == "begin":
        transaction.atomic(using=ALIAS).__enter__()


async def view(request: Any) -> Any:
    from django.http import HttpResponse

    number = int(request.GET["number"])
    mine: dict[str, Any] = {}
    under_way.add(number)
    try:
        while (what := await turns[number].get()) != "end":
            if what == "raise":
                raise RuntimeError("planted")
            try:
                await sync_to_async(step)(number, what, mine)
            except Exception as error:
                violations.append(f"request {number} failed: {error!r}")
            taken.put_nowait(number)
    finally:
        under_way.discard(number)
    return HttpResponse("")


PLANS = st.lists(
    st.lists(st.sampled_from(["look", "local", "setting", "begin", "raise"]), max_size=4),
    min_size=2,
    max_size=6,
)


@pytest.mark.django_db(transaction=True, databases=["default", ALIAS])
@pytest.mark.usefixtures("no_locks")
@settings(max_examples=cases(400))
@given(plans=PLANS, order=st.randoms(use_true_random=False))
def test_random_interleavings(plans: list[list[str]], order: Any) -> None:
    violations.clear()
    asyncio.run(_interleave(plans, order))
    assert not violations


async def _interleave(plans: list[list[str]], order: Any) -> None:
    global taken
    taken = asyncio.Queue()
    left = {next(numbers): [*steps, "end"] for steps in plans}
    turns.clear()
    turns.update({number: asyncio.Queue() for number in left})
    requests: dict[int, asyncio.Task[Any]] = {}
    with project(view, handler=RestflowASGIHandler, DEBUG_PROPAGATE_EXCEPTIONS=False) as app:
        while left:
            number = order.choice(list(left))
            if number not in requests:  # a request begins when its first turn comes
                target = f"/view/?number={number}"
                requests[number] = asyncio.ensure_future(ask(app, target))
            what = left[number].pop(0)
            turns[number].put_nowait(what)
            if what in ("end", "raise"):
                del left[number]
                await asyncio.wait_for(requests[number], PATIENCE)
            else:
                await asyncio.wait_for(taken.get(), PATIENCE)
        await idle()
    assert pool.leased == 0


@pytest.mark.django_db(transaction=True, databases=["default", ALIAS])
@pytest.mark.usefixtures("no_locks")
def test_a_planted_violation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One executor for all requests, leased call by call: what a naive pool does."""
    from concurrent.futures import ThreadPoolExecutor

    from restflow.core.asgi import lease

    shared = ThreadPoolExecutor(1)
    monkeypatch.setattr(lease.Lease, "submit", lambda self, fn, *args: shared.submit(fn, *args))
    violations.clear()

    class InTurn:
        turns = [0, 1, 0, 1]

        def choice(self, left: list[int]) -> int:
            return left[self.turns.pop(0)] if self.turns else left[0]

    asyncio.run(_interleave([["local", "setting"], ["local", "setting"]], InTurn()))
    shared.submit(connections.close_all).result(PATIENCE)
    shared.shutdown()
    assert violations
