"""DRF's throttles: by address, by user, by part of the API."""

from __future__ import annotations

from typing import Any

from rest_framework import throttling as drf

from restflow.core.adapters import enter, twins
from restflow.core.steps import Steps

from .simple import SimpleRateThrottle


def _key_of_user(throttle: Any, request: Any) -> Steps[str]:
    if request.user and request.user.is_authenticated:
        ident = request.user.pk
    else:
        ident = yield from enter(throttle, "get_ident", request)
    key: str = throttle.cache_format % {"scope": throttle.scope, "ident": ident}
    return key


class AnonRateThrottle(SimpleRateThrottle, drf.AnonRateThrottle):
    """Limits requests without a user, by client address (``NUM_PROXIES``)."""

    scope = "anon"

    def _get_cache_key(self, request: Any, view: Any) -> Steps[str | None]:
        """Return the key of the client's address, ``None`` for users."""
        if request.user and request.user.is_authenticated:
            return None
        return (yield from _key_of_user(self, request))

    get_cache_key, aget_cache_key = twins(_get_cache_key)


class UserRateThrottle(SimpleRateThrottle, drf.UserRateThrottle):
    """Limits requests by user, and those without one by client address."""

    scope = "user"

    def _get_cache_key(self, request: Any, view: Any) -> Steps[str | None]:
        """Return the key of the user or of the client's address."""
        return (yield from _key_of_user(self, request))

    get_cache_key, aget_cache_key = twins(_get_cache_key)


class ScopedRateThrottle(SimpleRateThrottle, drf.ScopedRateThrottle):
    """Limits requests to the views that share a ``throttle_scope``, by user or address."""

    scope_attr = "throttle_scope"

    def __init__(self) -> None:
        """Wait for the view: only it knows the scope, and so the rate."""

    def _allow_request(self, request: Any, view: Any) -> Steps[bool]:
        """Tell whether *request* may pass; a view without a scope lets everything pass.

        Raises:
            ImproperlyConfigured: there is no rate for the view's scope.
        """
        self.scope = getattr(view, self.scope_attr, None)
        if not self.scope:
            return True
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return (yield from SimpleRateThrottle._allow_request(self, request, view))

    allow_request, aallow_request = twins(_allow_request)

    def _get_cache_key(self, request: Any, view: Any) -> Steps[str | None]:
        """Return the key of the scope and the user or address."""
        return (yield from _key_of_user(self, request))

    get_cache_key, aget_cache_key = twins(_get_cache_key)
