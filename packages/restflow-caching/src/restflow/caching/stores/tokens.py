"""Tokens: random bytes under which entries were computed; overwriting one ends their validity."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from math import ceil
from threading import Lock
from time import time

from ..conf import caching_settings
from ..entries.entry import TOKEN_SIZE

#: How long the tokens of partitions are kept when nobody renews them, in seconds.
PARTITION_LIFE = 30 * 24 * 3600
#: Most tokens that are kept for one LocMem cache; the oldest go first, which is a miss.
LOCAL_TOKENS = 100_000


def new_token() -> bytes:
    """Return a token that never was and never will be.

    Not a counter: one that starts again after an eviction would make old entries acceptable.
    """
    return os.urandom(TOKEN_SIZE - 4) + b"\0\0\0\0"


def wiping_token() -> bytes:
    """Return a token for an invalidation; while replicas may lag it bars new entries."""
    lag = caching_settings.REPLICA_LAG
    barred = ceil(time() + lag) if lag else 0
    return os.urandom(TOKEN_SIZE - 4) + barred.to_bytes(4)


def barred(tokens: Sequence[bytes]) -> bool:
    """Tell whether an invalidation is so recent that a replica may not show it yet."""
    latest = max(int.from_bytes(token[-4:]) for token in tokens)
    return latest > 0 and time() < latest


def sound(token: bytes | None) -> bytes | None:
    """Return *token* if it has the form of one: anything else there counts as absent."""
    return token if token is not None and len(token) == TOKEN_SIZE else None


class TokenTable:
    """The tokens of a LocMem cache, which lives and dies with this process as they do."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._tokens: dict[str, bytes] = {}
        self.get = self._tokens.get

    def add(self, name: str, token: bytes) -> bytes:
        """Return the token *name*; *token* becomes it where there is none."""
        with self._lock:
            if len(self._tokens) >= LOCAL_TOKENS and name not in self._tokens:
                del self._tokens[next(iter(self._tokens))]
            return self._tokens.setdefault(name, token)

    def overwrite(self, names: Iterable[str]) -> None:
        """Give each of *names* a new token."""
        with self._lock:
            for name in names:
                self._tokens.pop(name, None)  # to the end: it is the youngest now
                self._tokens[name] = wiping_token()

    def drop(self, names: Iterable[str]) -> None:
        """Forget *names*."""
        with self._lock:
            for name in names:
                self._tokens.pop(name, None)

    def renew_lock(self) -> None:
        """Replace a lock that a thread of the parent process may have held."""
        self._lock = Lock()
