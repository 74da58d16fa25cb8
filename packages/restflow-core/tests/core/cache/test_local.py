"""Raw operations on memory leave the backend as its own methods would."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import pytest
from django.core.cache import caches

from restflow.core.cache import local, raw_cache
from restflow.core.cache.local import LocalRaw


def test_django_reads_what_we_store(use: Any) -> None:
    use("locmem", "local")
    raw_cache().set("a", b"1")
    raw_cache().incr("n", 41)
    assert caches["default"].get("a") == b"1"
    caches["default"].set("b", b"2", 50)
    caches["default"].set("c", 7)
    assert raw_cache().get_many(["b", "c"]) == [b"2", b"7"]
    caches["default"].clear()
    assert raw_cache().get("a") is None


def test_entries_in_use_survive_culling(use: Any) -> None:
    use("locmem", "local", OPTIONS={"MAX_ENTRIES": 6, "CULL_FREQUENCY": 2})
    cache = raw_cache()
    for number in range(6):
        cache.set(f"k{number}", b"x")
    for number in (0, 1):
        assert cache.get(f"k{number}") == b"x"
    assert cache.get_many(["k2"]) == [b"x"]
    cache.set("new", b"x")
    found = cache.get_many([f"k{number}" for number in range(6)])
    assert found == [b"x", b"x", b"x", None, None, None]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_lock_that_another_thread_held_does_not_stop_a_child(use: Any) -> None:
    use("locmem", "local")
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with local._writing:
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(5)
    pid = os.fork()
    if pid == 0:
        signal.alarm(5)  # ends a child that waits for ever
        raw_cache().set("a", b"1")
        os._exit(0)
    try:
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    finally:
        leave.set()
        thread.join()


def test_two_aliases_of_one_memory_exclude_each_other(settings: Any) -> None:
    one = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "shared"}
    settings.CACHES = {"default": one, "other": {**one, "KEY_PREFIX": ""}}
    sums: list[int] = []

    def count(alias: str) -> None:
        sums.extend(raw_cache(alias).incr("n") for _ in range(300))

    threads = [threading.Thread(target=count, args=(alias,)) for alias in ("default", "other") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sums) == list(range(1, 1801))


def test_several_are_read_at_one_moment(use: Any) -> None:
    """Nobody's clear() comes between the entries of one get_many()."""
    use("locmem", "local")
    backend: Any = caches["default"]
    cache = LocalRaw("default", backend, None)
    stop = threading.Event()

    def churn() -> None:
        while not stop.is_set():
            with backend._lock:
                backend._cache.clear()
                backend._expire_info.clear()
                for key in ("a", "b"):
                    backend._set(backend.make_key(key), b"\x80\x05C\x011.", None)

    cache.set_many({"a": b"1", "b": b"1"})
    thread = threading.Thread(target=churn)
    thread.start()
    try:
        for _ in range(3000):
            assert cache.get_many(["a", "b"]) == [b"1", b"1"]
    finally:
        stop.set()
        thread.join()
