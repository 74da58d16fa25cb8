"""The pytest plugin that the root configuration loads for every suite.

It works with Django and pytest alone: isolated runs may lack DRF, hypothesis, a Redis client.
"""

from __future__ import annotations

import os
import shutil
import threading
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from restflow_testing.counts import cases, full
from restflow_testing.services import MARIADB, POSTGRES, RABBITMQ, REDIS, RedisServer

LEFT_OUT = pytest.StashKey[dict[Path, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[LEFT_OUT] = {
        folder: library
        for folder, library in _needs(config.rootpath).items()
        if find_spec(library) is None
    }
    if find_spec("hypothesis") is not None:
        _load_profile()


def pytest_unconfigure() -> None:
    from django.conf import settings

    if settings.configured:
        shutil.rmtree(settings.SCRATCH, ignore_errors=True)


def _needs(root: Path) -> dict[Path, str]:
    """Test folders of import names that need a library of an extra (``[tool.restflow.needs]``)."""
    found = {}
    for path in root.glob("packages/*/pyproject.toml"):
        table = tomllib.loads(path.read_text())["tool"].get("restflow", {}).get("needs", {})
        for portion, library in table.items():
            found[path.parent / "tests" / portion.removeprefix("restflow.")] = library
    return found


def _load_profile() -> None:
    """Hypothesis at our counts; ``@settings(max_examples=cases(n))`` where a test wants others."""
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "restflow",
        max_examples=cases(200),
        deadline=None,  # a slow machine is no defect
        print_blob=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    settings.load_profile("restflow")


def pytest_report_header(config: pytest.Config) -> list[str]:
    versions = []
    for name in ("Django", "djangorestframework", "asgiref"):
        try:
            versions.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            versions.append(f"no {name}")
    database = os.environ.get("RESTFLOW_TEST_DATABASE", "sqlite")
    counts = "all" if full() else f"{cases(1000) / 10:.0f} in 100"
    lines = [f"restflow: {', '.join(versions)}; {database}; generated cases: {counts}"]
    for folder, library in sorted(config.stash[LEFT_OUT].items()):
        place = folder.relative_to(config.rootpath)
        lines.append(f"restflow: left out without {library}: {place}")
    return lines


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if collection_path in config.stash[LEFT_OUT] else None


@pytest.fixture
def adb(db: None) -> Iterator[None]:
    """``db`` for coroutine tests: every thread works inside the test's transaction."""
    from restflow.test import shared_connections

    with shared_connections():
        yield


@pytest.fixture(autouse=True)
def _strays_closed() -> Iterator[None]:
    """Close what the test's other threads left open: it would outlive the test database."""
    from django.db.backends.signals import connection_created

    opened: list[Any] = []

    def remember(connection: Any, **kwargs: object) -> None:
        if threading.current_thread() is not threading.main_thread():
            opened.append(connection)

    connection_created.connect(remember)
    yield
    connection_created.disconnect(remember)
    for connection in opened:
        connection.inc_thread_sharing()
        connection.close()
        connection.dec_thread_sharing()


@pytest.fixture
def redis_url() -> str:
    """The Redis that all tests share: use keys of your own. :func:`redis_server` is yours alone."""
    return REDIS.require()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    """A Redis of this test's own, running on a free port: ``url``, ``stop()``, ``start()``."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def postgres_url() -> str:
    return POSTGRES.require()


@pytest.fixture
def postgres_database() -> dict[str, Any]:
    """PostgreSQL as an entry of Django's ``DATABASES``."""
    POSTGRES.require()
    return POSTGRES.django_database()


@pytest.fixture
def mariadb_url() -> str:
    return MARIADB.require()


@pytest.fixture
def mariadb_database() -> dict[str, Any]:
    """MariaDB as an entry of Django's ``DATABASES``."""
    MARIADB.require()
    return MARIADB.django_database()


@pytest.fixture
def rabbitmq_url() -> str:
    return RABBITMQ.require()


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    """What one test cached is gone before the next one starts."""
    yield
    from django.core.cache.backends import locmem

    # The stores themselves: a cache object of this thread may not exist, or belong to others.
    for store in (*locmem._caches.values(), *locmem._expire_info.values()):  # type: ignore[attr-defined]
        store.clear()
