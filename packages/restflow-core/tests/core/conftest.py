"""What the tests of core share."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The jobs that the running loop hands to executors."""
    jobs: list[Any] = []
    genuine = asyncio.base_events.BaseEventLoop.run_in_executor

    def counted(loop: Any, executor: Any, func: Any, *args: Any) -> Any:
        jobs.append(func)
        return genuine(loop, executor, func, *args)

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "run_in_executor", counted)
    return jobs
