"""The raw level on Redis: one command, or one script, for each operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...steps import Steps
from ..raw import Argument, Script
from .link import Link
from .wire import Command


def _lua_only(*_: Any) -> Any:
    raise AssertionError("a script of this module ran outside Redis")


INCR = Script(
    """
    local fresh = redis.call('EXISTS', KEYS[1]) == 0
    local count = redis.call('INCRBY', KEYS[1], ARGV[1])
    if fresh and ARGV[2] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
    return count
    """,
    _lua_only,
)
REPLACE = Script(
    """
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    if ARGV[3] == '' then redis.call('SET', KEYS[1], ARGV[2])
    elseif tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    else redis.call('DEL', KEYS[1]) end
    return 1
    """,
    _lua_only,
)
DISCARD = Script(
    """
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    return redis.call('DEL', KEYS[1])
    """,
    _lua_only,
)


class RedisRaw:
    """Decisions behind :class:`RawCache` on Redis, in the same order and with the same names."""

    def __init__(self, link: Link, key: Callable[[str], str]) -> None:
        self._asking = link.asking
        self._key = key

    def get(self, key: str) -> Steps[bytes | None]:
        [value] = good((yield self._asking((b"GET", self._key(key)))))
        return value  # type: ignore[no-any-return]

    def get_many(self, keys: Sequence[str]) -> Steps[list[bytes | None]]:
        if not keys:
            return []
        [values] = good((yield self._asking((b"MGET", *map(self._key, keys)))))
        return values  # type: ignore[no-any-return]

    def set(self, key: str, value: bytes, ttl_ms: int | None = None) -> Steps[None]:
        good((yield self._asking(self._set(key, value, ttl_ms))))

    def set_many(self, values: Mapping[str, bytes], ttl_ms: int | None = None) -> Steps[None]:
        if values:
            commands = [self._set(key, value, ttl_ms) for key, value in values.items()]
            good((yield self._asking(*commands)))

    def _set(self, key: str, value: bytes, ttl_ms: int | None) -> Command:
        if ttl_ms is None:
            return (b"SET", self._key(key), value)
        if ttl_ms <= 0:
            return (b"DEL", self._key(key))
        return (b"SET", self._key(key), value, b"PX", int(ttl_ms))

    def add(self, key: str, value: bytes, ttl_ms: int | None = None) -> Steps[bool]:
        if ttl_ms is not None and ttl_ms <= 0:
            [there] = good((yield self._asking((b"EXISTS", self._key(key)))))
            return not there
        [stored] = good((yield self._asking((*self._set(key, value, ttl_ms), b"NX"))))
        return stored is not None

    def delete(self, *keys: str) -> Steps[int]:
        if not keys:
            return 0
        [count] = good((yield self._asking((b"DEL", *map(self._key, keys)))))
        return int(count)

    def incr(self, key: str, delta: int = 1, ttl_ms: int | None = None) -> Steps[int]:
        count: int = yield from self.eval(INCR, [key], [delta, _or_empty(ttl_ms)])
        return count

    def replace(self, key: str, old: bytes, new: bytes, ttl_ms: int | None = None) -> Steps[bool]:
        done = yield from self.eval(REPLACE, [key], [old, new, _or_empty(ttl_ms)])
        return bool(done)

    def discard(self, key: str, old: bytes) -> Steps[bool]:
        done = yield from self.eval(DISCARD, [key], [old])
        return bool(done)

    def eval(self, script: Script, keys: Sequence[str], args: Sequence[Argument]) -> Steps[Any]:
        return evaluate(self._asking, script, [self._key(key) for key in keys], args)


def evaluate(
    asking: Any, script: Script, keys: Sequence[Any], args: Sequence[Argument]
) -> Steps[Any]:
    """Run *script*, sending its text only to a server that does not know it yet."""
    arguments = (len(keys), *keys, *args)
    [result] = yield asking((b"EVALSHA", script.sha, *arguments))
    if type(result).__name__ == "NoScriptError":
        [result] = yield asking((b"EVAL", script.lua, *arguments))
    [result] = good([result])
    return result


def good(replies: list[Any]) -> list[Any]:
    """Return *replies*, unless one is an error: raise the first.

    Raises:
        redis.exceptions.ResponseError: what Redis answered.
    """
    for reply in replies:
        if isinstance(reply, Exception):
            raise reply
    return replies


def _or_empty(ttl_ms: int | None) -> int | bytes:
    return b"" if ttl_ms is None else int(ttl_ms)
