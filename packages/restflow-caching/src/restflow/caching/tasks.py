"""The Celery task: ``app.autodiscover_tasks()`` finds it, since restflow.caching is an app."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from .dispatchers import receive

__all__ = ["invalidate"]


def _declared() -> Any:
    """Return the task, or ``None`` where Celery is absent."""
    if find_spec("celery") is None:
        return None
    from celery import shared_task  # type: ignore[import-untyped, unused-ignore]

    return shared_task(
        name="restflow.caching.invalidate",
        ignore_result=True,
        autoretry_for=(Exception,),
        retry_backoff=True,
        max_retries=10,
    )(receive)


invalidate: Any = _declared()
