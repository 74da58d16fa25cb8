"""Test clients, cases and counters for async DRF projects.

The client and the cases need Django REST Framework; the counters and ``shared_connections`` do not.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cases import (
        AsyncAPILiveServerTestCase,
        AsyncAPISimpleTestCase,
        AsyncAPITestCase,
        AsyncAPITransactionTestCase,
    )
    from .client import AsyncAPIClient
    from .conformance import APIConformanceTestCase
    from .databases import shared_connections
    from .document import Document
    from .factory import AsyncAPIRequestFactory, force_authenticate
    from .hops import assert_hops, count_hops
    from .queries import assert_queries, count_queries
    from .recorder import Recorder, recorded
    from .streams import StreamAborted, StreamedResponse

__all__ = [
    "APIConformanceTestCase",
    "AsyncAPIClient",
    "AsyncAPILiveServerTestCase",
    "AsyncAPIRequestFactory",
    "AsyncAPISimpleTestCase",
    "AsyncAPITestCase",
    "AsyncAPITransactionTestCase",
    "Document",
    "Recorder",
    "StreamAborted",
    "StreamedResponse",
    "assert_hops",
    "assert_queries",
    "count_hops",
    "count_queries",
    "force_authenticate",
    "recorded",
    "shared_connections",
]

_MODULES = {
    "APIConformanceTestCase": "conformance",
    "AsyncAPIClient": "client",
    "AsyncAPILiveServerTestCase": "cases",
    "AsyncAPIRequestFactory": "factory",
    "AsyncAPISimpleTestCase": "cases",
    "AsyncAPITestCase": "cases",
    "AsyncAPITransactionTestCase": "cases",
    "Document": "document",
    "Recorder": "recorder",
    "StreamAborted": "streams",
    "StreamedResponse": "streams",
    "assert_hops": "hops",
    "assert_queries": "queries",
    "count_hops": "hops",
    "count_queries": "queries",
    "force_authenticate": "factory",
    "recorded": "recorder",
    "shared_connections": "databases",
}


def __getattr__(name: str) -> Any:
    """Import on first use: DRF's test tools read its settings when they are imported."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    except ModuleNotFoundError as error:
        if error.name != "rest_framework":
            raise
        raise ImportError(
            f"restflow.test.{name} needs Django REST Framework: pip install 'restflow-core[drf]'"
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
