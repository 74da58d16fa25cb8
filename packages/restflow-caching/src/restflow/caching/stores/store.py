"""One cache alias as the read path sees it: entries, tokens and leases, guarded by the breaker."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pickle import PickleError
from secrets import token_bytes
from threading import Lock
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.signals import setting_changed
from django.db import DatabaseError

from restflow.core.cache import CacheUnavailable, raw_cache
from restflow.core.steps import Step, Steps

from ..conf import caching_settings
from .breaker import breaker_of
from .breaker import forget as forget_breakers
from .deadline import in_time
from .patience import patient_alias
from .scripts import BEGIN, FINISH
from .tokens import PARTITION_LIFE, TokenTable, new_token, sound, wiping_token

#: Attempts to make a token that somebody keeps removing, before the cache counts as thrashing.
ATTEMPTS = 5


class StoreUnavailable(Exception):
    """The cache gave no usable answer; it is no concern of who called a cached function.

    Args:
        foreign: it did answer, but with values that nobody of ours has stored.
    """

    def __init__(self, message: str, *, foreign: bool = False) -> None:
        super().__init__(message)
        self.foreign = foreign


class Store:
    """What decisions ask of a cache. All methods are decisions and raise ``StoreUnavailable``.

    Args:
        alias: the key in ``CACHES``.
        version: Django's cache version, or ``None`` for the alias' own.
        raw: stands in for core's access to the alias, in tests.
    """

    def __init__(self, alias: str, version: int | None = None, raw: Any = None) -> None:
        self.alias = alias
        self.version = version
        self.raw: Any = raw_cache(patient_alias(alias), version=version) if raw is None else raw
        self.breaker = breaker_of(alias)
        #: Tokens beside the cache instead of in it, for a cache that lives in this process.
        self.table = _table_of(alias, version) if raw is None and self.raw.inline else None
        self.local = self.table is not None
        #: Redis, talked to directly: several operations can be one.
        self.scripted = self.raw.hop_free and not self.raw.inline
        #: Tokens of invalidations that did not reach the cache; they must before it is trusted.
        self.pending: set[str] = set()
        self._pending_lock = Lock()

    # -- reading -----------------------------------------------------------------------------

    def fetch(self, key: str, names: Sequence[str]) -> Steps[list[bytes | None]]:
        """Return what is stored under *key*, then each of the tokens *names*."""
        if self.table is not None:
            return self.look(key, names)
        found: list[bytes | None] = yield from self._ask(self.raw.get_many, (key, *names))
        return found

    def look(self, key: str, names: Sequence[str]) -> list[bytes | None]:
        """Return what :meth:`fetch` would, from a cache in this process: there is no waiting."""
        assert self.table is not None
        try:
            stored = self.raw.get(key)
        except Exception as error:  # the memory always answers, if with somebody else's value
            raise StoreUnavailable(str(error), foreign=True) from error
        return [stored, *map(self.table.get, names)]

    def repair(self, key: str, names: Sequence[str]) -> Steps[None]:
        """Overwrite what cannot be read: somebody else's values under our keys."""
        yield from self._ask(self.raw.set, key, b"")
        if self.table is None:
            fresh = {name: wiping_token() for name in names}
            yield from self._ask(self.raw.set_many, fresh, PARTITION_LIFE * 1000)

    # -- computing ---------------------------------------------------------------------------

    def begin(
        self,
        key: str,
        names: Sequence[str],
        found: Sequence[bytes | None],
        lives: Sequence[float | None],
        lease: str,
        seconds: float,
    ) -> Steps[tuple[list[bytes], bytes | None, bytes | None]]:
        """Make the tokens *names* that are missing, and try to take the lease.

        Args:
            key: of the entry.
            names: keys of the tokens.
            found: the tokens as just read.
            lives: seconds each of them is kept at least; ``None`` for ever.
            lease: its key.
            seconds: how long the lease lasts.

        Returns:
            The tokens; the owner's mark if the caller got the lease; and what is stored under
            *key* by then, if the lease is the caller's.
        """
        owner, leased, data = token_bytes(12), False, None
        if self.table is not None:  # one process needs no lease
            return [self.table.add(name, new_token()) for name in names], owner, None
        if self.scripted:
            arguments: list[Any] = [owner, round(seconds * 1000)]
            for life in lives:
                arguments += [new_token(), 0 if life is None else round(life * 1000)]
            leased, data, *tokens = yield from self._ask(
                self.raw.eval, BEGIN, (lease, key, *names), tuple(arguments)
            )
            found = tokens
        tokens = []
        for name, token, life in zip(names, found, lives, strict=True):
            tokens.append(sound(token) or (yield from self._token(name, life)))
        if not self.scripted:
            leased = yield from self._ask(self.raw.add, lease, owner, round(seconds * 1000))
            if leased:
                data = yield from self._ask(self.raw.get, key)
        return (tokens, owner, data) if leased else (tokens, None, None)

    def _token(self, name: str, life: float | None) -> Steps[bytes]:
        milliseconds = None if life is None else round(life * 1000)
        for _ in range(ATTEMPTS):
            token = new_token()
            if (yield from self._ask(self.raw.add, name, token, milliseconds)):
                return token
            current = sound((yield from self._ask(self.raw.get, name)))
            if current is not None:
                return current
            yield from self._ask(self.raw.delete, name)
        raise StoreUnavailable(f"The cache {self.alias!r} loses what was just stored.")

    def leased(self, lease: str) -> Steps[bool]:
        """Tell whether anybody holds the lease."""
        return (yield from self._ask(self.raw.get, lease)) is not None

    def take(self, lease: str, seconds: float) -> Steps[bytes | None]:
        """Try to take the lease and return the owner's mark."""
        owner = token_bytes(12)
        taken = self.local or (
            yield from self._ask(self.raw.add, lease, owner, round(seconds * 1000))
        )
        return owner if taken else None

    def finish(
        self,
        key: str,
        data: bytes,
        life: float | None,
        lease: str,
        owner: bytes | None,
        names: Sequence[str],
        tokens: Sequence[bytes],
    ) -> Steps[None]:
        """Store an entry for *life* seconds and give the lease back."""
        milliseconds = None if life is None else max(1, round(life * 1000))
        if self.scripted:
            arguments = (owner or b"", data, milliseconds or 0, *tokens)
            yield from self._ask(self.raw.eval, FINISH, (key, lease, *names), arguments)
            return
        yield from self._ask(self.raw.set, key, data, milliseconds)
        yield from self.release(lease, owner)

    def release(self, lease: str, owner: bytes | None) -> Steps[None]:
        """Give the lease back."""
        if self.local or owner is None:
            return
        if self.scripted:
            yield from self._ask(self.raw.discard, lease, owner)
        else:  # if it went to somebody else meanwhile, a third one computes too: no harm
            yield from self._ask(self.raw.delete, lease)

    # -- invalidating ------------------------------------------------------------------------

    def overwrite(self, names: Sequence[str], life: float | None) -> Steps[None]:
        """Give each of the tokens *names* a new value: what was computed under the old is void."""
        if self.table is not None:
            self.table.overwrite(names)
            return
        fresh = {name: wiping_token() for name in names}
        milliseconds = None if life is None else round(life * 1000)
        yield from self._certainly(names, self.raw.set_many, fresh, milliseconds)

    def drop(self, keys: Sequence[str], names: Sequence[str]) -> Steps[None]:
        """Remove entries, with the tokens *names* of each of them."""
        if caching_settings.REPLICA_LAG:  # an absent token could not bar anything
            yield from self.overwrite(names, PARTITION_LIFE)
            return
        if self.table is not None:
            self.table.drop(names)
            self.raw.delete(*keys)
            return
        yield from self._certainly(names, self.raw.delete, *names, *keys)

    def flush(self) -> Steps[None]:
        """Deliver the invalidations that did not reach the cache when it was down."""
        with self._pending_lock:
            names = tuple(self.pending)
        if names:
            fresh = {name: wiping_token() for name in names}
            yield from self._ask(self.raw.set_many, fresh, PARTITION_LIFE * 1000)
            with self._pending_lock:
                self.pending.difference_update(names)

    def _certainly(
        self, names: Sequence[str], operation: Callable[..., Any], *args: Any
    ) -> Steps[None]:
        """Ask, or remember to: an invalidation is never lost, and never fails its caller."""
        try:
            if not self.breaker.allows():
                raise StoreUnavailable("Its breaker is open.")
            yield from self._ask(operation, *args)
        except StoreUnavailable:
            with self._pending_lock:
                self.pending.update(names)
            from .recovery import watch

            watch(self)

    # -- asking ------------------------------------------------------------------------------

    def _ask(self, operation: Callable[..., Any], *args: Any) -> Steps[Any]:
        """Yield the step of *operation* and tell the breaker how it went."""
        breaker = self.breaker
        try:
            value = yield self._step(operation, args)
        except Exception as error:  # whatever it is: a cache never fails a call
            foreign = operation == self.raw.get_many and _foreign(error)
            if not foreign:
                breaker.failed(error, hung=_hung(error))
            raise StoreUnavailable(str(error), foreign=foreign) from error
        if breaker.failures:
            breaker.worked()
        return value

    def _step(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Step:
        raw = self.raw
        if raw.inline:
            return Step(operation, None, args, inline=True)
        if raw.hop_free:
            awaited = partial(
                in_time, caching_settings.DEADLINE, getattr(raw, f"a{operation.__name__}")
            )
            return Step(operation, awaited, args)
        return Step(operation, None, args)


def _hung(error: BaseException) -> bool:
    causes = (error, error.__cause__)
    return any("timeout" in type(cause).__name__.lower() for cause in causes)


def _foreign(error: BaseException) -> bool:
    """Tell whether a value was read that does not unpickle, or is not bytes."""
    if not isinstance(error, CacheUnavailable):
        return not isinstance(error, (OSError, DatabaseError))
    cause = error.__cause__
    return cause is None or isinstance(cause, (PickleError, EOFError, zlib.error))


_stores: dict[tuple[str, int | None], Store] = {}
_tables: dict[Any, TokenTable] = {}


def store_of(alias: str, version: int | None = None) -> Store:
    """Return the store of an alias; there is one for each version of its keys."""
    found = _stores.get((alias, version))
    if found is None:
        found = _stores.setdefault((alias, version), Store(alias, version))
    return found


def _table_of(alias: str, version: int | None) -> TokenTable | None:
    backend: Any = caches[alias]
    kind: type = type(backend)
    if kind is not LocMemCache:
        return None
    # By the memory itself: two aliases may name the same.
    mine = (id(backend._cache), backend.key_prefix, backend.version if version is None else version)
    return _tables.setdefault(mine, TokenTable())


def forget(*, setting: str = "CACHES", **kwargs: Any) -> None:
    """Start over, when the caches are configured anew."""
    if setting in ("CACHES", "RESTFLOW_SETTINGS"):
        _stores.clear()
        forget_breakers()


def _after_fork() -> None:
    _stores.clear()
    for table in _tables.values():
        table.renew_lock()


setting_changed.connect(forget)
os.register_at_fork(after_in_child=_after_fork)
