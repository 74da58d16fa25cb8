"""Counting requests where all processes see the count, in one operation."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from time import time
from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.utils.module_loading import import_string

from restflow.core.cache import RawOperations, Script, raw_cache
from restflow.core.steps import Steps

#: Apart from everything else in the cache, DRF's throttles included.
PREFIX = "restflow.throttle:"
#: Longer keys, and those with other characters, are stored under their digest.
LONGEST = 150


class Verdict(NamedTuple):
    """What counting one request gave.

    Args:
        passes: whether it passes.
        left: how many more may pass now.
        wait: seconds until one passes again, 0 if this one did.
        reset: seconds until some of what was used up may be used again.
    """

    passes: bool
    left: int
    wait: float
    reset: float


def _logged(cache: RawOperations, keys: Sequence[str], args: Sequence[Any]) -> list[int]:
    """Do what the script does, in the memory of this process."""
    limit, span = int(args[0]), int(args[1])
    now = int(args[2]) if args[2] != "" else int(time() * 1e6)
    stamps = array("q")
    stamps.frombytes(cache.get(keys[0]) or b"")
    del stamps[: bisect_right(stamps, now - span)]
    count = len(stamps)
    if count >= limit:
        return [0, count, stamps[count - limit] + span - now if limit else span]
    stamps.append(now)
    cache.set(keys[0], stamps.tobytes(), span // 1000)
    return [1, count + 1, stamps[0] + span - now]


#: A log of the requests that passed: (limit, microseconds of the period, now or ""). Answers
#: whether this one passes, how many have, and the microseconds until one of them is forgotten.
LOG = Script(
    """
    local limit, span, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
    if not now then
        local clock = redis.call('TIME')
        now = clock[1] * 1000000 + clock[2]
    end
    local oldest = redis.call('LINDEX', KEYS[1], 0)
    while oldest and tonumber(oldest) <= now - span do
        redis.call('LPOP', KEYS[1])
        oldest = redis.call('LINDEX', KEYS[1], 0)
    end
    local count = redis.call('LLEN', KEYS[1])
    if count >= limit then
        if limit == 0 then return {0, count, span} end
        return {0, count, redis.call('LINDEX', KEYS[1], count - limit) + span - now}
    end
    redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
    redis.call('PEXPIRE', KEYS[1], math.ceil(span / 1000))
    return {1, count + 1, (oldest or now) + span - now}
    """,
    _logged,
)


def counted(alias: str, key: str, limit: int, seconds: int, now: float | None) -> Steps[Verdict]:
    """Count a request under *key* if it passes, and return the verdict.

    On Redis and in memory a log of the last *seconds* decides: a request passes while fewer than
    *limit* have passed in any *seconds* up to now. Other backends count in windows that begin at
    multiples of *seconds*, with their own atomic ``incr``: never more than *limit* in a window.

    Args:
        alias: a key in ``CACHES``.
        now: seconds since 1970; ``None`` asks the clock that all counters share.

    Raises:
        CacheUnavailable: the cache gave no answer.
    """
    cache = raw_cache(alias)
    name = stored_name(key)
    if _keeps_logs(settings.CACHES[alias]["BACKEND"]):
        stamp = "" if now is None else int(now * 1e6)
        passes, count, rest = yield cache.step(
            cache.eval, LOG, [name], [limit, seconds * 1_000_000, stamp]
        )
        reset = max(rest, 0) / 1e6
        return Verdict(bool(passes), max(limit - count, 0), 0.0 if passes else reset, reset)
    moment = time() if now is None else now
    window = int(moment // seconds)
    count = yield cache.step(cache.incr, f"{name}:{window}", 1, (seconds + 1) * 1000)
    reset = (window + 1) * seconds - moment
    return Verdict(count <= limit, max(limit - count, 0), 0.0 if count <= limit else reset, reset)


def stored_name(key: str) -> str:
    """Return the cache key for *key*: any text may come from a header or a user name."""
    if len(key) <= LONGEST and key.isascii() and key.isprintable() and " " not in key:
        return PREFIX + key
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return f"{PREFIX}#{digest}"


@lru_cache
def _keeps_logs(backend: str) -> bool:
    """Tell whether the cache class named *backend* runs a script as one operation."""
    cls = import_string(backend)
    if cls in (LocMemCache, DummyCache):
        return True
    return any("redis" in base.__module__ for base in cls.__mro__)
