"""The dispatcher for Django's tasks framework (Django 6.0), or its backport django-tasks."""

from __future__ import annotations

from typing import Any

from .courier import BrokerDispatcher

__all__ = ["DjangoTasksDispatcher"]

#: Backends that do the work here, or write to the database as the save has just done.
HERE = ("Immediate", "Dummy", "Database")


class DjangoTasksDispatcher(BrokerDispatcher):
    """Enqueues the task of ``restflow.caching.workers.tasks``.

    Options are those of ``Task.using``: ``queue_name``, ``priority``, ``backend``; ``queue`` is
    short for ``queue_name``.
    """

    name = "django_tasks"

    def in_process(self) -> bool:
        return type(self._task().get_backend()).__name__.startswith(HERE)

    def send(self, message: str) -> None:
        self._task().enqueue(message)

    def _task(self) -> Any:
        from ..workers.tasks import invalidate

        if invalidate is None:
            raise ImportError(
                "The dispatcher 'django_tasks' needs Django 6.0, or its backport: "
                "pip install 'restflow-caching[tasks]'"
            )
        given = self.given
        if "queue" in given:
            given["queue_name"] = given.pop("queue")
        return invalidate.using(**given) if given else invalidate
