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

    def give_back(self, worker: ThreadPoolExecutor, *, clean: bool = True) -> None:
        """Take *worker* back, called in its own thread; one that is not *clean* ends."""
        with self._lock:
            self.leased -= 1
            keep = clean and len(self._idle) < self._most_idle()
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.shutdown(wait=False)

    def keeps_another(self) -> bool:
        """Tell whether a thread that were given back now would stay warm."""
        return len(self._idle) < self._most_idle()


pool = ThreadPool(lambda: int(asgi_settings.IDLE_THREADS))
