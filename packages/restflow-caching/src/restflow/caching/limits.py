"""How long a key may be before Django adds its own part."""

from __future__ import annotations

from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import default_key_func

from .conf import caching_settings
from .keys.builder import SLACK

#: No key is cut to less than this, whatever the settings say.
LEAST = 80


def key_limit(alias: str, version: int | None) -> int:
    """Return how many bytes a key may have so that ``make_key`` stays within ``MAX_KEY_LENGTH``."""
    backend: Any = caches[alias]
    taken = len(backend.make_key("", version).encode())
    if backend.key_func is not default_key_func:  # it may add more elsewhere: a schema name
        taken += SLACK
    return max(caching_settings.MAX_KEY_LENGTH - taken, LEAST)
