"""How long results are kept, and which results are kept at all."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from .errors import DeclarationError
from .stores import PARTITION_LIFE

#: Seconds, ``None`` for ever, or what computes either from the result.
TTL = float | None | Callable[[Any], float | None]


@dataclass(frozen=True)
class Policy:
    """The times and predicates of one cached function; see ``cache_result`` for their meaning."""

    ttl: TTL = 3600
    stale_ttl: float = 0
    stale_if_error: float = 0
    jitter: float = 0.0
    cache_if: Callable[[Any], object] | None = None
    cache_unless: Callable[[Any], object] | None = None
    lease: float | None = None

    def __post_init__(self) -> None:
        for name in ("stale_ttl", "stale_if_error"):
            if getattr(self, name) < 0:
                raise DeclarationError(f"{name}={getattr(self, name)!r} is negative; give seconds.")
        if not 0 <= self.jitter <= 1:
            raise DeclarationError(f"jitter={self.jitter!r}; give a share of ttl between 0 and 1.")
        if isinstance(self.ttl, (int, float)) and self.ttl <= 0:
            raise DeclarationError(f"ttl={self.ttl!r} keeps nothing; give seconds, or None.")
        if self.lease is not None and self.lease <= 0:
            raise DeclarationError(f"lease={self.lease!r}; give seconds.")

    @property
    def grace(self) -> float:
        """Seconds beyond its ttl for which an entry may still be of use."""
        return max(self.stale_ttl, self.stale_if_error)

    @property
    def token_life(self) -> float | None:
        """Seconds that the token of an entry has to be kept, at least."""
        if self.ttl is None:
            return None
        if callable(self.ttl):
            return PARTITION_LIFE
        # Backends that cannot prolong a token: the longer it lives, the rarer it dies too early.
        return max(4 * (self.ttl + self.grace), self.ttl + self.grace + 3600)

    def freshness(self, value: Any) -> float:
        """Return for how many seconds *value* is fresh: 0 for not at all, ``inf`` for ever."""
        if not storable(value):
            return 0
        if self.cache_if is not None and not self.cache_if(value):
            return 0
        if self.cache_unless is not None and self.cache_unless(value):
            return 0
        ttl = self.ttl(value) if callable(self.ttl) else self.ttl
        if ttl is None:
            return inf
        if self.jitter:  # only ever shorter: nothing is served for longer than ttl says
            ttl *= 1 - self.jitter * random.random()
        return max(ttl, 0)

    def life(self, freshness: float) -> float | None:
        """Return for how many seconds an entry is kept in the cache, ``None`` for ever."""
        return None if freshness == inf else freshness + self.grace


def storable(value: Any) -> bool:
    """Tell whether *value* is a finished result: not awaitable, not used up by reading it."""
    kind = type(value)
    if kind in PLAIN:
        return True
    if inspect.isawaitable(value) or hasattr(kind, "__next__") or hasattr(kind, "__anext__"):
        return False
    # Responses: Django's streaming ones, and those that still wait to be rendered.
    rendered = getattr(value, "is_rendered", True) is not False
    return rendered and not getattr(value, "streaming", False)


PLAIN = frozenset([type(None), bool, int, float, str, bytes, list, tuple, dict, set, frozenset])
