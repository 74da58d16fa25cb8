"""The settings of a project that documents itself."""

from __future__ import annotations

from typing import Any

import pytest

from .documents import ENVELOPE, SCHEMA_CLASS


@pytest.fixture(autouse=True)
def _documented(settings: Any) -> None:
    settings.REST_FRAMEWORK = {**SCHEMA_CLASS, **ENVELOPE}
