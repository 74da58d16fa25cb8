"""A request's hold on a thread: taken at the first call, kept to the end, given back whole."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Event
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, sync_to_async
from django.db import close_old_connections, connection, connections, transaction

from restflow.core.asgi import thread_lease
from restflow.core.asgi.lease import Lease, leasing
from restflow.core.asgi.pool import ThreadPool, pool

from .conversation import PATIENCE, idle


@pytest.fixture
def threads() -> Iterator[ThreadPool]:
    own = ThreadPool(lambda: 2)
    yield own
    while own.idle:
        own.take().shutdown()


def ident() -> int:
    return threading.get_ident()


def close() -> None:
    """Close the connection of the thread that runs this, not of the one that names it."""
    connection.close()


def wait(*futures: Future[Any]) -> list[Any]:
    return [future.result(PATIENCE) for future in futures]


def emptied(threads: ThreadPool) -> None:
    for _ in range(int(PATIENCE * 100)):
        if not threads.leased:
            return
        threading.Event().wait(0.01)
    raise AssertionError(f"{threads.leased} threads are still leased")


def test_nothing_is_taken_before_the_first_call(threads: ThreadPool) -> None:
    lease = Lease(threads)
    assert (threads.leased, threads.started, lease.holds_thread) == (0, 0, False)
    lease.end()
    assert threads.started == 0


def test_all_calls_of_a_lease_are_in_one_thread_and_two_leases_share_none(
    threads: ThreadPool,
) -> None:
    first, second = Lease(threads), Lease(threads)
    a, b, c = wait(first.submit(ident), second.submit(ident), first.submit(ident))
    assert a == c != b
    first.end()
    second.end()
    emptied(threads)


def test_a_thread_is_used_again_and_only_so_many_stay(threads: ThreadPool) -> None:
    leases = [Lease(threads) for _ in range(5)]
    wait(*[lease.submit(ident) for lease in leases])
    assert threads.started == 5
    for lease in leases:
        lease.end()
    emptied(threads)
    assert threads.idle == 2
    again = Lease(threads)
    wait(again.submit(ident))
    assert threads.started == 5
    again.end()
    emptied(threads)


def test_a_thread_is_not_given_back_while_something_runs_in_it(threads: ThreadPool) -> None:
    entered, go = Event(), Event()
    lease = Lease(threads)
    job = lease.submit(lambda: (entered.set(), go.wait(PATIENCE)))
    assert entered.wait(PATIENCE)
    lease.end()
    assert threads.leased == 1
    other = Lease(threads)
    assert wait(other.submit(ident)) != [job]
    assert threads.started == 2
    go.set()
    other.end()
    emptied(threads)


def test_a_lease_that_ended_refuses_calls(threads: ThreadPool) -> None:
    lease = Lease(threads)
    lease.end()
    with pytest.raises(RuntimeError, match="over"):
        lease.submit(ident)


def test_a_pause_returns_the_thread_once_the_queue_is_empty(threads: ThreadPool) -> None:
    lease = Lease(threads)
    go = Event()
    lease.submit(go.wait, PATIENCE)
    lease.pause()
    queued = lease.submit(ident)  # asked for after the pause, before the thread could leave
    go.set()
    wait(queued)
    assert lease.holds_thread
    lease.pause()
    emptied(threads)
    assert not lease.holds_thread
    wait(lease.submit(ident))
    lease.end()
    emptied(threads)


@pytest.mark.django_db(transaction=True)
def test_a_pause_keeps_a_thread_with_an_open_transaction(threads: ThreadPool) -> None:
    lease = Lease(threads)
    block = transaction.atomic()
    wait(lease.submit(block.__enter__))
    lease.pause()
    assert wait(lease.submit(lambda: connection.in_atomic_block)) == [True]
    wait(lease.submit(block.__exit__, None, None, None))
    lease.end()
    emptied(threads)


@pytest.mark.django_db(transaction=True)
def test_an_open_transaction_is_rolled_back_when_the_request_ends(threads: ThreadPool) -> None:
    first = Lease(threads)
    wait(first.submit(transaction.atomic().__enter__))
    first.end()
    emptied(threads)
    second = Lease(threads)

    def look() -> tuple[bool, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return connection.in_atomic_block, cursor.fetchone()[0]

    assert wait(second.submit(look)) == [(False, 1)]
    second.end()
    emptied(threads)
    assert threads.started == 1


@pytest.mark.django_db(transaction=True)
def test_connections_are_closed_by_age_in_their_own_thread(
    threads: ThreadPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use() -> None:
        connection.ensure_connection()

    def connected() -> bool:
        return connection.connection is not None

    for max_age, kept in ((0, False), (600, True), (None, True)):
        monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", max_age)
        lease = Lease(threads)
        wait(lease.submit(close), lease.submit(use))
        lease.end()
        emptied(threads)
        following = Lease(threads)
        assert wait(following.submit(connected)) == [kept], max_age
        wait(following.submit(close))
        following.end()
        emptied(threads)
    assert threads.started == 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_grew_old_while_idle_is_closed_before_it_is_used(
    threads: ThreadPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 600)

    def use() -> None:
        connection.ensure_connection()

    def grow_old() -> None:
        connection.close_at = 0

    lease = Lease(threads)
    wait(lease.submit(use))
    lease.end()
    emptied(threads)
    worker = threads.take()
    wait(worker.submit(grow_old))
    threads.give_back(worker, reserved=threads.reserve())
    following = Lease(threads)
    assert wait(following.submit(lambda: connection.connection)) == [None]
    following.end()
    emptied(threads)


@pytest.mark.django_db(transaction=True)
def test_a_thread_that_ends_closes_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", None)
    wrappers: list[Any] = []

    def use() -> None:
        connection.ensure_connection()
        wrappers.append(connections["default"])

    none_stay = ThreadPool(lambda: 0)
    lease = Lease(none_stay)
    wait(lease.submit(use))
    assert wrappers[0].connection is not None
    lease.end()
    emptied(none_stay)
    assert none_stay.idle == 0
    assert wrappers[0].connection is None


@pytest.mark.django_db(transaction=True)
def test_who_disconnects_django_s_receiver_keeps_connections(threads: ThreadPool) -> None:
    # Test clients do, so that the connections of a test survive its requests.
    from django.core.signals import request_finished, request_started

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        lease = Lease(threads)
        wait(lease.submit(lambda: connection.ensure_connection()))
        lease.end()
        emptied(threads)
        following = Lease(threads)
        assert wait(following.submit(lambda: connection.connection is None)) == [False]
        wait(following.submit(close))
        following.end()
        emptied(threads)
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


async def test_a_queued_call_that_is_cancelled_lets_the_others_pass() -> None:
    go = Event()
    with leasing():
        running = asyncio.ensure_future(sync_to_async(go.wait)(PATIENCE))
        queued = [asyncio.ensure_future(sync_to_async(ident)()) for _ in range(20)]
        await asyncio.sleep(0)
        for task in queued[::2]:
            task.cancel()
        await asyncio.sleep(0)
        go.set()
        done = await asyncio.wait_for(asyncio.gather(*queued, return_exceptions=True), PATIENCE)
        assert len({value for value in done if isinstance(value, int)}) == 1
        assert sum(isinstance(value, asyncio.CancelledError) for value in done) == 10
        assert await running
    await idle()


async def test_a_task_that_outlives_the_block_goes_on_hopping() -> None:
    go = asyncio.Event()

    async def straggle() -> tuple[int, int, int]:
        before = await sync_to_async(ident)()
        await go.wait()
        return before, await sync_to_async(ident)(), await sync_to_async(ident)()

    with leasing():
        task = asyncio.ensure_future(straggle())
        await sync_to_async(ident)()
        await idle(lambda: pool.leased == 1)
    await idle()
    go.set()
    _, after, again = await asyncio.wait_for(task, PATIENCE)
    assert after == again
    assert pool.leased == 0


async def test_thread_lease_is_one_thread_for_each_block() -> None:
    with leasing() as outer:
        async with thread_lease():
            one = {await sync_to_async(ident)() for _ in range(3)}
            assert len(one) == 1
        assert not outer.holds_thread
        theirs = await sync_to_async(ident)()
        async with thread_lease():
            assert await sync_to_async(ident)() != theirs
    await idle()


async def test_nothing_of_a_lease_stays_with_asgiref() -> None:
    before = len(SyncToAsync.context_to_thread_executor)
    for _ in range(10):
        with leasing():
            await sync_to_async(ident)()
    await idle()
    assert len(SyncToAsync.context_to_thread_executor) == before


@pytest.mark.load
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork()")
def test_a_forked_child_starts_threads_of_its_own() -> None:
    script = textwrap.dedent(
        """
        import asyncio, os, sys, warnings
        from asgiref.sync import sync_to_async
        from django.conf import settings
        settings.configure(DATABASES={})
        import django
        django.setup()
        from restflow.core.asgi.lease import leasing
        from restflow.core.asgi.pool import pool

        async def hop():
            with leasing():
                return await asyncio.wait_for(sync_to_async(os.getpid)(), 30)

        assert asyncio.run(hop()) == os.getpid()
        warnings.simplefilter("ignore")
        child = os.fork()
        if child == 0:
            ok = (pool.idle, pool.started) == (0, 0) and asyncio.run(hop()) == os.getpid()
            os._exit(0 if ok else 1)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        """
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
