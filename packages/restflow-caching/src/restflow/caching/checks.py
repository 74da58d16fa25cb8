"""System checks of caching: ids ``restflow.E100`` to ``E199`` and ``W100`` to ``W199``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.core.cache import InvalidCacheBackendError, caches
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from .conf import caching_settings
from .entries import codec_of
from .limits import LEAST
from .registry import registry

__all__ = ["check_caching", "check_deployment"]

#: Least value of each number among the settings, and whether it may be ``None``.
NUMBERS = {
    "MAX_KEY_LENGTH": (120, False),
    "REPLICA_LAG": (0, False),
    "COMPRESS_ABOVE": (0, True),
    "MAX_ENTRY_SIZE": (1, True),
    "LEASE": (0.01, False),
    "DEADLINE": (0.001, False),
    "OUTAGE_THRESHOLD": (1, False),
    "RETRY_AFTER": (0.001, False),
}
PER_PROCESS = {
    "django.core.cache.backends.locmem.LocMemCache": "each process has its own",
    "django.core.cache.backends.dummy.DummyCache": "it keeps nothing",
}


def check_caching(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Find settings that cannot work, and caches that do not do what cached functions need."""
    return [*_numbers(), *_names(), *_caches()]


def _numbers() -> Iterator[CheckMessage]:
    for key, (least, optional) in NUMBERS.items():
        value = getattr(caching_settings, key)
        if value is None and optional:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
            yield Error(
                f"RESTFLOW_SETTINGS['CACHING'][{key!r}] is {value!r}.",
                hint=f"Give a number of at least {least}{', or None' if optional else ''}.",
                id="restflow.E101",
            )


def _names() -> Iterator[CheckMessage]:
    algorithm = caching_settings.KEY_HASH_ALGORITHM
    usable = algorithm in hashlib.algorithms_available
    if not usable or hashlib.new(algorithm, usedforsecurity=False).digest_size < 16:
        yield Error(
            f"RESTFLOW_SETTINGS['CACHING']['KEY_HASH_ALGORITHM'] is {algorithm!r}.",
            hint='Name a hashlib algorithm with at least 16 bytes, such as "blake2b" or "sha256".',
            id="restflow.E102",
        )
    try:
        codec_of(caching_settings.CODEC)
    except (TypeError, ImportError, ImproperlyConfigured) as error:
        yield Error(
            f"RESTFLOW_SETTINGS['CACHING']['CODEC'] is {caching_settings.CODEC!r}: {error}",
            hint='Name "pickle", "json", or the dotted path of a codec.',
            id="restflow.E103",
        )


def _caches() -> Iterator[CheckMessage]:
    for alias in sorted({wrapper.cached.alias for wrapper in registry}):
        try:
            backend: Any = caches[alias]
        except InvalidCacheBackendError as error:
            yield Error(str(error), hint=f"Add {alias!r} to CACHES.", id="restflow.E104")
            continue
        taken = len(backend.make_key("", None).encode())
        if caching_settings.MAX_KEY_LENGTH - taken < LEAST:
            yield Error(
                f"CACHES[{alias!r}] takes {taken} bytes of each key, which leaves too few of "
                f"MAX_KEY_LENGTH {caching_settings.MAX_KEY_LENGTH}.",
                hint="Shorten its KEY_PREFIX.",
                id="restflow.E105",
            )


def check_deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Find caches that other processes do not see (``check --deploy``)."""
    found: list[CheckMessage] = []
    for alias in sorted({wrapper.cached.alias for wrapper in registry}):
        kind = type(caches[alias])
        why = PER_PROCESS.get(f"{kind.__module__}.{kind.__qualname__}")
        if why is not None:
            found.append(
                Warning(
                    f"Cached functions use CACHES[{alias!r}], a {kind.__name__}: {why}, so an "
                    f"invalidation reaches no other process.",
                    hint="Use a cache that all processes share, such as Redis.",
                    id="restflow.W101",
                )
            )
    return found
