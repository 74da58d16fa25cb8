"""A pytest plugin: ``pytest_plugins = ["restflow.test.plugin"]`` in the project's ``conftest.py``.

Needs pytest-django; coroutine tests need pytest-asyncio. The fixtures:

* ``adb``: pytest-django's ``db`` for coroutine tests: every thread works in the test's transaction.
* ``async_api_client``, ``async_api_factory``: an ``AsyncAPIClient``, an ``AsyncAPIRequestFactory``.
* ``documented``: fails the test if an answer that it got contradicts the project's document.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def pytest_configure(config: Any) -> None:
    """Register the fixtures."""
    config.pluginmanager.register(_fixtures(), "restflow.test.fixtures")


def _fixtures() -> Any:
    import pytest  # whoever imports all of this package may have none

    from . import AsyncAPIClient, AsyncAPIRequestFactory, recorded, shared_connections

    class Fixtures:
        @pytest.fixture
        def adb(self, db: None) -> Iterator[None]:
            """``db`` for coroutine tests: every thread works inside the test's transaction."""
            with shared_connections():
                yield

        @pytest.fixture
        def async_api_client(self) -> Any:
            """An ``AsyncAPIClient``."""
            return AsyncAPIClient()

        @pytest.fixture
        def async_api_factory(self) -> Any:
            """An ``AsyncAPIRequestFactory``."""
            return AsyncAPIRequestFactory()

        @pytest.fixture
        def documented(self) -> Iterator[Any]:
            """Fail the test if an answer that it got contradicts the project's document."""
            with recorded() as recorder:
                yield recorder

    return Fixtures()
