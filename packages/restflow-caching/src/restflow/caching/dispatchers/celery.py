"""The dispatcher for Celery."""

from __future__ import annotations

from .base import needs
from .courier import BrokerDispatcher

__all__ = ["CeleryDispatcher"]


class CeleryDispatcher(BrokerDispatcher):
    """Sends the task ``restflow.caching.invalidate`` of ``restflow.caching.tasks``.

    Options are those of ``apply_async``: ``queue``, ``priority``, ``expires``...
    """

    name = "celery"

    def in_process(self) -> bool:
        celery = needs("celery", "restflow-caching[celery]", self.name)
        return bool(celery.current_app.conf.task_always_eager)

    def send(self, message: str) -> None:
        from ..tasks import invalidate

        # Retrying is ours to do, later and by the way of the inline fallback.
        invalidate.apply_async(args=[message], retry=False, ignore_result=True, **self.given)
