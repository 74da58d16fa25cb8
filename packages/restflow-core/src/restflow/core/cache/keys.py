"""Keys as the alias makes them, and whether making them is safe on an event loop."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.core.cache.backends.base import BaseCache, default_key_func

#: Keys about which Django has nothing to warn: what its validate_key() looks at, in one match.
PORTABLE = re.compile(r"[^\x00-\x20\x7f]{0,250}\Z").match


def loop_safe_keys(backend: BaseCache) -> bool:
    """Tell whether the ``KEY_FUNCTION`` of *backend* may run on an event loop.

    Django's own may, and one that was declared so with ``restflow.core.adapters.loop_safe``.
    Others may look at the thread, as django-tenants' does at the connection's schema.
    """
    function = backend.key_func
    return function is default_key_func or bool(getattr(function, "__loop_safe__", False))


def raw_key_maker(backend: BaseCache, version: int | None) -> Callable[[str], str]:
    """Return a function equal to ``backend.make_key(key, version)``.

    It warns about no keys that Memcached would refuse: on the raw level they are ours.
    """
    if version is None:
        version = backend.version
    if backend.key_func is default_key_func:
        return default_key_func("", backend.key_prefix, version).__add__
    return lambda key: backend.key_func(key, backend.key_prefix, version)
