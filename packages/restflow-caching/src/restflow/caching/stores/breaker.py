"""The circuit breaker of a cache: calls go past one that is down instead of waiting for it."""

from __future__ import annotations

import logging
import os
from threading import Lock
from time import monotonic

from ..conf import caching_settings

logger = logging.getLogger("restflow.caching")


class Breaker:
    """Closed while the cache works; open after failures, letting one call at a time try again.

    Args:
        alias: the key in ``CACHES``.
    """

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.failures = 0
        self.open = False
        self._since = 0.0
        self._lock = Lock()

    def allows(self) -> bool:
        """Tell whether a call may use the cache now. In an open breaker it is then the trial."""
        if not self.open:
            return True
        with self._lock:
            now = monotonic()
            if now - self._since < caching_settings.RETRY_AFTER:
                return False
            self._since = now  # the next trial is due only after this one had its time
            return True

    def failed(self, error: BaseException, *, hung: bool) -> None:
        """Note that the cache did not answer; one that *hung* costs too much to ask again."""
        with self._lock:
            self.failures += 1
            self._since = monotonic()
            if self.open or not (hung or self.failures >= caching_settings.OUTAGE_THRESHOLD):
                return
            self.open = True
        logger.warning("Cache %r is out of order, calls go past it: %s", self.alias, error)

    def worked(self) -> None:
        """Note that the cache answered."""
        with self._lock:
            self.failures = 0
            if not self.open:
                return
            self.open = False
        logger.warning("Cache %r works again.", self.alias)


_breakers: dict[str, Breaker] = {}


def breaker_of(alias: str) -> Breaker:
    """Return the breaker that everything on *alias* shares."""
    found = _breakers.get(alias)
    return _breakers.setdefault(alias, Breaker(alias)) if found is None else found


def forget() -> None:
    """Start over with closed breakers: in a child process, or under other settings."""
    _breakers.clear()


os.register_at_fork(after_in_child=forget)
