"""Keys are the backend's own, and warned about as Django warns."""

from __future__ import annotations

import warnings
from typing import Any

from django.core.cache.backends.base import (
    BaseCache,
    CacheKeyWarning,
    default_key_func,
    memcache_key_warnings,
)
from hypothesis import given
from hypothesis import strategies as st

from restflow.core.cache import compatible_cache
from restflow.core.cache.keys import PORTABLE, loop_safe_keys, raw_key_maker


@given(key=st.text(max_size=20) | st.text("ab \x7f\x1f\n", min_size=240, max_size=260))
def test_a_portable_key_is_one_django_has_nothing_to_say_about(key: str) -> None:
    assert bool(PORTABLE(key)) is not any(memcache_key_warnings(key))


@given(
    key=st.text(max_size=20),
    prefix=st.text(max_size=5),
    version=st.none() | st.integers() | st.text(max_size=3),
    own=st.booleans(),
)
def test_raw_keys_are_what_make_key_gives(key: str, prefix: str, version: Any, own: bool) -> None:
    params: dict[str, Any] = {"KEY_PREFIX": prefix, "VERSION": 3}
    if own:
        params["KEY_FUNCTION"] = lambda key, prefix, version: f"{key}|{version}|{prefix}"
    backend = BaseCache(params)
    assert raw_key_maker(backend, version)(key) == backend.make_key(key, version)


def test_which_key_functions_are_safe() -> None:
    def own(key: str, prefix: str, version: int) -> str:
        return key

    assert loop_safe_keys(BaseCache({}))
    assert loop_safe_keys(BaseCache({"KEY_FUNCTION": default_key_func}))
    assert not loop_safe_keys(BaseCache({"KEY_FUNCTION": own}))


def test_the_compatible_level_warns_as_django_does(use: Any, redis: Any) -> None:
    from django.core.cache import caches

    use("django", redis.url)
    for key in ("with space", "x" * 300):
        seen = []
        for cache in (caches["default"], compatible_cache()):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                cache.get(key)
            seen.append([(one.category, str(one.message)) for one in caught])
        assert seen[0] == seen[1] != []
        assert seen[0][0][0] is CacheKeyWarning
