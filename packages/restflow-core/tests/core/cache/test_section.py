"""Sections keep others out, in threads and processes, and free themselves."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.filebased import FileBasedCache

from restflow.core.cache import CacheUnavailable, section
from restflow.core.cache.section import Sections
from restflow_testing.counts import cases


@pytest.fixture(params=["files", "locmem"])
def backend(request: pytest.FixtureRequest, use: Any, folder: str) -> Any:
    use(request.param, folder)
    return caches["default"]


@contextmanager
def held_elsewhere(sections: Sections, backend: Any, key: str) -> Iterator[threading.Event]:
    """Another thread is inside the section of *key* until the event is set."""
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with sections.hold(backend, key):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    assert inside.wait(5)
    try:
        yield leave
    finally:
        leave.set()
        thread.join()


def test_a_thread_may_enter_again(backend: Any) -> None:
    sections = Sections("default")
    with sections.hold(backend, "a"), sections.hold(backend, "a"), sections.hold(backend, "b"):
        pass
    with sections.hold(backend, "a"):
        pass


def test_others_wait_until_it_is_free(backend: Any) -> None:
    sections = Sections("default")
    entered = threading.Event()

    def enter() -> None:
        with sections.hold(backend, "a"):
            entered.set()

    with held_elsewhere(sections, backend, "a") as leave:
        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.1)
        leave.set()
        assert entered.wait(5)
        waiting.join()


def test_it_is_free_after_an_error(backend: Any) -> None:
    sections = Sections("default")
    with pytest.raises(KeyError), sections.hold(backend, "a"):
        raise KeyError
    with held_elsewhere(sections, backend, "a"):
        pass


def test_a_lease_that_does_not_come_free_is_an_outage(
    use: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    use("locmem", "section")
    monkeypatch.setattr(section, "PATIENCE", 0.05)
    sections, backend = Sections("default"), caches["default"]
    with held_elsewhere(sections, backend, "a"):
        with (
            pytest.raises(CacheUnavailable, match="holds the lease of 'a'"),
            sections.hold(backend, "a"),
        ):
            pass
        with sections.hold(backend, "b"):  # other keys are free
            pass


def test_the_lease_of_a_process_that_died_ends(use: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    use("locmem", "section")
    monkeypatch.setattr(section, "LEASE", 0.05)
    sections, backend = Sections("default"), caches["default"]
    dead = sections._lease(backend, "a")
    dead.__enter__()
    with sections.hold(backend, "a"):  # waits until the lease has ended
        with pytest.raises(StopIteration):
            next(dead.gen)  # its holder wakes up late and gives back what is not its own
        assert backend.has_key(_lease_name(backend))


def _lease_name(backend: Any) -> str:
    [key] = [key for key in backend._cache if "restflow.lease" in key]
    return str(key).rpartition(":")[2]


def test_the_folder_of_the_file_cache_may_vanish(use: Any, tmp_path: Any) -> None:
    use("files", str(tmp_path / "gone"))
    backend: Any = caches["default"]
    (tmp_path / "gone").rmdir()
    with Sections("default").hold(backend, "a"):
        assert (tmp_path / "gone").is_dir()


COUNT_UP = """
import sys

from django.conf import settings

settings.configure()

from django.core.cache.backends.filebased import FileBasedCache

from restflow.core.cache.section import Sections

folder, turns = sys.argv[1:]
backend = FileBasedCache(folder, {})
sections = Sections("default")
for _ in range(int(turns)):
    with sections.hold(backend, "n"):
        backend.set("n", backend.get("n", 0) + 1)
"""


@pytest.mark.load
def test_processes_exclude_each_other_on_files(folder: str) -> None:
    turns = cases(400)
    command = [sys.executable, "-c", COUNT_UP, folder, str(turns)]
    workers = [subprocess.Popen(command) for _ in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert FileBasedCache(folder, {}).get("n") == 3 * turns
