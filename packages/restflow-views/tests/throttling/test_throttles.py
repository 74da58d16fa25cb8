"""Throttles: exactly the allowed number, in DRF's order of events, for true times."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache, caches
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import throttling as drf
from rest_framework.settings import api_settings
from rest_framework.test import APIRequestFactory

from restflow.core.adapters import loop_safe
from restflow.core.steps import on_loop
from restflow.exceptions import APIException
from restflow.test import assert_hops
from restflow.throttling import (
    AnonRateThrottle,
    BaseThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)
from restflow.throttling.periods import parsed_rate
from restflow_testing.counts import cases

NOBODY = SimpleNamespace(user=None, META={"REMOTE_ADDR": "192.0.2.1"}, headers={})


class Ten(SimpleRateThrottle):
    rate = "10/min"

    @loop_safe
    def get_cache_key(self, request: Any, view: Any) -> str | None:
        return "everybody"


def _redis(url: str) -> dict[str, Any]:
    backend = "django.core.cache.backends.redis.RedisCache"
    return {"default": {"BACKEND": backend, "LOCATION": url}}


@pytest.mark.parametrize("attempt", range(5))
def test_ten_of_five_hundred_threads_pass(attempt: int) -> None:
    with ThreadPoolExecutor(16) as pool:
        passed = list(pool.map(lambda _: Ten().allow_request(NOBODY, None), range(500)))
    assert sum(passed) == 10


async def test_ten_of_five_hundred_tasks_pass_without_a_thread() -> None:
    with assert_hops(0):
        passed = await asyncio.gather(*(Ten().aallow_request(NOBODY, None) for _ in range(500)))
    assert sum(passed) == 10


async def test_ten_of_many_pass_on_redis_without_a_thread(redis_server: Any) -> None:
    with override_settings(CACHES=_redis(redis_server.url)):
        with assert_hops(0):
            passed = await asyncio.gather(*(Ten().aallow_request(NOBODY, None) for _ in range(200)))
        assert sum(passed) == 10
        throttle = Ten()
        assert not await throttle.aallow_request(NOBODY, None)
        assert 50 < (throttle.wait() or 0) <= 60


PROCESS = """
import asyncio, sys
import django
from django.conf import settings

backend = "django.core.cache.backends.redis.RedisCache"
settings.configure(CACHES={"default": {"BACKEND": backend, "LOCATION": sys.argv[1]}})
django.setup()
from restflow.core.adapters import loop_safe
from restflow.throttling import SimpleRateThrottle

class Ten(SimpleRateThrottle):
    rate = "10/min"

    @loop_safe
    def get_cache_key(self, request, view):
        return request

async def main():
    for attempt in range(5):
        sys.stdin.readline()
        asked = [Ten().aallow_request(f"attempt {attempt}", None) for _ in range(64)]
        print(sum(await asyncio.gather(*asked)), flush=True)

