"""Backend objects and links of our own, by alias."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache

if TYPE_CHECKING:
    from .redis import Link

_shared: dict[str, BaseCache] = {}
_links: dict[str, Link | None] = {}


def shared(alias: str) -> Any:
    """Return the backend object that tells how *alias* is set up.

    For memory and Redis it is one of our own that all threads use: ``caches[alias]`` makes one per
    thread and per request, and Django's Redis backend a connection pool with each.

    Raises:
        django.core.cache.InvalidCacheBackendError: there is no such alias.
    """
    backend = _shared.get(alias)
    if backend is None:
        backend = caches[alias]
        if type(backend) in (LocMemCache, DummyCache) or _is_redis(backend):
            backend = _shared.setdefault(alias, caches.create_connection(alias))
    return backend


def redis_link(alias: str) -> Link | None:
    """Return the one link to the Redis behind *alias*, ``None`` if it is no backend we know."""
    if alias not in _links:
        backend = shared(alias)
        link = None
        if _is_redis(backend):
            from . import redis

            link = redis.link_of(backend) if redis.speaks(backend) else None
        _links.setdefault(alias, link)  # of two threads that come here one keeps its link
    return _links[alias]


def honest(alias: str) -> Callable[[], Any]:
    """Return a function giving, in any thread, a backend for *alias* that raises on outages.

    django-redis hides them on request; its own clients apart, that is also true of subclasses
    with methods of the project's own, which run as ever.
    """
    if not hasattr(caches[alias], "_ignore_exceptions"):
        return lambda: caches[alias]
    local = threading.local()

    def backend() -> Any:
        if not hasattr(local, "backend"):
            local.backend = caches.create_connection(alias)
            local.backend._ignore_exceptions = False
        return local.backend

    return backend


def forget() -> None:
    """Drop everything: ``CACHES`` has changed."""
    for link in list(_links.values()):
        if link is not None:
            link.close()
    _links.clear()
    _shared.clear()


def _is_redis(backend: BaseCache) -> bool:
    """Tell whether *backend* is of one of the two classes we know, without importing either."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}" in (
        "django.core.cache.backends.redis.RedisCache",
        "django_redis.cache.RedisCache",
    )
