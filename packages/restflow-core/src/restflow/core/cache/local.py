"""The raw level on memory: LocMem, with real atomicity inside the process, and Dummy."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping, Sequence
from threading import RLock
from time import time
from typing import Any, cast

from django.core.cache.backends.locmem import LocMemCache

from .keys import raw_key_maker
from .other import as_bytes
from .raw import Argument, Script

#: Held by every write, and by everything that reads before it writes. One for all LocMem caches:
#: two aliases may name the same memory, and nobody stays inside for long.
_writing = RLock()


def _renew() -> None:
    global _writing
    _writing = RLock()


os.register_at_fork(after_in_child=_renew)  # a thread of the parent may have held it


class LocalRaw:
    """Raw operations on Django's LocMemCache.

    Entries are stored as the backend itself would store ``bytes``, but several are read under one
    lock, and no key is searched for characters that Memcached would refuse: that search is most of
    what ``cache.get`` costs.
    """

    def __init__(self, alias: str, backend: LocMemCache, version: int | None) -> None:
        self._alias = alias
        self._key = raw_key_maker(backend, version)
        # Django gives these no public name; they are the same in every supported version.
        self._store = store = cast("Any", backend)
        self._entries = store._cache
        self._expiries = store._expire_info
        self._lock = store._lock

    def get(self, key: str) -> bytes | None:
        made = self._key(key)
        with self._lock:
            expiry = self._expiries.get(made, -1)
            if expiry is not None and expiry <= time():
                return None
            self._entries.move_to_end(made, last=False)  # the last ones are culled first
            value = self._entries[made]
        return as_bytes(self._alias, pickle.loads(value))

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        found: list[bytes | None] = []
        entries, expiry_of, make_key, now = self._entries, self._expiries.get, self._key, time()
        with self._lock:
            for key in keys:
                key = make_key(key)
                expiry = expiry_of(key, -1)
                if expiry is not None and expiry <= now:
                    found.append(None)
                    continue
                entries.move_to_end(key, last=False)  # the last ones are culled first
                found.append(entries[key])
        alias, loads = self._alias, pickle.loads
        return [None if value is None else as_bytes(alias, loads(value)) for value in found]

    def set(self, key: str, value: bytes, ttl_ms: int | None = None) -> None:
        self.set_many({key: value}, ttl_ms)

    def set_many(self, values: Mapping[str, bytes], ttl_ms: int | None = None) -> None:
        with _writing:
            for key, value in values.items():
                self._write(key, value, None if ttl_ms is None else ttl_ms / 1000)

    def _write(self, key: str, value: bytes, timeout: float | None) -> None:
        made = self._key(key)
        pickled = pickle.dumps(value, self._store.pickle_protocol)
        with self._lock:
            if timeout is not None and timeout <= 0:
                self._store._delete(made)
            else:
                self._store._set(made, pickled, timeout)

    def add(self, key: str, value: bytes, ttl_ms: int | None = None) -> bool:
        with _writing:
            if self.get(key) is not None:
                return False
            self.set(key, value, ttl_ms)
            return True

    def delete(self, *keys: str) -> int:
        made = [self._key(key) for key in keys]
        with _writing, self._lock:
            live = [key for key in made if not self._store._has_expired(key)]
            for key in made:
                self._store._delete(key)
            return len(set(live))

    def incr(self, key: str, delta: int = 1, ttl_ms: int | None = None) -> int:
        with _writing:
            current = self.get(key)
            if current is None:
                self.set(key, b"%d" % delta, ttl_ms)
                return delta
            count = int(current) + delta
            expiry = self._expiries.get(self._key(key))
            self._write(key, b"%d" % count, None if expiry is None else expiry - time())
            return count

    def replace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> bool:
        with _writing:
            if self.get(key) != old:
                return False
            self.set(key, new, ttl_ms)
            return True

    def discard(self, key: str, old: bytes) -> bool:
        with _writing:
            return self.get(key) == old and bool(self.delete(key))

    def eval(self, script: Script, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        with _writing:
            return script.fallback(self, keys, args)


class DummyRaw:
    """Raw operations on a cache that keeps nothing."""

    def get(self, key: str) -> bytes | None:
        return None

    def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        return [None] * len(keys)

    def set(self, key: str, value: bytes, ttl_ms: int | None = None) -> None:
        return None

    def set_many(self, values: Mapping[str, bytes], ttl_ms: int | None = None) -> None:
        return None

    def add(self, key: str, value: bytes, ttl_ms: int | None = None) -> bool:
        return True

    def delete(self, *keys: str) -> int:
        return 0

    def incr(self, key: str, delta: int = 1, ttl_ms: int | None = None) -> int:
        return delta

    def replace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> bool:
        return False

    def discard(self, key: str, old: bytes) -> bool:
        return False

    def eval(self, script: Script, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        return script.fallback(self, keys, args)
