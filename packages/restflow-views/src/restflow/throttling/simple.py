"""The base of throttles that allow so many requests in a period."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from rest_framework import throttling as drf
from rest_framework.settings import api_settings

from restflow.core.adapters import enter, loop_safe, plain_twins, twins
from restflow.core.cache import CacheUnavailable
from restflow.core.steps import Steps

from .base import BaseThrottle
from .conf import throttling_settings
from .counting import Verdict, counted
from .headers import announce
from .outages import outage, recovery
from .periods import parsed_rate


class _Rates:
    """DRF's rates as the settings of the moment have them."""

    def __get__(self, instance: Any, owner: type) -> Any:
        return api_settings.DEFAULT_THROTTLE_RATES


def _throttle_success(throttle: Any) -> bool:
    """Called when a request passes, after it was counted; returns what the throttle answers."""
    return True


class SimpleRateThrottle(BaseThrottle, drf.SimpleRateThrottle):
    """So many requests in a period, for each key: override ``get_cache_key``.

    DRF's class with its attributes and hooks. The check and the count are one operation, so of
    any number of simultaneous requests exactly the allowed number passes, in all processes that
    share the cache. Requests that are refused do not count.
    https://www.django-rest-framework.org/api-guide/throttling/

    Attributes:
        rate: ``"100/hour"``, or ``"10/30s"`` for 30 seconds; by default the one that
            ``DEFAULT_THROTTLE_RATES`` has for :attr:`scope`; ``None`` allows everything.
        cache_alias: the key in ``CACHES``; setting DRF's ``cache`` sets it too.
        passes_on_outage: let requests pass uncounted while the cache is down; ``False`` answers
            them 503.
        rate_limit_headers: put ``RateLimit`` and ``RateLimit-Policy`` on responses; ``None``
            does what ``RESTFLOW_SETTINGS["THROTTLING"]["RATE_LIMIT_HEADERS"]`` says.
        timer: returns the time in seconds; left alone, the clock that all counters share.
    """

    cache_alias = "default"
    passes_on_outage = True
    rate_limit_headers: bool | None = None
    THROTTLE_RATES: Any = _Rates()
    num_requests: int
    duration: int
    verdict: Verdict | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "cache" in vars(cls):
            cls.cache_alias = _alias_of(cls, vars(cls)["cache"])

    def parse_rate(self, rate: str | None) -> Any:
        """Return the number of requests and the seconds of *rate*; ``(None, None)`` for none.

        Raises:
            ImproperlyConfigured: *rate* is no rate.
        """
        if rate is None:
            return (None, None)
        try:
            return parsed_rate(rate)
        except ValueError as error:
            cls = type(self)
            raise ImproperlyConfigured(
                f"The rate of {cls.__module__}.{cls.__qualname__}: {error}"
            ) from error

    def _get_cache_key(self, request: Any, view: Any) -> Steps[str | None]:
        """Return what to count under, ``None`` to let *request* pass uncounted.

        Raises:
            NotImplementedError: a subclass overrides neither this nor its twin.
        """
        yield from ()
        raise NotImplementedError(
            f"{type(self).__module__}.{type(self).__qualname__} must define get_cache_key()."
        )

    get_cache_key, aget_cache_key = twins(_get_cache_key)

    def _allow_request(self, request: Any, view: Any) -> Steps[bool]:
        """Tell whether *request* may pass, and count it if so.

        Raises:
            APIException: 503: the cache is down and ``passes_on_outage`` is off.
        """
        self.verdict = None
        if self.rate is None:
            return True
        self.key = yield from enter(self, "get_cache_key", request, view)
        if self.key is None:
            return True
        now = None if type(self).timer is time.time else self.timer()
        alias = self.cache_alias
        try:
            self.verdict = yield from counted(
                alias, str(self.key), self.num_requests, self.duration, now
            )
        except CacheUnavailable as error:
            outage(alias, error, passes=self.passes_on_outage)
            return True
        recovery(alias)
        told = self.rate_limit_headers
        if throttling_settings.RATE_LIMIT_HEADERS if told is None else told:
            name = self.scope or type(self).__qualname__
            announce(view, name, self.num_requests, self.duration, self.verdict)
        hook = "throttle_success" if self.verdict.passes else "throttle_failure"
        passes: bool = yield from enter(self, hook)
        return passes

    allow_request, aallow_request = twins(_allow_request)

    throttle_success, athrottle_success = plain_twins(_throttle_success)
    throttle_failure, athrottle_failure = plain_twins(drf.SimpleRateThrottle.throttle_failure)

    @loop_safe
    def wait(self) -> float | None:
        """Return the seconds until a request with this key passes again."""
        return None if self.verdict is None else self.verdict.wait


def _alias_of(cls: type, cache: Any) -> str:
    alias = getattr(cache, "_alias", None)  # django.core.cache.cache, which stands for an alias
    for name in [alias] if alias else settings.CACHES:
        if alias or caches[name] is cache:
            return str(name)
    raise ImproperlyConfigured(
        f"{cls.__module__}.{cls.__qualname__}.cache is none of CACHES. "
        f"Set cache_alias to the name of one."
    )
