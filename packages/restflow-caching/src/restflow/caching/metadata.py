"""What a read was: its status, when the result was made, and the headers that say so."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from math import inf
from time import time
from typing import Any, NamedTuple, TypedDict

__all__ = ["CacheMetadata", "CacheStatus", "cache_status_headers"]


class CacheStatus(StrEnum):
    """How a call was answered."""

    HIT = "HIT"  #: from the cache, or by a computation that somebody else had begun
    MISS = "MISS"  #: computed, since nothing acceptable was stored
    STALE = "STALE"  #: an old result, within ``stale_ttl`` or ``stale_if_error``
    BYPASS = "BYPASS"  #: computed without the cache: asked for, or the cache is out of order
    REFRESH = "REFRESH"  #: computed on demand, although something may have been stored


class CacheMetadata(TypedDict):
    """What ``get_with_metadata`` returns beside the result.

    Times are aware (UTC). ``cached_at`` is ``None`` for what was not stored, ``expires_at`` also
    for what never expires.
    """

    cache_status: str
    cached_at: datetime | None
    expires_at: datetime | None
    key: str | None


class Answer(NamedTuple):
    """The result of a read with what is known about it; times are POSIX, ``None`` if unstored."""

    value: Any
    status: str
    key: str | None = None
    made: float | None = None
    expires: float | None = None

    def metadata(self) -> CacheMetadata:
        """Return the public form."""
        return {
            "cache_status": self.status,
            "cached_at": _moment(self.made),
            "expires_at": _moment(self.expires),
            "key": self.key,
        }


#: Makes an answer of a tuple without a Python call: every hit does.
hit = partial(tuple.__new__, Answer)


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None or seconds == inf else datetime.fromtimestamp(seconds, UTC)


#: RFC 9211, section 2: ``hit``, or why the request went forward.
PARAMETERS = {
    "HIT": "hit",
    "STALE": "hit",
    "MISS": "fwd=miss",
    "BYPASS": "fwd=bypass",
    "REFRESH": "fwd=request",
}


def cache_status_headers(
    metadata: CacheMetadata, *, cache: str = "restflow", include_key: bool = False
) -> dict[str, str]:
    """Return the headers that tell a client how its answer was cached.

    Args:
        metadata: what ``get_with_metadata`` and its siblings return.
        cache: the name of this cache in ``Cache-Status``.
        include_key: add the cache key; it may hold what a client should not see.

    Returns:
        ``Cache-Status`` (RFC 9211) and, for stored results, ``Age`` (RFC 9111, section 5.1).
    """
    words = [cache, PARAMETERS[metadata["cache_status"]]]
    made, expires = metadata["cached_at"], metadata["expires_at"]
    now = time()
    if made is not None and metadata["cache_status"] in ("MISS", "REFRESH"):
        words.append("stored")
    if expires is not None:
        words.append(f"ttl={int(expires.timestamp() - now)}")
    if include_key and metadata["key"] is not None:
        escaped = metadata["key"].replace("\\", "\\\\").replace('"', '\\"')
        words.append(f'key="{escaped}"')
    headers = {"Cache-Status": "; ".join(words)}
    if made is not None:
        headers["Age"] = str(max(0, int(now - made.timestamp())))
    return headers
