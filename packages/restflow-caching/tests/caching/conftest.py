"""What the tests of caching share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import caches
from django.test import override_settings

from restflow.caching import computing, function
from restflow.caching.registry import registry
from restflow.caching.stores import flights
from restflow.caching.stores.store import forget
from restflow_testing.services import RedisServer

DJANGO_REDIS = "django_redis.cache.RedisCache"
REDIS_CACHE = "django.core.cache.backends.redis.RedisCache"


@pytest.fixture(autouse=True)
def _apart() -> Iterator[None]:
    """Functions, breakers and flights of one test are nothing to the next one."""
    caches["default"].clear()  # also where the previous test used other caches
    yield
    assert len(flights) == 0, "a flight was never ended"
    registry.clear()
    forget()


def redis_caches(url: str, backend: str = DJANGO_REDIS, **options: Any) -> dict[str, Any]:
    """``CACHES`` with that Redis as default."""
    return {"default": {"BACKEND": backend, "LOCATION": url, **options}}


@pytest.fixture
def own_redis(redis_server: RedisServer) -> Iterator[RedisServer]:
    """A Redis of the test's own, as the default cache."""
    with override_settings(CACHES=redis_caches(redis_server.url)):
        yield redis_server


class Clock:
    """The clock of the read path, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.offset = 0.0
        own = SimpleNamespace(
            time=lambda: time.time() + self.offset,
            monotonic=time.monotonic,
            perf_counter=time.perf_counter,
            sleep=time.sleep,
        )
        for module in (function, computing):
            monkeypatch.setattr(module, "time", own)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
