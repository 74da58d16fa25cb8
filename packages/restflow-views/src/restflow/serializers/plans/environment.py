"""What a plan needs to know about the moment it runs: the time zone and whether it is partial."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

__all__ = ["Environment"]


class Environment:
    """The moment of one run.

    Args:
        partial: whether the root serializer was made with ``partial=True``.
        clock: the plan reads or writes date-times, so the active time zone matters.
    """

    __slots__ = ("partial", "tz", "utc")

    def __init__(self, partial: bool, clock: bool) -> None:
        self.partial = partial
        self.tz: datetime.tzinfo | None = None
        self.utc = False
        if clock:
            self.refresh()

    def refresh(self) -> None:
        """Look at the active time zone again: user code may have changed it."""
        tz: datetime.tzinfo | None = timezone.get_current_timezone() if settings.USE_TZ else None
        self.tz = tz
        self.utc = tz is datetime.UTC or getattr(tz, "key", None) == "UTC"


def root_partial(serializer: Any) -> bool:
    """Return the ``partial`` of the serializer at the root of *serializer*'s tree."""
    while serializer.parent is not None:
        serializer = serializer.parent
    return bool(getattr(serializer, "partial", False))
