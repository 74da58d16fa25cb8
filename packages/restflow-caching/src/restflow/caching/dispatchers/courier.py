"""Carries messages to a broker, in a thread that is waited for, but not for long."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Event, Lock, Thread
from typing import Any

from ..background import close_connections
from .base import Dispatcher, Job

#: Seconds a save waits for a broker to take a message.
PATIENCE = 1.0
#: Threads for each broker. They are daemons: one that hangs must not keep the process alive.
COURIERS = 2


class Errand:
    """One message on its way."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self.call = call
        self.context: Context = copy_context()
        self.error: BaseException | None = None
        self.done = Event()

    def run(self) -> None:
        try:
            self.context.run(self.call)
        except BaseException as error:
            self.error = error
        finally:
            close_connections()
            self.done.set()


class Couriers:
    """The threads that talk to one broker. Client libraries may wait as long as they like there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = Lock()
        self._errands: SimpleQueue[Errand] = SimpleQueue()
        self._threads: list[Thread] = []
        self._idle = 0

    def send(self, call: Callable[[], Any], seconds: float) -> None:
        """Have *call* made, and wait for at most *seconds*.

        Raises:
            TimeoutError: it takes longer; it may yet succeed.
            Exception: whatever *call* raises.
        """
        errand = Errand(call)
        with self._lock:
            if len(self._threads) < COURIERS and not self._idle:
                name = f"restflow-{self.name}-{len(self._threads)}"
                thread = Thread(target=self._work, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        self._errands.put(errand)
        if not errand.done.wait(seconds):
            raise TimeoutError(f"The broker took no message within {seconds:g} s.")
        if errand.error is not None:
            raise errand.error

    def _work(self) -> None:
        while True:
            with self._lock:
                self._idle += 1
            errand = self._errands.get()
            with self._lock:
                self._idle -= 1
            errand.run()


_couriers: dict[str, Couriers] = {}


def couriers_of(name: str) -> Couriers:
    """Return the couriers to the broker *name*."""
    return _couriers.get(name) or _couriers.setdefault(name, Couriers(name))


class BrokerDispatcher(Dispatcher):
    """Base of dispatchers that send messages to a broker.

    Options of ours: ``timeout`` (1.0), seconds that a save waits at most, and ``retry_after``
    (10.0), seconds between attempts while the broker is down. The others are the library's.
    """

    remote = True
    name = ""
    OURS = frozenset(["timeout", "retry_after"])

    @property
    def given(self) -> dict[str, Any]:
        """The options that are meant for the library."""
        return {name: value for name, value in self.options.items() if name not in self.OURS}

    def dispatch(self, job: Job) -> None:
        message = job.message
        if self.in_process():
            self.send(message)
            return
        patience = float(self.options.get("timeout", PATIENCE))
        couriers_of(self.name).send(lambda: self.send(message), patience)

    def in_process(self) -> bool:
        """Tell whether sending needs no network, or does the work here: then no thread is used."""
        return False

    def send(self, message: str) -> None:
        """Hand *message* to the library; it may block."""
        raise NotImplementedError(f"{type(self).__name__} must define send(message).")


os.register_at_fork(after_in_child=_couriers.clear)
