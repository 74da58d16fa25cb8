"""Delivers invalidations that a cache could not take, as soon as it works again."""

from __future__ import annotations

import os
from threading import Lock, Thread
from time import sleep

from restflow.core.steps import run

from ..conf import caching_settings
from .store import Store, StoreUnavailable


class Recovery:
    """One thread, alive only while something is pending."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stores: set[Store] = set()
        self._thread: Thread | None = None

    def watch(self, store: Store) -> None:
        """Try again and again to deliver what *store* has pending."""
        with self._lock:
            self._stores.add(store)
            if self._thread is None:
                self._thread = Thread(
                    target=self._deliver, name="restflow-cache-recovery", daemon=True
                )
                self._thread.start()

    def _deliver(self) -> None:
        while True:
            sleep(caching_settings.RETRY_AFTER)
            for store in list(self._stores):
                try:
                    run(store.flush())
                except StoreUnavailable:
                    continue
                with self._lock:
                    if not store.pending:
                        self._stores.discard(store)
            with self._lock:
                if not self._stores:
                    self._thread = None
                    return


_recovery = Recovery()


def watch(store: Store) -> None:
    """Deliver what *store* has pending once its cache works again."""
    _recovery.watch(store)


def _after_fork() -> None:
    # The parent delivers what is pending; its thread and its lock did not come along.
    _recovery.__init__()  # type: ignore[misc]


os.register_at_fork(after_in_child=_after_fork)
