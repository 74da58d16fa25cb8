"""The section CACHING of ``RESTFLOW_SETTINGS``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from restflow.core.settings import Section

__all__ = ["CachingSettings", "caching_settings"]


class CachingSettings(Section, name="CACHING"):
    """Defaults of every cached function; times are seconds, sizes bytes."""

    #: Longest key after Django's ``make_key``; memcached allows 250.
    MAX_KEY_LENGTH: int = 250
    #: ``hashlib`` name of the digest in long and hashed keys; 32 hexadecimal digits are used.
    KEY_HASH_ALGORITHM: str = "blake2b"
    #: Modules that declare cached functions, besides each app's ``caches.py``.
    RULE_MODULES: Sequence[str] = ()
    #: Where the work of rules runs that name no dispatcher.
    DEFAULT_DISPATCHER: str = "inline"
    #: Let an error of that work reach whoever saved.
    DISPATCHER_RAISE_EXCEPTION: bool = False
    #: Options by the name of a dispatcher, such as ``{"celery": {"queue": "cache"}}``.
    DISPATCHER_SETTINGS: Mapping[str, Mapping[str, Any]] = {}
    #: After an invalidation nothing is stored for so long: what replicas may lag behind.
    REPLICA_LAG: float = 0
    #: ``"pickle"``, ``"json"``, or the dotted path of a codec.
    CODEC: Any = "pickle"
    #: Payloads larger than this are compressed; ``None`` never compresses.
    COMPRESS_ABOVE: int | None = 16_384
    #: Entries larger than this are not stored; ``None`` leaves it to the server.
    MAX_ENTRY_SIZE: int | None = None
    #: How long one process may compute before another one takes over.
    LEASE: float = 10.0
    #: How long the cache may take to answer before it counts as out of order.
    DEADLINE: float = 1.0
    #: So many failures in a row open the breaker; a missed deadline opens it at once.
    OUTAGE_THRESHOLD: int = 3
    #: An open breaker lets one call try again after so long.
    RETRY_AFTER: float = 0.5


caching_settings = CachingSettings()
