"""What the package offers, and what it needs for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import restflow.test

NAMES = [
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


def test_names() -> None:
    assert sorted(restflow.test.__all__) == dir(restflow.test) == NAMES
    for name in NAMES:
        assert getattr(restflow.test, name).__name__ == name


def test_others_there_are_none() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        restflow.test.Nothing  # noqa: B018


def python(code: str) -> subprocess.CompletedProcess[str]:
    lines = ["import sys, django", "from django.conf import settings", *code.strip().splitlines()]
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_counters_need_no_drf_and_the_client_says_so() -> None:
    done = python(
        """
settings.configure()
django.setup()
sys.modules["rest_framework"] = None
from restflow.test import assert_hops, assert_queries, count_hops, count_queries
from restflow.test import shared_connections
import asyncio
with assert_hops(1):
    asyncio.run(asyncio.to_thread(len, "abc"))
from restflow.test import AsyncAPIClient
"""
    )
    assert done.stderr.splitlines()[-1] == (
        "ImportError: restflow.test.AsyncAPIClient needs Django REST Framework: "
        "pip install 'restflow-core[drf]'"
    )


def test_other_import_errors_are_left_as_they_are() -> None:
    done = python(
        """
settings.configure()
django.setup()
sys.modules["rest_framework.test"] = None
from restflow.test import AsyncAPIClient
"""
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: import of rest_framework.test halted")


def test_importing_it_loads_neither_views_nor_models() -> None:
    done = python(
        """
settings.configure()
from restflow.test import AsyncAPITestCase, AsyncAPIClient, assert_hops, assert_queries
assert "rest_framework.views" not in sys.modules
print("fine")
"""
    )
    assert (done.stdout.strip(), done.stderr) == ("fine", "")
