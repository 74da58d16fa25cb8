"""What a cache that does not answer looks like, and what its users see of it."""

from __future__ import annotations

import binascii
import pickle
import sys
import zlib
from logging import Logger
from typing import Any

from django.db import Error as DatabaseError

#: What reading garbage raises in the backends that decode for us.
GARBAGE = (EOFError, binascii.Error, pickle.UnpicklingError, zlib.error)
#: What client libraries raise, by the module that holds it: looked up only where it is loaded.
LIBRARIES = (
    ("redis.exceptions", "RedisError"),
    ("django_redis.exceptions", "ConnectionInterrupted"),
    ("pymemcache.exceptions", "MemcacheError"),
    ("pylibmc", "Error"),
)


class CacheUnavailable(Exception):
    """A cache did not answer in time, refused, or answered with what cannot be read.

    Attributes:
        alias: the key in ``CACHES``.
    """

    def __init__(self, alias: str, cause: BaseException | str) -> None:
        what = cause if isinstance(cause, str) else f"{type(cause).__name__}: {cause}"
        super().__init__(
            f"The cache {alias!r} gave no usable answer ({what}). "
            f"Check the server that CACHES[{alias!r}] names, and what is stored there."
        )
        self.alias = alias


def failures() -> tuple[type[BaseException], ...]:
    """Return the exceptions that mean an outage, for the client libraries loaded so far.

    Mistakes of the caller (``TypeError``, ``ValueError``, an unpicklable value) are not among
    them: a strict cache must not pass off a bug as an outage.
    """
    found: list[type[BaseException]] = [OSError, DatabaseError]  # TimeoutError is an OSError
    for module, name in LIBRARIES:
        if module in sys.modules:
            found.append(getattr(sys.modules[module], name))
    return tuple(found)


class Policy:
    """What happens on an outage: this one leaves the backend's own error alone.

    Attributes:
        outages: the exceptions that :meth:`answer` deals with.
    """

    outages: tuple[type[BaseException], ...] = ()

    def answer(self, error: BaseException, name: str, args: tuple[Any, ...]) -> Any:
        """Return what operation *name* gives instead of its result, or raise."""
        raise error


class Strict(Policy):
    """Raises :class:`CacheUnavailable`, whatever the backend was told."""

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self.outages = (*failures(), *GARBAGE)

    def answer(self, error: BaseException, name: str, args: tuple[Any, ...]) -> Any:
        raise CacheUnavailable(self._alias, error) from error


class Lenient(Policy):
    """Answers as django-redis does under ``IGNORE_EXCEPTIONS``: as if the cache were empty.

    Args:
        logger: where django-redis was told to log what it ignores, if anywhere.
    """

    def __init__(self, logger: Logger | None) -> None:
        self._logger = logger
        self.outages = failures()

    def answer(self, error: BaseException, name: str, args: tuple[Any, ...]) -> Any:
        if self._logger is not None:
            self._logger.error("Exception ignored", exc_info=error)
        if name == "get":
            return args[1]  # the default
        return {} if name == "get_many" else None