asyncio.run(main())
"""


@pytest.mark.load
def test_ten_of_four_processes_pass_on_redis(redis_server: Any) -> None:
    command = [sys.executable, "-c", PROCESS, redis_server.url]
    pipe = subprocess.PIPE
    with ExitStack() as stack:
        processes = [
            stack.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True))
            for _ in range(4)
        ]
        for _ in range(5):
            for process in processes:
                assert process.stdin is not None
                process.stdin.write("\n")
                process.stdin.flush()
            answers = [process.stdout and process.stdout.readline() for process in processes]
            assert sum(int(answer or -999) for answer in answers) == 10


def test_ten_of_many_threads_pass_on_redis(redis_server: Any) -> None:
    with override_settings(CACHES=_redis(redis_server.url)), ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: Ten().allow_request(NOBODY, None), range(100))) == 10


def test_other_backends_allow_so_many_in_a_window(tmp_path: Any) -> None:
    backend = "django.core.cache.backends.filebased.FileBasedCache"
    caches_ = {"default": {"BACKEND": backend, "LOCATION": str(tmp_path)}}
    clock = [600.0]

    class Clocked(Ten):
        timer = staticmethod(lambda: clock[0])

    with override_settings(CACHES=caches_):
        assert [Clocked().allow_request(NOBODY, None) for _ in range(12)] == [True] * 10 + [
            False
        ] * 2
        clock[0] = 650.0
        throttle = Clocked()
        assert not throttle.allow_request(NOBODY, None)
        assert throttle.wait() == 10
        clock[0] = 660.0
        assert Clocked().allow_request(NOBODY, None)


def _clocked(base: Any, clock: list[float], number: int) -> Any:
    class Clocked(base):  # type: ignore[misc]
        rate = f"{number}/min"
        timer = staticmethod(lambda: clock[0])

        def get_cache_key(self, request: Any, view: Any) -> str:
            return "clocked"

    return Clocked


@settings(max_examples=cases(200), deadline=None)
@given(st.lists(st.integers(0, 40), max_size=25), st.integers(0, 4))
def test_answers_and_waits_equal_drfs(pauses: list[int], number: int) -> None:
    cache.clear()
    _equal_drfs(pauses, number)


def _equal_drfs(pauses: list[int], number: int) -> None:
    clock = [1_000_000.0]
    ours, drfs = (
        _clocked(SimpleRateThrottle, clock, number),
        _clocked(drf.SimpleRateThrottle, clock, number),
    )
    for pause in pauses:
        clock[0] += pause
        mine, theirs = ours(), drfs()
        passes = mine.allow_request(NOBODY, None)
        assert passes == theirs.allow_request(NOBODY, None)
        if not passes:
            assert mine.wait() == theirs.wait()


def test_redis_answers_as_memory_does(redis_server: Any) -> None:
    with override_settings(CACHES=_redis(redis_server.url)):
        _equal_drfs([0, 5, 10, 0, 50, 0, 10, 1, 0, 0, 59, 1, 0, 30, 30, 0], 3)
        cache.clear()
        _equal_drfs([0, 60, 1], 0)


def test_counters_are_apart_from_drfs() -> None:
    class DRFTen(drf.SimpleRateThrottle):
        rate = "10/min"

        def get_cache_key(self, request: Any, view: Any) -> str:
            return "everybody"

    for _ in range(10):
        assert Ten().allow_request(NOBODY, None)
    assert DRFTen().allow_request(NOBODY, None)


class TestOutage:
    @pytest.mark.parametrize("colour", ["sync", "async"])
    async def test_requests_pass_and_one_line_tells(
        self, colour: str, redis_server: Any, caplog: Any
    ) -> None:
        async def ask(throttle: Any) -> bool:
            if colour == "async":
                return bool(await throttle.aallow_request(NOBODY, None))
            return bool(await asyncio.to_thread(throttle.allow_request, NOBODY, None))

        with (
            override_settings(CACHES=_redis(redis_server.url)),
            caplog.at_level(logging.WARNING, "restflow.throttling"),
        ):
            assert await ask(Ten())
            redis_server.stop()
            assert [await ask(Ten()) for _ in range(12)] == [True] * 12
            assert len(caplog.records) == 1
            with pytest.raises(APIException) as caught:
                await ask(Closed())
            assert caught.value.status_code == 503
            redis_server.start()
            async with asyncio.timeout(20):
                while len(caplog.records) < 2:
                    await ask(Ten())
        assert "count again" in caplog.records[1].message


class Closed(Ten):
    passes_on_outage = False


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        ("100/hour", (100, 3600)),
        ("10/30s", (10, 30)),
        ("1/5min", (1, 300)),
        ("7 / 2 days", (7, 172_800)),
        ("3/s", (3, 1)),
        ("3/m", (3, 60)),
        ("0/day", (0, 86_400)),
    ],
)
def test_rates(rate: str, expected: tuple[int, int]) -> None:
    assert parsed_rate(rate) == expected


@pytest.mark.parametrize("rate", ["", "10", "10/month", "-1/s", "10/0s", "ten/s", "1.5/s", 10])
def test_what_is_no_rate_names_its_class(rate: Any) -> None:
    class Wrong(Ten):
        pass

    Wrong.rate = rate
    if not rate:
        Wrong.scope = "wrong"
        Wrong.THROTTLE_RATES = {"wrong": rate}
    with pytest.raises(ImproperlyConfigured, match=r"Wrong: .* is no rate.*10/30s"):
        Wrong()


def _request(user: Any = None, **meta: str) -> Any:
    request = APIRequestFactory().get("/", **meta)
    request.user = user
    return request


USER = SimpleNamespace(is_authenticated=True, pk="7")


@pytest.fixture
def rates() -> Any:
    rates = {"anon": "1/min", "user": "1/min", "uploads": "2/min"}
    with override_settings(REST_FRAMEWORK={"DEFAULT_THROTTLE_RATES": rates}):
        yield


@pytest.mark.usefixtures("rates")
async def test_who_is_limited() -> None:
    first, second = _request(REMOTE_ADDR="192.0.2.1"), _request(REMOTE_ADDR="192.0.2.2")
    assert await AnonRateThrottle().aallow_request(first, None)
    assert not await AnonRateThrottle().aallow_request(first, None)
    assert await AnonRateThrottle().aallow_request(second, None)
    for _ in range(3):
        assert await AnonRateThrottle().aallow_request(_request(USER), None)
    assert UserRateThrottle().allow_request(_request(USER, REMOTE_ADDR="192.0.2.1"), None)
    assert not UserRateThrottle().allow_request(_request(USER, REMOTE_ADDR="192.0.2.9"), None)
    assert UserRateThrottle().allow_request(first, None)


@pytest.mark.usefixtures("rates")
async def test_scopes() -> None:
    view = SimpleNamespace(throttle_scope="uploads")
    passed = [await ScopedRateThrottle().aallow_request(_request(USER), view) for _ in range(3)]
    assert passed == [True, True, False]
    assert await ScopedRateThrottle().aallow_request(_request(USER), SimpleNamespace())
    with pytest.raises(ImproperlyConfigured, match="nothing"):
        ScopedRateThrottle().allow_request(
            _request(USER), SimpleNamespace(throttle_scope="nothing")
        )


@pytest.mark.usefixtures("rates")
def test_behind_a_proxy_no_header_makes_another_client() -> None:
    with override_settings(REST_FRAMEWORK={**api_settings.user_settings, "NUM_PROXIES": 1}):
        passed = [
            AnonRateThrottle().allow_request(
                _request(HTTP_X_FORWARDED_FOR=f"{forged}, 198.51.100.7"), None
            )
            for forged in ("192.0.2.1", "192.0.2.2", "x y\n")
        ]
    assert passed == [True, False, False]


@pytest.mark.parametrize("key", ["a b", "ключ", "x" * 500, "\x00", "\ud800", "{}%s"])
def test_any_text_is_a_key_of_its_own(key: str) -> None:
    class ByText(Ten):
        rate = "1/min"

        def get_cache_key(self, request: Any, view: Any) -> str:
            return str(request)

    assert ByText().allow_request(key, None)
    assert not ByText().allow_request(key, None)
    assert ByText().allow_request(key + ".", None)


async def test_hooks_run_in_a_worker_and_have_the_last_word() -> None:
    seen: dict[str, bool] = {}

    class Hooked(Ten):
        rate = "1/min"

        def get_ident(self, request: Any) -> str:
            seen["ident"] = on_loop()
            return "x"

        def get_cache_key(self, request: Any, view: Any) -> str:
            seen["key"] = on_loop()
            return self.get_ident(request)

        def throttle_failure(self) -> bool:
            seen["failure"] = on_loop()
            return super().throttle_failure()

    class Lenient(Hooked):
        async def athrottle_failure(self) -> bool:
            return True

    assert await Hooked().aallow_request(NOBODY, None)
    assert not await Hooked().aallow_request(NOBODY, None)
    assert await Lenient().aallow_request(NOBODY, None)
    assert Lenient.athrottle_failure
    assert seen == {"ident": False, "key": False, "failure": False}


def test_an_async_throttle_is_asked_by_sync_views() -> None:
    class Never(BaseThrottle):
        async def aallow_request(self, request: Any, view: Any) -> bool:
            await asyncio.sleep(0)
            return False

    assert Never().allow_request(NOBODY, None) is False


def test_drfs_cache_attribute_names_the_alias() -> None:
    class Elsewhere(Ten):
        cache = caches["dummy"]

    class Here(Ten):
        cache = cache

    assert (Elsewhere.cache_alias, Here.cache_alias) == ("dummy", "default")
    with pytest.raises(ImproperlyConfigured, match=r"Nowhere\.cache is none of CACHES"):
        type("Nowhere", (Ten,), {"cache": object()})


@pytest.mark.parametrize("cls", [BaseThrottle, SimpleRateThrottle])
def test_what_must_be_defined_is_named(cls: Any) -> None:
    class Bare(cls):  # type: ignore[misc]
        rate = "1/s"

    with pytest.raises(NotImplementedError, match=r"Bare must define"):
        Bare().allow_request(NOBODY, None)
