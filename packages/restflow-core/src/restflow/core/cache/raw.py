"""The raw level: our own bytes under the alias's keys, and the operations that settle races."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ParamSpec, Protocol

from ..steps import Step
from .runners import Runner

P = ParamSpec("P")

#: What a script takes besides keys.
Argument = bytes | str | int


class RawOperations(Protocol):
    """The sync operations of :class:`RawCache`: what the fallback of a :class:`Script` is given."""

    def get(self, key: str) -> bytes | None: ...
    def get_many(self, keys: Sequence[str]) -> list[bytes | None]: ...
    def set(self, key: str, value: bytes, ttl_ms: int | None = None) -> None: ...
    def set_many(self, values: Mapping[str, bytes], ttl_ms: int | None = None) -> None: ...
    def add(self, key: str, value: bytes, ttl_ms: int | None = None) -> bool: ...
    def delete(self, *keys: str) -> int: ...
    def incr(self, key: str, delta: int = 1, ttl_ms: int | None = None) -> int: ...
    def replace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> bool: ...
    def discard(self, key: str, old: bytes) -> bool: ...


@dataclass(frozen=True)
class Script:
    """Several operations that must happen as one.

    Args:
        lua: the body for Redis, which runs it as a whole. It finds its parameters in ``KEYS`` and
            ``ARGV`` and returns an integer, a string, a list of these, or ``false``.
        fallback: does the same for every other backend: ``fallback(cache, keys, args)`` is called
            while the keys' section is held, with a cache that has the sync operations of
            :class:`RawCache` except :meth:`RawCache.eval`. It returns ``int``, ``bytes``, a list
            of these, or ``None``.

    Make scripts once, at module level: Redis knows them by their digest.
    """

    lua: str
    fallback: Callable[[RawOperations, Sequence[str], Sequence[Argument]], Any]
    sha: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        digest = hashlib.sha1(self.lua.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


class RawCache:
    """Bytes in a Django cache, the same on every backend.

    Values are ``bytes`` and nothing that is read gets unpickled on Redis. ``ttl_ms`` is in
    milliseconds, ``None`` for no end; with ``ttl_ms <= 0`` an entry is gone at once. Everything is
    read from and written to the primary, and an outage always raises :class:`CacheUnavailable`,
    whatever ``IGNORE_EXCEPTIONS`` says. Objects come from :func:`raw_cache`.

    Attributes:
        alias: the key in ``CACHES``.
        inline: the sync methods may be called on an event loop: nothing there waits.
        hop_free: the async methods enter no thread.
        reports_outages: ``False`` on Memcached: its clients answer "not there" for a server that
            has just failed, and turn to others for its keys. What must fail closed needs ``True``.
    """

    def __init__(self, alias: str, runner: Runner, *, reports_outages: bool = True) -> None:
        self.alias = alias
        self.inline = runner.inline
        self.hop_free = runner.hop_free
        self.reports_outages = reports_outages
        self._run = runner.run
        self._arun = runner.arun

    def step(self, operation: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Step:
        """Return the step that does *operation*, a sync method of this cache, where it fits.

        In a generator of steps::

            entry, token = yield cache.step(cache.get_many, [key, token_key])
        """
        return step_of(self, operation, args, kwargs)

    def get(self, key: str) -> bytes | None:
        """Return the bytes under *key*, or ``None``; a counter is its decimal digits."""
        value: bytes | None = self._run("get", key)
        return value

    async def aget(self, key: str) -> bytes | None:
        value: bytes | None = await self._arun("get", key)
        return value

    def get_many(self, keys: Iterable[str]) -> list[bytes | None]:
        """Return what :meth:`get` would for each of *keys*, in their order: one round trip."""
        values: list[bytes | None] = self._run("get_many", tuple(keys))
        return values

    async def aget_many(self, keys: Iterable[str]) -> list[bytes | None]:
        values: list[bytes | None] = await self._arun("get_many", tuple(keys))
        return values

    def set(self, key: str, value: bytes, ttl_ms: int | None = None) -> None:
        """Store *value*."""
        self._run("set", key, value, ttl_ms)

    async def aset(self, key: str, value: bytes, ttl_ms: int | None = None) -> None:
        await self._arun("set", key, value, ttl_ms)

    def set_many(self, values: Mapping[str, bytes], ttl_ms: int | None = None) -> None:
        """Store several values: one round trip, but each on its own for who reads meanwhile."""
        self._run("set_many", values, ttl_ms)

    async def aset_many(self, values: Mapping[str, bytes], ttl_ms: int | None = None) -> None:
        await self._arun("set_many", values, ttl_ms)

    def add(self, key: str, value: bytes, ttl_ms: int | None = None) -> bool:
        """Store *value* if there is none; of many that try at once exactly one gets ``True``."""
        added: bool = self._run("add", key, value, ttl_ms)
        return added

    async def aadd(self, key: str, value: bytes, ttl_ms: int | None = None) -> bool:
        added: bool = await self._arun("add", key, value, ttl_ms)
        return added

    def delete(self, *keys: str) -> int:
        """Remove *keys* and return how many there were."""
        count: int = self._run("delete", *keys)
        return count

    async def adelete(self, *keys: str) -> int:
        count: int = await self._arun("delete", *keys)
        return count

    def incr(self, key: str, delta: int = 1, ttl_ms: int | None = None) -> int:
        """Add *delta* (1 or more) to a counter and return the sum; each caller gets its own.

        A counter that is not there begins at 0, and *ttl_ms* counts from then: later calls do not
        prolong it.

        Raises:
            ValueError: *delta* is below 1, which Memcached could not do.
        """
        count: int = self._run("incr", key, _positive(delta), ttl_ms)
        return count

    async def aincr(self, key: str, delta: int = 1, ttl_ms: int | None = None) -> int:
        count: int = await self._arun("incr", key, _positive(delta), ttl_ms)
        return count

    def replace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> bool:
        """Store *new* if *old* is what is stored; a lease is renewed with ``old == new``."""
        replaced: bool = self._run("replace", key, old, new, ttl_ms)
        return replaced

    async def areplace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> bool:
        replaced: bool = await self._arun("replace", key, old, new, ttl_ms)
        return replaced

    def discard(self, key: str, old: bytes) -> bool:
        """Remove *key* if *old* is what is stored: how a lease is given back by its holder only."""
        discarded: bool = self._run("discard", key, old)
        return discarded

    async def adiscard(self, key: str, old: bytes) -> bool:
        discarded: bool = await self._arun("discard", key, old)
        return discarded

    def eval(self, script: Script, keys: Sequence[str], args: Sequence[Argument] = ()) -> Any:
        """Run *script* as one operation on *keys* and return its result.

        On Redis Cluster all *keys* must hash to one slot (``{...}`` in them).
        """
        return self._run("eval", script, keys, args)

    async def aeval(
        self, script: Script, keys: Sequence[str], args: Sequence[Argument] = ()
    ) -> Any:
        return await self._arun("eval", script, keys, args)


def _positive(delta: int) -> int:
    if delta < 1:
        raise ValueError(f"A counter goes up by 1 or more, not {delta}. Start a new one instead.")
    return delta


def step_of(
    cache: Any, operation: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Step:
    """Return the step of *operation*, a sync method of *cache*, with the form that fits."""
    if cache.inline:
        return Step(operation, None, args, kwargs, inline=True)
    if cache.hop_free:
        return Step(operation, getattr(cache, f"a{operation.__name__}"), args, kwargs)
    return Step(operation, None, args, kwargs)
