"""From an alias in ``CACHES`` to its two levels: made once, and anew when the settings change."""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.memcached import BaseMemcachedCache
from django.core.signals import setting_changed

from . import backends
from .compatible import CompatibleCache
from .keys import loop_safe_keys, raw_key_maker
from .local import DummyRaw, LocalRaw
from .other import OtherRaw
from .outages import Lenient, Policy, Strict
from .raw import RawCache
from .runners import Decided, Hooks, Inline, Runner, Threaded

_compatible: dict[tuple[str, bool], CompatibleCache] = {}
_raw: dict[tuple[str, int | None], RawCache] = {}


def compatible_cache(alias: str = "default", *, strict: bool = False) -> CompatibleCache:
    """Return Django's cache methods for *alias*, in both colours.

    Call it where you use it, as you would write ``caches[alias]``: it is one dictionary lookup,
    and gives what the settings of the moment say.

    Args:
        alias: a key in ``CACHES``.
        strict: raise :class:`CacheUnavailable` on every outage, even where the backend was told
            to hide them (``IGNORE_EXCEPTIONS``) or raises errors of its own.

    Raises:
        django.core.cache.InvalidCacheBackendError: there is no such alias.
    """
    known = _compatible.get((alias, strict))
    if known is None:
        known = CompatibleCache(alias, _compatible_runner(alias, strict))
        _compatible[alias, strict] = known
    return known


def raw_cache(alias: str = "default", *, version: int | None = None) -> RawCache:
    """Return the raw operations on the cache *alias*.

    Call it where you use it: it is one dictionary lookup.

    Args:
        alias: a key in ``CACHES``.
        version: Django's cache version, part of every key; the alias's ``VERSION`` if left out.

    Raises:
        django.core.cache.InvalidCacheBackendError: there is no such alias.
    """
    known = _raw.get((alias, version))
    if known is None:
        known = _raw[alias, version] = _make_raw(alias, version)
    return known


def _compatible_runner(alias: str, strict: bool) -> Runner:
    backend = backends.shared(alias)
    if type(backend) in (LocMemCache, DummyCache):
        return _placed(Inline(backend, Policy()), backend)
    link = backends.redis_link(alias)
    if link is None:
        if strict:
            return Hooks(backends.honest(alias), Strict(alias))
        return Hooks(lambda: caches[alias], Policy())
    from .redis import dialect

    policy = Policy()
    if strict:
        policy = Strict(alias)
    elif getattr(backend, "_ignore_exceptions", False):
        policy = Lenient(backend.logger)
    decisions = dialect(backend, link)
    return _placed(Decided(decisions, policy, hop_free=link.native), backend)


def _make_raw(alias: str, version: int | None) -> RawCache:
    backend = backends.shared(alias)
    if type(backend) is LocMemCache:
        local = LocalRaw(alias, backend, version)
        return RawCache(alias, _placed(Inline(local, Policy()), backend))
    if type(backend) is DummyCache:
        return RawCache(alias, Inline(DummyRaw(), Policy()))
    link = backends.redis_link(alias)
    if link is None:
        other = OtherRaw(alias, backends.honest(alias), version)
        runner = Threaded(Inline(other, Strict(alias)))
        return RawCache(alias, runner, reports_outages=not isinstance(backend, BaseMemcachedCache))
    from .redis import RedisRaw

    decisions = RedisRaw(link, raw_key_maker(backend, version))
    return RawCache(
        alias, _placed(Decided(decisions, Strict(alias), hop_free=link.native), backend)
    )


def _placed(runner: Runner, backend: BaseCache) -> Runner:
    """Return *runner*, in a thread if keys must be made there."""
    return runner if loop_safe_keys(backend) else Threaded(runner)


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "CACHES":
        _compatible.clear()
        _raw.clear()
        backends.forget()


setting_changed.connect(_forget)
