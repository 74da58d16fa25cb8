"""``RateLimit`` and ``RateLimit-Policy``: true numbers, on every view, only where asked for."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView as DRFAPIView

from restflow.core.adapters import loop_safe
from restflow.core.cache import CacheUnavailable
from restflow.test import AsyncAPIRequestFactory
from restflow.throttling import BaseThrottle, SimpleRateThrottle, simple
from restflow.throttling.headers import as_string
from restflow.views import APIView, AsyncAPIView

clock = [1000.0]
NAMES = ("RateLimit-Policy", "RateLimit")


class Three(SimpleRateThrottle):
    rate = "3/min"
    scope = "three"
    rate_limit_headers: bool | None = True
    timer = staticmethod(lambda: clock[0])

    @loop_safe
    def get_cache_key(self, request: Any, view: Any) -> str | None:
        return None if "free" in request.query_params else f"key of {self.scope}"


class Hundred(Three):
    rate = "100/2hours"
    scope = None


class Silent(Three):
    scope = "silent"
    rate_limit_headers = False


class AsSet(Three):
    scope = "as set"
    rate_limit_headers = None


class Plain(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return True


@pytest.fixture(autouse=True)
def _clock() -> None:
    clock[0] = 1000.0


async def told(base: Any, classes: list[Any], target: str = "/") -> tuple[int, Any, Any]:
    """Ask a view with throttles of *classes*; return its status and the two headers."""
    body: dict[str, Any] = {"throttle_classes": classes, "authentication_classes": []}
    if base is AsyncAPIView:

        async def get(self: Any, request: Any) -> Response:
            return Response()

        view = type("View", (base,), body | {"get": get}).as_view()
        response = await view(AsyncAPIRequestFactory().get(target))
    else:
        body["get"] = lambda self, request: Response()
        view = type("View", (base,), body).as_view()
        response = view(APIRequestFactory().get(target))
    policy, state = (response.headers.get(name) for name in NAMES)
    return response.status_code, policy, state


@pytest.fixture(params=[AsyncAPIView, APIView, DRFAPIView])
def base(request: Any) -> Any:
    return request.param


# DRF's own sync views and ours run on no loop in production; here the test's is no hindrance,
# since LocMem and these hooks need no thread.
async def test_what_is_left_and_when_more_comes(base: Any) -> None:
    seen = []
    for pause in (0, 10.5, 10, 10, 29.5, 0):
        clock[0] += pause
        seen.append(await told(base, [Three]))
    assert {policy for _, policy, _ in seen} == {'"three";q=3;w=60'}
    assert [(status, state) for status, _, state in seen] == [
        (200, '"three";r=2;t=60'),
        (200, '"three";r=1;t=50'),  # in 49.5 seconds the first one is forgotten
        (200, '"three";r=0;t=40'),
        (429, '"three";r=0;t=30'),
        (200, '"three";r=0;t=11'),
        (429, '"three";r=0;t=11'),
    ]


async def test_each_throttle_is_a_member(base: Any) -> None:
    status, policy, state = await told(base, [Three, Plain, Hundred])
    assert status == 200
    assert policy == '"three";q=3;w=60, "Hundred";q=100;w=7200'
    assert state == '"three";r=2;t=60, "Hundred";r=99;t=7200'


async def test_nothing_is_said_unasked(base: Any) -> None:
    assert await told(base, [Silent, Plain, AsSet]) == (200, None, None)
    assert await told(base, [Three], "/?free=1") == (200, None, None)


async def test_the_setting_and_what_overrules_it(base: Any) -> None:
    with override_settings(RESTFLOW_SETTINGS={"THROTTLING": {"RATE_LIMIT_HEADERS": True}}):
        _, policy, _ = await told(base, [AsSet, Silent])
    assert policy == '"as set";q=3;w=60'


async def test_a_limit_that_nobody_could_count_is_left_out(
    base: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*args: Any) -> Any:
        raise CacheUnavailable("default", "planted")

    monkeypatch.setattr(simple, "counted", down)
    monkeypatch.setattr(simple, "outage", lambda *args, **kwargs: None)
    assert await told(base, [Three]) == (200, None, None)


def test_a_throttle_may_be_asked_outside_of_a_view() -> None:
    request = DRFAPIView().initialize_request(APIRequestFactory().get("/"))
    assert Three().allow_request(request, None)
    assert Three().allow_request(request, object())


@given(st.text())
def test_any_scope_is_one_string_of_structured_fields(scope: str) -> None:
    text = as_string(scope)
    assert text[0] == text[-1] == '"'
    inner = text[1:-1].replace("\\\\", "").replace('\\"', "")
    assert '"' not in inner
    assert "\\" not in inner
    assert all(" " <= char <= "~" for char in text)
    if scope.isascii() and scope.isprintable():
        assert text[1:-1].replace('\\"', '"').replace("\\\\", "\\") == scope


def test_redis_says_what_memory_says(redis_server: Any) -> None:
    backend = "django.core.cache.backends.redis.RedisCache"
    request = DRFAPIView().initialize_request(APIRequestFactory().get("/"))

    def verdicts() -> list[Any]:
        clock[0] = 1000.0
        found = []
        for pause in (0, 1.25, 3, 50, 5, 5, 0, 70):
            clock[0] += pause
            throttle = Three()
            throttle.allow_request(request, None)
            found.append(throttle.verdict)
        return found

    expected = verdicts()
    with override_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": redis_server.url}}):
        assert verdicts() == expected
