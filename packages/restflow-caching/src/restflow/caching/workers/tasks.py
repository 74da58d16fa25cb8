"""The task of Django's tasks framework, or of the backport django-tasks."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from .jobs import invalidate as work

__all__ = ["invalidate"]


def _declared() -> Any:
    """Return the task, or ``None`` where there is no such framework."""
    if find_spec("django.tasks") is not None:
        from django.tasks import task
    elif find_spec("django_tasks") is not None:
        from django_tasks import task  # type: ignore[no-redef, unused-ignore]
    else:
        return None

    def invalidate(message: str) -> None:
        work(message)

    invalidate.__qualname__ = "invalidate"  # workers import a task by the path of its function
    return task()(invalidate)


invalidate: Any = _declared()
