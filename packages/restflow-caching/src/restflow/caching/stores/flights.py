"""Single flight: of all who miss a key in this process, one computes and the others wait for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from threading import Event, Lock
from typing import Any

#: What a flight is known by. The tokens are part of it: who starts after an invalidation has read
#: others, and so never gets what was computed before.
FlightKey = tuple[Any, ...]

UNDER_WAY, LANDED, FAILED, SOLO, ABANDONED = range(5)

#: The flights that the current context leads: a function that calls itself must not wait.
leading: ContextVar[frozenset[FlightKey]] = ContextVar("restflow_flights", default=frozenset())


class Flight:
    """One computation that others wait for, in whatever thread or event loop they are."""

    __slots__ = ("_callbacks", "_lock", "state", "value")

    def __init__(self) -> None:
        self.state = UNDER_WAY
        self.value: Any = None
        self._lock = Lock()
        self._callbacks: list[Callable[[], None]] = []

    @property
    def watched(self) -> bool:
        """Whether anybody waits."""
        return bool(self._callbacks)

    def end(self, state: int, value: Any = None) -> None:
        """Wake all who wait. The first end counts."""
        with self._lock:
            if self.state != UNDER_WAY:
                return
            self.state, self.value = state, value
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def _notify(self, callback: Callable[[], None]) -> bool:
        with self._lock:
            if self.state == UNDER_WAY:
                self._callbacks.append(callback)
                return True
            return False

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock, suppress(ValueError):
            self._callbacks.remove(callback)

    def wait(self, seconds: float) -> None:
        """Wait in a thread for the end, at most so long."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            return  # sync code on a loop: what it would wait for may need this very thread
        event = Event()
        if self._notify(event.set):
            try:
                event.wait(seconds)
            finally:
                self._forget(event.set)

    async def await_(self, seconds: float) -> None:
        """Wait on a loop for the end, at most so long."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def finish() -> None:
            if not done.done():
                done.set_result(None)

        def wake() -> None:
            with suppress(RuntimeError):  # the loop of that waiter is closed
                loop.call_soon_threadsafe(finish)

        if self._notify(wake):
            try:
                await asyncio.wait((done,), timeout=seconds)
            finally:
                self._forget(wake)


class Flights:
    """The flights of this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._flights: dict[FlightKey, Flight] = {}

    def join(self, key: FlightKey) -> tuple[Flight, bool]:
        """Return the flight under *key* and whether the caller leads it: it was not there."""
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None and flight.state == UNDER_WAY:
                return flight, False
            flight = self._flights[key] = Flight()
            return flight, True

    def replace(self, key: FlightKey, old: Flight) -> None:
        """Give up on *old*, whose leader has not been heard of for too long."""
        self.land(key, old, ABANDONED)

    def land(self, key: FlightKey, flight: Flight, state: int, value: Any = None) -> None:
        """End *flight*."""
        with self._lock:
            if self._flights.get(key) is flight:
                del self._flights[key]
        flight.end(state, value)

    def __len__(self) -> int:
        return len(self._flights)


flights = Flights()


def _forget_parent() -> None:
    # A thread of the parent may have held the lock, and its leaders do not exist here.
    flights.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_forget_parent)
