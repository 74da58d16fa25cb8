"""The raw level on any backend: files, the database, Memcached, somebody's own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from time import time
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.memcached import BaseMemcachedCache

from .outages import CacheUnavailable
from .raw import Argument, Script
from .section import Sections

#: What is stored: the bytes, and when they end (seconds since 1970) or ``None``.
Entry = tuple[bytes, float | None]


class OtherRaw:
    """Raw operations by way of Django's public cache methods, called in a thread.

    Several backends count time in whole seconds, so the exact end is stored with the bytes and the
    backend is asked for one that is never too early. Where the backend cannot do an operation at
    once it happens in a section (see :class:`Sections`).

    Args:
        alias: the key in ``CACHES``.
        backend: gives the backend object of the calling thread.
        version: Django's cache version, or ``None`` for the alias's.
    """

    def __init__(self, alias: str, backend: Callable[[], Any], version: int | None) -> None:
        self._alias = alias
        self._backend_here = backend
        self._version = version
        self._sections = Sections(alias)

    @property
    def _backend(self) -> Any:
        return self._backend_here()

    def get(self, key: str) -> bytes | None:
        return self._bytes(self._backend.get(key, None, self._version))

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        found = self._backend.get_many(keys, self._version) if keys else {}
        return [self._bytes(found.get(key)) for key in keys]

    def set(self, key: str, value: bytes, ttl_ms: int | None = None) -> None:
        self.set_many({key: value}, ttl_ms)

    def set_many(self, values: Mapping[str, bytes], ttl_ms: int | None = None) -> None:
        if ttl_ms is not None and ttl_ms <= 0:
            self.delete(*values)
            return
        deadline = None if ttl_ms is None else time() + ttl_ms / 1000
        self._write({key: (value, deadline) for key, value in values.items()})

    def _write(self, entries: dict[str, Entry]) -> None:
        backend = self._backend
        for key, (_, deadline) in entries.items():
            backend.set(key, entries[key], self._timeout(deadline), self._version)
        if isinstance(backend, DatabaseCache):  # its set() drops database errors without a word
            stored = backend.get_many(list(entries), self._version)
            if stored != entries:
                lost = sorted(key for key in entries if stored.get(key) != entries[key])
                raise CacheUnavailable(self._alias, f"the database did not store {lost}")

    def add(self, key: str, value: bytes, ttl_ms: int | None = None) -> bool:
        if ttl_ms is not None and ttl_ms <= 0:
            return self.get(key) is None
        backend = self._backend
        if not isinstance(backend, FileBasedCache | DatabaseCache):
            deadline = None if ttl_ms is None else time() + ttl_ms / 1000
            if backend.add(key, (value, deadline), self._timeout(deadline), self._version):
                return True
            if self.get(key) is not None:
                return False
        # The backend looks before it stores, or still keeps what has ended by our clock.
        with self._sections.hold(backend, key):
            if self.get(key) is not None:
                return False
            self.set(key, value, ttl_ms)
            return True

    def delete(self, *keys: str) -> int:
        there = [key for key in dict.fromkeys(keys) if self.get(key) is not None]
        if keys:
            self._backend.delete_many(keys, self._version)
        return len(there)

    def incr(self, key: str, delta: int = 1, ttl_ms: int | None = None) -> int:
        backend = self._backend
        if isinstance(backend, BaseMemcachedCache):
            return self._memcached_incr(backend, key, delta, ttl_ms)
        with self._sections.hold(backend, key):
            current = backend.get(key, None, self._version)
            if self._bytes(current) is None:
                self.set(key, b"%d" % delta, ttl_ms)
                return delta
            count = int(current[0]) + delta
            self._write({key: (b"%d" % count, current[1])})
            return count

    def _memcached_incr(self, backend: Any, key: str, delta: int, ttl_ms: int | None) -> int:
        """Count in Memcached's own integers, which it adds to atomically."""
        timeout = self._timeout(None if ttl_ms is None else time() + ttl_ms / 1000)
        for _ in range(3):
            if backend.add(key, delta, timeout, self._version):
                return delta
            try:
                count: int = backend.incr(key, delta, self._version)
            except ValueError:  # it ended between the two commands
                continue
            return count
        raise CacheUnavailable(self._alias, f"the counter {key!r} can be neither made nor raised")

    def replace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> bool:
        with self._sections.hold(self._backend, key):
            if self.get(key) != old:
                return False
            self.set(key, new, ttl_ms)
            return True

    def discard(self, key: str, old: bytes) -> bool:
        with self._sections.hold(self._backend, key):
            return self.get(key) == old and bool(self.delete(key))

    def eval(self, script: Script, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        with self._sections.hold(self._backend, keys[0] if keys else script.sha):
            return script.fallback(self, keys, args)

    def _bytes(self, stored: Any) -> bytes | None:
        if type(stored) is tuple and len(stored) == 2:
            value, deadline = stored
            if deadline is not None and deadline <= time():
                return None
            stored = value
        return None if stored is None else as_bytes(self._alias, stored)

    def _timeout(self, deadline: float | None) -> int | None:
        """Return whole seconds that end after *deadline* on clocks that drop fractions."""
        return None if deadline is None else math.ceil(deadline - time()) + 1


def as_bytes(alias: str, value: Any) -> bytes:
    """Return *value* if it is bytes, or the digits of a counter.

    Raises:
        CacheUnavailable: somebody else stored something there.
    """
    if type(value) is bytes:
        return value
    if type(value) is int:
        return b"%d" % value
    raise CacheUnavailable(alias, f"a {type(value).__name__} where only our own bytes belong")
