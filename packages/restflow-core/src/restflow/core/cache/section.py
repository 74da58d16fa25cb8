"""Mutual exclusion among all who share a backend that cannot do several operations as one."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from secrets import token_hex
from time import monotonic, sleep
from typing import Any

from django.core.cache.backends.filebased import FileBasedCache
from django.core.files import locks

from .outages import CacheUnavailable

#: Seconds after which the lease of a process that died is free again.
LEASE = 10
#: Seconds to wait for a section that others hold.
PATIENCE = 5.0


class Sections:
    """Sections by key; a thread that holds one may enter it, or another, again.

    With the file backend the section is a locked file, exact among the processes of a host. With
    others it is a lease, taken with the backend's own ``add``: as atomic as that is.
    """

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._held = threading.local()

    @contextmanager
    def hold(self, backend: Any, key: str) -> Iterator[None]:
        """Keep everybody else out of the section of *key*.

        Raises:
            CacheUnavailable: it did not become free within :data:`PATIENCE` seconds.
        """
        if getattr(self._held, "now", False):
            yield
            return
        held = self._file(backend) if isinstance(backend, FileBasedCache) else None
        with held or self._lease(backend, key):
            self._held.now = True
            try:
                yield
            finally:
                self._held.now = False

    @contextmanager
    def _file(self, backend: Any) -> Iterator[None]:
        backend._createdir()  # the folder may be deleted at any time
        with open(os.path.join(backend._dir, "restflow.lock"), "ab") as file:
            locks.lock(file, locks.LOCK_EX)
            try:
                yield
            finally:
                locks.unlock(file)

    @contextmanager
    def _lease(self, backend: Any, key: str) -> Iterator[None]:
        name = f"restflow.lease.{sha1(key.encode(), usedforsecurity=False).hexdigest()}"
        holder = token_hex(8)
        pause, deadline = 0.001, monotonic() + PATIENCE
        while not backend.add(name, holder, LEASE):
            if monotonic() > deadline:
                raise CacheUnavailable(self._alias, f"another process holds the lease of {key!r}")
            sleep(pause)
            pause = min(pause * 2, 0.05)
        try:
            yield
        finally:
            if backend.get(name) == holder:
                backend.delete(name)
