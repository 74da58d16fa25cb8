"""The two levels on Redis: imported only for an alias whose backend is one of the two we know."""

from __future__ import annotations

from typing import Any

from .compatible import CompatibleRedis, DjangoBackend, DjangoRedisBackend
from .link import Link, link_to
from .raw import RedisRaw

__all__ = ["Link", "RedisRaw", "dialect", "link_of", "speaks"]

DJANGO = "django.core.cache.backends.redis.RedisCache"
#: The classes whose semantics we reproduce, exactly these: a subclass is user code.
CLIENTS = {
    "django.core.cache.backends.redis.RedisCacheClient",
    "django_redis.client.default.DefaultClient",
    "django_redis.client.sentinel.SentinelClient",
}


def speaks(backend: Any) -> bool:
    """Tell whether *backend*, one of the two Redis backends, uses a client class we know."""
    return _path(_client(backend)) in CLIENTS


def link_of(backend: Any) -> Link:
    """Return a link to the server that *backend* writes to."""
    if _path(backend) == DJANGO:
        return link_to(backend._cache.get_client(None, write=True))
    return link_to(backend.client.get_client(write=True))


def dialect(backend: Any, link: Link) -> CompatibleRedis:
    """Return the compatible decisions for *backend*."""
    if _path(backend) == DJANGO:
        return DjangoBackend(backend, link)
    return DjangoRedisBackend(backend, link)


def _client(backend: Any) -> Any:
    return backend._cache if _path(backend) == DJANGO else backend.client


def _path(thing: Any) -> str:
    return f"{type(thing).__module__}.{type(thing).__qualname__}"
