"""The threads that requests lease."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from .conf import asgi_settings


class ThreadPool:
    """Long-lived threads, each an executor of its own with one worker.

    It grows on demand, without a limit: Django's handler would start a thread for each request
    too, and a limit would let requests that wait for each other wait for ever. What is bounded is
    how many stay warm.

    Attributes:
        started: how many threads this process has started for requests.
        leased: how many are with a request now.
    """

    def __init__(self, most_idle: Callable[[], int]) -> None:
        self._most_idle = most_idle
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        """Begin anew: threads, and who held the lock, stay behind in the parent of a fork."""
        self._lock = Lock()
        self._idle: list[ThreadPoolExecutor] = []
        self._reserved = 0
        self.started = 0
        self.leased = 0

    @property
    def idle(self) -> int:
        """How many threads are warm and without a request."""
        return len(self._idle)

    def take(self) -> ThreadPoolExecutor:
        """Return the thread that was given back last, or a new one."""
        with self._lock:
            self.leased += 1
            if self._idle:
                return self._idle.pop()
            self.started += 1
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix="restflow-request")

    def reserve(self) -> bool:
        """Tell whether a thread that is about to be given back stays warm, and keep its place."""
        with self._lock:
            stays = len(self._idle) + self._reserved < self._most_idle()
            self._reserved += stays
        return stays

    def give_back(self, worker: ThreadPoolExecutor, *, reserved: bool, clean: bool = True) -> None:
        """Take *worker* back, called in its own thread, after :meth:`reserve`.

        Args:
            worker: one that :meth:`take` returned.
            reserved: what :meth:`reserve` said; a thread without a place ends.
            clean: nothing of its request is left in it; otherwise it ends too.
        """
        keep = reserved and clean
        with self._lock:
            self.leased -= 1
            self._reserved -= reserved
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.shutdown(wait=False)


pool = ThreadPool(lambda: int(asgi_settings.IDLE_THREADS))
