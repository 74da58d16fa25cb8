"""A second way to the same Redis, whose sync client waits no longer than ``DEADLINE``."""

from __future__ import annotations

from threading import Lock
from typing import Any

from django.core.cache import caches

from ..conf import caching_settings

#: Backends that pass their options on to redis-py.
DJANGO = "django.core.cache.backends.redis.RedisCache"
DJANGO_REDIS = "django_redis.cache.RedisCache"
_lock = Lock()


def patient_alias(alias: str) -> str:
    """Return an alias for the cache *alias* with its keys, and with our deadline.

    A thread that waits for a server that hangs can only be freed by its socket, and the project's
    timeout is made for other uses. So where it is longer, cached functions have connections of
    their own: the entry of ``CACHES`` once more, with ``socket_timeout`` and without retries.
    Other backends have timeouts of their own or none; there *alias* itself is returned.
    """
    kind = _kind(caches[alias])
    if not kind:
        return alias
    name = f"{alias} (within {caching_settings.DEADLINE:g} s)"
    with _lock:
        known: Any = caches.settings
        if name not in known:
            entry = dict(known[alias])
            options = dict(entry.get("OPTIONS") or {})
            entry["OPTIONS"] = (_django if kind == DJANGO else _django_redis)(options)
            # A dictionary of its own: the project's CACHES stays what it is.
            caches.settings = {**known, name: entry}
    return name


def _kind(backend: Any) -> str:
    names = [f"{each.__module__}.{each.__qualname__}" for each in type(backend).__mro__]
    return next((name for name in names if name in (DJANGO, DJANGO_REDIS)), "")


def _shorter(given: Any) -> float:
    deadline = float(caching_settings.DEADLINE)
    return deadline if given is None else min(float(given), deadline)


def _once() -> Any:
    """A policy of redis-py that tries once: each attempt could cost the deadline again."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    return Retry(NoBackoff(), 0)


def _django(options: dict[str, Any]) -> dict[str, Any]:
    connecting = options.get("socket_connect_timeout", options.get("socket_timeout"))
    return {
        **options,
        "socket_timeout": _shorter(options.get("socket_timeout")),
        "socket_connect_timeout": _shorter(connecting),
        "retry": _once(),
    }


def _django_redis(options: dict[str, Any]) -> dict[str, Any]:
    pool = dict(options.get("CONNECTION_POOL_KWARGS") or {})
    reading = options.get("SOCKET_TIMEOUT", pool.pop("socket_timeout", None))
    connecting = options.get("SOCKET_CONNECT_TIMEOUT", pool.pop("socket_connect_timeout", reading))
    return {
        **options,
        "SOCKET_TIMEOUT": _shorter(reading),
        "SOCKET_CONNECT_TIMEOUT": _shorter(connecting),
        "CONNECTION_POOL_KWARGS": {**pool, "retry": _once()},
    }
