"""What Redis does in one step where other backends need several: begin and finish a computation.

Both are optimisations. Their parts may happen one after the other, with anything in between, and
no reader gets an old value: entries are judged when they are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from restflow.core.cache import Script

__all__ = ["BEGIN", "FINISH"]


def _begin(cache: Any, keys: Sequence[str], args: Sequence[Any]) -> list[Any]:
    owner, lease_ms, *rest = args
    lease, key, *names = keys
    found: list[Any] = [int(cache.add(lease, owner, int(lease_ms)))]
    found.append(cache.get(key))
    for name, token, ttl in zip(names, rest[::2], rest[1::2], strict=True):
        milliseconds = int(ttl) or None
        if not cache.add(name, token, milliseconds) and milliseconds:
            current = cache.get(name)
            cache.replace(name, current, current, milliseconds)
        found.append(cache.get(name))
    return found


#: Make missing tokens, prolong those that end, try to take the lease, read the entry once more:
#: who had the lease may have stored it since the caller last looked.
#: KEYS: lease, entry, tokens. ARGV: owner, its milliseconds, then for each token bytes and
#: milliseconds.
BEGIN = Script(
    """
    local found = {0}
    if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then found[1] = 1 end
    found[2] = redis.call('GET', KEYS[2])
    for i = 3, #KEYS do
        local token, life = ARGV[2 * i - 3], tonumber(ARGV[2 * i - 2])
        local current = redis.call('GET', KEYS[i])
        if not current then
            if life > 0 then redis.call('SET', KEYS[i], token, 'PX', life)
            else redis.call('SET', KEYS[i], token) end
            current = token
        elseif life > 0 then
            local left = redis.call('PTTL', KEYS[i])
            if left >= 0 and left < life then redis.call('PEXPIRE', KEYS[i], life) end
        end
        found[i] = current
    end
    return found
    """,
    _begin,
)


def _finish(cache: Any, keys: Sequence[str], args: Sequence[Any]) -> int:
    owner, data, ttl, *tokens = args
    key, lease, *names = keys
    cache.discard(lease, owner)
    if [cache.get(name) for name in names] != tokens:
        return 0
    cache.set(key, data, int(ttl) or None)
    return 1


#: Give the lease back and store the entry, unless its tokens have changed meanwhile.
#: KEYS: entry, lease, tokens. ARGV: owner, entry, its milliseconds, tokens.
FINISH = Script(
    """
    if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
    for i = 3, #KEYS do
        if redis.call('GET', KEYS[i]) ~= ARGV[i + 1] then return 0 end
    end
    if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
    else redis.call('SET', KEYS[1], ARGV[2]) end
    return 1
    """,
    _finish,
)
