"""Closing a response without a thread, when nothing that is closed needs one."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import reset_urlconf
from django.http.response import HttpResponseBase


def closes_quietly(response: HttpResponseBase) -> bool:
    """Tell whether ``response.close()`` would close nothing but memory.

    Files, the sources of streams, and whatever a view added may block, and may have to be closed
    in the thread that opened them.
    """
    if type(response).close is not HttpResponseBase.close or "close" in vars(response):
        return False
    closers: list[Any] = response._resource_closers  # type: ignore[attr-defined]
    return all(map(_of_quiet_request, closers)) and all(
        _keeps_connections(alias) for alias in caches
    )


def close_quietly(response: HttpResponseBase | None) -> None:
    """Do what ``response.close()`` and Django's receivers do, less the connections'."""
    if response is not None:
        closers: list[Any] = response._resource_closers  # type: ignore[attr-defined]
        for close in closers:
            close()
        closers.clear()
        response.closed = True
    reset_urlconf(sender=None)


def _of_quiet_request(closer: Any) -> bool:
    """Tell whether *closer* is ``request.close`` of a request without files, bodies on disk too."""
    request = getattr(closer, "__self__", None)
    if type(request) is not ASGIRequest or getattr(closer, "__func__", None) is not _close:
        return False
    if getattr(request, "_files", None):
        return False
    stream = request._stream  # a body that was read is kept as bytes
    return isinstance(stream, BytesIO) or not getattr(stream, "_rolled", True)


_close = ASGIRequest.close


def _keeps_connections(alias: str) -> bool:
    """Tell whether closing the cache *alias* at the end of a request does nothing."""
    if not hasattr(caches._connections, alias):  # type: ignore[attr-defined]
        return True  # not used in this request
    cache = caches[alias]
    if type(cache).close is BaseCache.close:
        return True
    if not type(cache).__module__.startswith("django_redis."):
        return False
    client = getattr(cache, "_client", None)
    if client is not None and type(client).close.__module__ != "django_redis.client.default":
        return False
    given: Any = settings.CACHES[alias]
    options = given.get("OPTIONS", {})
    whether = getattr(settings, "DJANGO_REDIS_CLOSE_CONNECTION", False)
    return not options.get("CLOSE_CONNECTION", whether)
