"""The task of Django's tasks framework, or of the backport django-tasks."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from ..conf import caching_settings
from .jobs import invalidate as work

__all__ = ["invalidate"]


def _declared() -> Any:
    """Return the task, or ``None`` where there is no such framework."""
    if find_spec("django.tasks") is not None:
        from django.tasks import task, task_backends
    elif find_spec("django_tasks") is not None:
        from django_tasks import task, task_backends  # type: ignore[assignment, no-redef, unused-ignore]
    else:
        return None

    def invalidate(message: str) -> None:
        work(message)

    invalidate.__qualname__ = "invalidate"  # workers import a task by the path of its function
    options = caching_settings.DISPATCHER_SETTINGS.get("django_tasks", {})
    backend = options.get("backend", "default")
    # A task is refused unless its first queue is one that the backend has.
    queues = sorted(task_backends[backend].queues)
    queue = "default" if not queues or "default" in queues else queues[0]
    return task(backend=backend, queue_name=queue)(invalidate)


invalidate: Any = _declared()
