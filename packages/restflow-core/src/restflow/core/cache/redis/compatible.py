"""The compatible level on Redis: the keys, bytes and semantics of the two backends we know."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT

from ...steps import Steps, blocking
from ..keys import PORTABLE
from ..raw import Script
from .link import Link
from .raw import _lua_only, evaluate, good
from .wire import Command

#: Bytes above which a value is decoded in a thread: unpickling them would hold up the loop.
LARGE = 256 * 1024

INCR_EXISTING = Script(
    """
    if redis.call('EXISTS', KEYS[1]) == 0 then return false end
    return redis.call('INCRBY', KEYS[1], ARGV[1])
    """,
    _lua_only,
)


class CompatibleRedis(ABC):
    """Decisions behind :class:`CompatibleCache` on Redis, with the parameters of Django's methods.

    Args:
        link: to the primary.
        encode: gives what is stored: bytes, or a number that Redis can count with.
        decode: gives the value that stored bytes stand for.
    """

    def __init__(
        self, link: Link, encode: Callable[[Any], Any], decode: Callable[[bytes], Any]
    ) -> None:
        self._asking = link.asking
        self.encode = encode
        self.decode = decode

    @abstractmethod
    def key(self, key: str, version: int | None) -> str:
        """Return the key in Redis."""

    @abstractmethod
    def milliseconds(self, timeout: Any) -> int | None:
        """Return how long a value lives: 0 or less for not at all, ``None`` for ever."""

    def get(self, key: str, default: Any, version: int | None) -> Steps[Any]:
        [stored] = good((yield self._asking((b"GET", self.key(key, version)))))
        if stored is None:
            return default
        if len(stored) > LARGE:
            return (yield blocking(self.decode, stored))
        return self.decode(stored)

    def get_many(self, keys: Sequence[str], version: int | None) -> Steps[dict[str, Any]]:
        by_key = {self.key(key, version): key for key in keys}
        if not by_key:
            return {}
        [stored] = good((yield self._asking((b"MGET", *by_key))))
        pairs = [
            (key, value)
            for key, value in zip(by_key.values(), stored, strict=True)
            if value is not None
        ]
        if sum(len(value) for _, value in pairs) > LARGE:
            return (yield blocking(self._decode_all, pairs))  # type: ignore[no-any-return]
        return self._decode_all(pairs)

    def _decode_all(self, pairs: list[tuple[str, bytes]]) -> dict[str, Any]:
        return {key: self.decode(value) for key, value in pairs}

    def has_key(self, key: str, version: int | None) -> Steps[bool]:
        [there] = good((yield self._asking((b"EXISTS", self.key(key, version)))))
        return bool(there)

    def set(self, key: str, value: Any, timeout: Any, version: int | None) -> Steps[None]:
        good((yield self._asking(self._set(key, value, timeout, version))))

    def set_many(
        self, values: Mapping[str, Any], timeout: Any, version: int | None
    ) -> Steps[list[str]]:
        commands = [self._set(key, value, timeout, version) for key, value in values.items()]
        if commands:
            good((yield self._asking(*commands)))
        return []

    def _set(self, key: str, value: Any, timeout: Any, version: int | None) -> Command:
        made, stored = self.key(key, version), self.encode(value)
        lifetime = self.milliseconds(timeout)
        if lifetime is None:
            return (b"SET", made, stored)
        if lifetime <= 0:
            return (b"DEL", made)
        return (b"SET", made, stored, b"PX", lifetime)

    def add(self, key: str, value: Any, timeout: Any, version: int | None) -> Steps[bool]:
        command = self._set(key, value, timeout, version)
        if command[0] == b"DEL":
            there: bool = yield from self.has_key(key, version)
            return not there
        [stored] = good((yield self._asking((*command, b"NX"))))
        return stored is not None

    def touch(self, key: str, timeout: Any, version: int | None) -> Steps[bool]:
        made, lifetime = self.key(key, version), self.milliseconds(timeout)
        command: Command = (b"PERSIST", made) if lifetime is None else (b"PEXPIRE", made, lifetime)
        [there] = good((yield self._asking(command)))
        return bool(there)

    def incr(self, key: str, delta: int, version: int | None) -> Steps[int]:
        made = self.key(key, version)
        count = yield from evaluate(self._asking, INCR_EXISTING, [made], [delta])
        if count is None:
            raise ValueError(f"Key {key!r} not found")
        return int(count)

    def delete(self, key: str, version: int | None) -> Steps[bool]:
        [count] = good((yield self._asking((b"DEL", self.key(key, version)))))
        return bool(count)

    def delete_many(self, keys: Sequence[str], version: int | None) -> Steps[None]:
        if keys:
            made = [self.key(key, version) for key in keys]
            good((yield self._asking((b"DEL", *made))))


class DjangoBackend(CompatibleRedis):
    """``django.core.cache.backends.redis.RedisCache``."""

    def __init__(self, backend: Any, link: Link) -> None:
        serializer = backend._cache._serializer
        super().__init__(link, serializer.dumps, serializer.loads)
        self._backend = backend

    def key(self, key: str, version: int | None) -> str:
        made: str = self._backend.make_key(key, version)
        if PORTABLE(made) is None:
            self._backend.validate_key(made)
        return made

    def milliseconds(self, timeout: Any) -> int | None:
        seconds = self._backend.get_backend_timeout(timeout)
        return None if seconds is None else int(seconds) * 1000


class DjangoRedisBackend(CompatibleRedis):
    """``django_redis.cache.RedisCache`` with its default or its Sentinel client."""

    def __init__(self, backend: Any, link: Link) -> None:
        super().__init__(link, backend.client.encode, backend.client.decode)
        self._backend = backend
        self._make_key = backend.client.make_key

    def key(self, key: str, version: int | None) -> str:
        made: str = self._make_key(key, version)
        return made

    def milliseconds(self, timeout: Any) -> int | None:
        if timeout is DEFAULT_TIMEOUT:
            timeout = self._backend.default_timeout
        return None if timeout is None else int(timeout * 1000)

    def incr(self, key: str, delta: int, version: int | None) -> Steps[int]:
        from redis.exceptions import ResponseError

        try:
            return (yield from super().incr(key, delta, version))
        except ResponseError:  # beyond 64 bits, or a number that went through the serializer
            made = self.key(key, version)
            [stored, lifetime] = good((yield self._asking((b"GET", made), (b"PTTL", made))))
            if stored is None:
                raise ValueError(f"Key {key!r} not found") from None
            value: int = self.decode(stored) + delta
            command: Command = (b"SET", made, self.encode(value))
            if lifetime > 0:
                command += (b"PX", lifetime)
            good((yield self._asking(command)))
            return value
