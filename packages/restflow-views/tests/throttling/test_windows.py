"""Backends that count in windows: never more than allowed in one, whoever asks at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from types import SimpleNamespace
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.core.management import call_command
from django.db import connections
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from restflow.core.adapters import loop_safe
from restflow.test import assert_hops
from restflow.throttling import SimpleRateThrottle
from restflow_testing.counts import cases

NOBODY = SimpleNamespace(user=None, META={"REMOTE_ADDR": "192.0.2.1"}, headers={})
clock = [0.0]


class MemcachedClient:
    """What Memcached promises: each command is atomic, ``incr`` needs an entry, no scripts."""

    store: ClassVar[dict[str, Any]] = {}
    lock: ClassVar[Any] = Lock()

    def __init__(self, servers: Any, **options: Any) -> None:
        """One store for every client, as one server would be."""

    def get(self, key: str, default: Any = None) -> Any:
        return self.store.get(key, default)

    def get_multi(self, keys: Any) -> dict[str, Any]:
        return {key: self.store[key] for key in keys if key in self.store}

    def set(self, key: str, value: Any, timeout: int) -> bool:
        self.store[key] = value
        return True

    def add(self, key: str, value: Any, timeout: int) -> bool:
        with self.lock:
            return key not in self.store and self.set(key, value, timeout)

    def incr(self, key: str, delta: int) -> int:
        with self.lock:
            self.store[key] += delta  # KeyError, as the client libraries have one of their own
            count: int = self.store[key]
            return count

    def disconnect_all(self) -> None:
        pass


class Memcached(BaseMemcachedCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params, SimpleNamespace(Client=MemcachedClient), KeyError)


class Five(SimpleRateThrottle):
    rate = "5/min"
    timer = staticmethod(lambda: clock[0])

    @loop_safe
    def get_cache_key(self, request: Any, view: Any) -> str | None:
        return "everybody"


BACKENDS = {
    "memcached": f"{__name__}.Memcached",
    "database": "django.core.cache.backends.db.DatabaseCache",
    "files": "django.core.cache.backends.filebased.FileBasedCache",
}


@pytest.fixture(params=BACKENDS)
def backend(request: Any, tmp_path: Any, transactional_db: None) -> Iterator[str]:
    MemcachedClient.store.clear()
    location = {"files": str(tmp_path), "database": "throttle_windows"}.get(request.param, "here")
    entry = {"BACKEND": BACKENDS[request.param], "LOCATION": location}
    with override_settings(CACHES={"default": entry}):
        if request.param == "database":
            call_command("createcachetable", verbosity=0)
        yield request.param
    if request.param == "database":
        with connections["default"].cursor() as cursor:
            cursor.execute("DROP TABLE throttle_windows")


@settings(max_examples=cases(100), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.floats(0, 300), max_size=40), start=st.integers(0, 10**6))
def test_so_many_in_each_window(backend: str, times: list[float], start: int) -> None:
    example = uuid4().hex

    class Counted(Five):
        def get_cache_key(self, request: Any, view: Any) -> str | None:
            return example

    asked: Counter[int] = Counter()
    for moment in sorted(times):
        clock[0] = moment + start * 600
        window = int(clock[0] // 60)
        asked[window] += 1
        throttle = Counted()
        assert throttle.allow_request(NOBODY, None) == (asked[window] <= 5)
        verdict = throttle.verdict
        assert verdict is not None
        assert verdict.left == max(5 - asked[window], 0)
        assert verdict.reset == (window + 1) * 60 - clock[0]
        assert throttle.wait() == (0 if verdict.passes else verdict.reset)


def test_five_of_many_threads_pass(backend: str) -> None:
    clock[0] = 6000.0

    def ask(_: int) -> bool:
        try:
            return bool(Five().allow_request(NOBODY, None))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(60))) == 5


async def test_one_hop(backend: str) -> None:
    with assert_hops(1):
        assert await Five().aallow_request(NOBODY, None)
