"""Counters of one cached function, and the signal that reports each event; never a key's value."""

from __future__ import annotations

from typing import Any

from django.dispatch import Signal

__all__ = ["EVENTS", "Statistics", "cache_event"]

#: Sent for every event: ``sender`` is the :class:`CachedWrapper`, ``event`` one of ``EVENTS``,
#: ``seconds`` how long a computation took (for ``"computed"``), else ``None``. Receivers run
#: within the call, on the event loop too: they must be fast and never block.
cache_event = Signal()

EVENTS = ("hit", "miss", "stale", "refresh", "wait", "bypass", "error", "computed", "unstored")


class Statistics:
    """How often what happened, in this process.

    Attributes:
        counts: number of events by name.
        seconds: time spent computing results.
    """

    __slots__ = ("counts", "seconds", "sender")

    def __init__(self, sender: Any) -> None:
        self.sender = sender
        self.counts = dict.fromkeys(EVENTS, 0)
        self.seconds = 0.0

    def note(self, event: str, seconds: float | None = None) -> None:
        """Count *event* and tell whoever listens."""
        self.counts[event] += 1
        if seconds is not None:
            self.seconds += seconds
        if cache_event.receivers:
            cache_event.send_robust(self.sender, event=event, seconds=seconds)

    def snapshot(self) -> dict[str, float]:
        """Return the counters, with ``compute_seconds``, as they are now."""
        return {**self.counts, "compute_seconds": self.seconds}
