"""The dispatcher for django-rq."""

from __future__ import annotations

from typing import Any

from .base import needs
from .courier import BrokerDispatcher

__all__ = ["DjangoRQDispatcher"]

FUNCTION = "restflow.caching.workers.jobs.invalidate"


class DjangoRQDispatcher(BrokerDispatcher):
    """Enqueues ``restflow.caching.workers.jobs.invalidate``.

    Options: ``queue`` (``"default"``), and those of RQ's ``enqueue``: ``job_timeout``, ``retry``,
    ``result_ttl``...
    """

    name = "django_rq"

    def in_process(self) -> bool:
        return not self._queue().is_async

    def send(self, message: str) -> None:
        given = self.given
        given.pop("queue", None)
        self._queue().enqueue(FUNCTION, message, **{"result_ttl": 0, **given})

    def _queue(self) -> Any:
        django_rq = needs("django_rq", "restflow-caching[rq]", self.name)
        return django_rq.get_queue(self.options.get("queue", "default"))
