"""The dispatcher for django-q2."""

from __future__ import annotations

from .base import needs
from .courier import BrokerDispatcher

__all__ = ["DjangoQDispatcher"]

FUNCTION = "restflow.caching.workers.jobs.invalidate"


class DjangoQDispatcher(BrokerDispatcher):
    """Sends ``restflow.caching.workers.jobs.invalidate`` with ``async_task``.

    Options are its ``q_options``: ``cluster``, ``group``, ``timeout``, ``ack_failure``...
    """

    name = "django_q"

    def in_process(self) -> bool:
        conf = needs("django_q.conf", "restflow-caching[q]", self.name).Conf
        # The ORM broker writes to the database, as the save has just done.
        return bool(conf.SYNC or conf.ORM)

    def send(self, message: str) -> None:
        tasks = needs("django_q.tasks", "restflow-caching[q]", self.name)
        tasks.async_task(FUNCTION, message, q_options={"save": False, **self.given})
