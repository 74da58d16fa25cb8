"""Servers, settings and counters for the tests of cache access."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from restflow.core.cache import backends
from restflow.core.cache.redis import loops
from restflow_testing.services import RedisServer

KINDS = {
    "django": "django.core.cache.backends.redis.RedisCache",
    "django-redis": "django_redis.cache.RedisCache",
    "locmem": "django.core.cache.backends.locmem.LocMemCache",
    "dummy": "django.core.cache.backends.dummy.DummyCache",
    "files": "django.core.cache.backends.filebased.FileBasedCache",
    "database": "django.core.cache.backends.db.DatabaseCache",
}


@pytest.fixture(scope="session")
def redis() -> Iterator[RedisServer]:
    """A Redis of this suite's own; tests keep apart by their key prefix."""
    with RedisServer("--loglevel", "warning") as server:
        yield server


@pytest.fixture
def use(settings: Any) -> Iterator[Callable[..., None]]:
    """Set ``CACHES["default"]``: ``use(kind, location, **more)``, with a key prefix of its own."""

    def set_default(kind: str, location: Any = "", **more: Any) -> None:
        default = {"BACKEND": KINDS.get(kind, kind), "LOCATION": location, **more}
        default.setdefault("KEY_PREFIX", uuid4().hex)
        settings.CACHES = {"default": default}

    yield set_default
    backends.forget()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as found:
        yield found
    assert not loops.rooms, "a loop has ended and its connections are still known"


class Spy:
    """Looks at a Redis from outside: who is connected, and what is stored."""

    def __init__(self, url: str) -> None:
        import redis as library

        self.client: Any = library.Redis.from_url(url, protocol=2)
        self.own = self.client.client_id()

    def connections(self) -> int:
        """Return how many others are connected."""
        return len([one for one in self.client.client_list() if int(one["id"]) != self.own])

    def until_connections(self, count: int) -> None:
        """Wait until that many others are connected: Redis notices a closed socket a bit later."""
        deadline = monotonic() + 5
        while (now := self.connections()) != count:
            assert monotonic() < deadline, f"{now} connections instead of {count}"
            threading.Event().wait(0.01)


@pytest.fixture
def spy(redis_server: RedisServer) -> Iterator[Spy]:
    """A look at the Redis of this test's own."""
    found = Spy(redis_server.url)
    yield found
    found.client.close()


def freeze(server: RedisServer) -> None:
    """Let *server* hang: it keeps its connections and answers nothing."""
    assert server._process is not None
    server._process.send_signal(signal.SIGSTOP)


def thaw(server: RedisServer) -> None:
    assert server._process is not None
    server._process.send_signal(signal.SIGCONT)


@pytest.fixture
def freezing() -> SimpleNamespace:
    return SimpleNamespace(freeze=freeze, thaw=thaw)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path)
