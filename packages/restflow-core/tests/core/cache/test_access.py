"""Aliases become caches once, follow the settings, and import nothing that is not needed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import InvalidCacheBackendError, caches
from django.test import override_settings

from restflow.core.cache import backends, compatible_cache, raw_cache

LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


def test_an_alias_is_resolved_once() -> None:
    assert raw_cache() is raw_cache("default")
    assert raw_cache(version=2) is raw_cache(version=2) is not raw_cache()
    assert compatible_cache() is compatible_cache("default", strict=False)
    assert compatible_cache(strict=True) is not compatible_cache()


def test_an_unknown_alias_is_djangos_error() -> None:
    for make in (raw_cache, compatible_cache):
        with pytest.raises(InvalidCacheBackendError, match="'none' doesn't exist"):
            make("none")


def test_changed_settings_count_at_once() -> None:
    raw_cache().set("a", b"before")
    with override_settings(CACHES={"default": {"BACKEND": LOCMEM, "LOCATION": "elsewhere"}}):
        assert raw_cache().get("a") is None
        assert compatible_cache().get("a") is None
        raw_cache().set("a", b"during")
    assert raw_cache().get("a") == b"before"


def test_other_settings_change_nothing() -> None:
    before = raw_cache()
    with override_settings(TIME_ZONE="Europe/Berlin"):
        assert raw_cache() is before


@pytest.mark.parametrize("kind", ["django", "django-redis"])
def test_threads_that_come_first_together_share_one_link(use: Any, kind: str, redis: Any) -> None:
    use(kind, redis.url)
    barrier = threading.Barrier(8)

    def first() -> Any:
        barrier.wait()
        raw_cache().get("a")
        return backends.redis_link("default")

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(first) for _ in range(8)]
    assert len({id(future.result()) for future in futures}) == 1


def test_one_backend_object_serves_all_threads(use: Any, redis: Any) -> None:
    use("django", redis.url)
    with ThreadPoolExecutor(4) as pool:
        found = [future.result() for future in [pool.submit(backends.shared, "default")] * 4]
    assert {id(one) for one in found} == {id(backends.shared("default"))}
    assert backends.shared("default") is not caches["default"]


WITHOUT_REDIS = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("redis", "django_redis", "hiredis", "pymemcache"):
            raise ImportError(f"{name} was imported")
sys.meta_path.insert(0, Refuse())
import importlib, pkgutil
from django.conf import settings
settings.configure(CACHES={
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "dummy": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
    "files": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": sys.argv[1],
    },
})
import django
django.setup()
import restflow.core.cache
for module in pkgutil.walk_packages(restflow.core.cache.__path__, "restflow.core.cache."):
    importlib.import_module(module.name)
from restflow.core.cache import compatible_cache, raw_cache
for alias in ("default", "dummy", "files"):
    raw_cache(alias).set("a", b"1")
    compatible_cache(alias, strict=True).get("b")
print("no client library")
"""


def test_a_project_without_redis_never_imports_it(folder: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_REDIS, folder],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": ""},
    )
    assert (done.stdout, done.stderr) == ("no client library\n", "")
