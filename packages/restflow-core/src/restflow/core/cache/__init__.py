"""Django's caches in both colours, without a thread where none is needed.

The *compatible* level stores values as the alias's own backend does::

    await compatible_cache().aset("greeting", {"text": "hello"}, 60)
    caches["default"].get("greeting")

The *raw* level stores our bytes, in one round trip for several keys, and has the operations that
settle races: ``add``, ``incr``, ``replace``, ``discard`` and scripts::

    entry, token = await raw_cache().aget_many([key, token_key])

Every operation has a sync form, an async form whose name starts with ``a``, and
``cache.step(cache.get, key)`` gives the step for a decision that runs in either colour. On a loop,
memory answers in place, and Django's and django-redis' Redis backends over one connection that all
coroutines share; any other backend takes one hop. Reads go to the primary.
"""

from .access import compatible_cache, raw_cache
from .compatible import CompatibleCache
from .outages import CacheUnavailable
from .raw import RawCache, RawOperations, Script

__all__ = [
    "CacheUnavailable",
    "CompatibleCache",
    "RawCache",
    "RawOperations",
    "Script",
    "compatible_cache",
    "raw_cache",
]
