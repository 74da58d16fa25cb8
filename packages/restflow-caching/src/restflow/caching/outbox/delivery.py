"""Doing what a process that died, or a cache that was down, has left in the outbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connections, transaction
from django.utils import timezone

from ..dispatchers import Undelivered, receive

__all__ = ["deliver"]


def deliver(*, older_than: float = 30, limit: int = 1000, using: str = "default") -> int:
    """Do what is overdue in the outbox of a database; run it every minute or so.

    Doing an invalidation twice is harmless, so several processes may run this at once.

    Args:
        older_than: leave entries alone that are younger, in seconds: they are being done.
        limit: most entries in one run.
        using: alias of the database.

    Returns:
        How many were done. It stops early while the cache is out of order.
    """
    from .models import OutboxEntry

    before = timezone.now() - timedelta(seconds=older_than)
    rows = OutboxEntry.objects.using(using).filter(created_at__lte=before).order_by("pk")
    done = 0
    for pk in list(rows.values_list("pk", flat=True)[:limit]):
        with transaction.atomic(using=using):
            entry = _taken(pk, using)
            if entry is None:
                continue
            try:
                receive(entry.message)
            except Undelivered:
                return done
            entry.delete()
        done += 1
    return done


def _taken(pk: int, using: str) -> Any:
    from .models import OutboxEntry

    rows = OutboxEntry.objects.using(using).filter(pk=pk)
    if connections[using].features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return rows.first()
