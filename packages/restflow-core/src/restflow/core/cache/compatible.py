"""The compatible level: values as the alias's own backend stores and reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ParamSpec

from django.core.cache.backends.base import DEFAULT_TIMEOUT

from ..steps import Step
from .raw import step_of
from .runners import Runner

P = ParamSpec("P")

# The parameter `timeout` is Django's: how long a value lives, not how long to wait (ASYNC109).


class CompatibleCache:
    """Django's cache methods, with async twins that need no thread.

    Keys, bytes, serializer and compressor are the backend's: what is written here Django reads,
    and the other way round. Timeouts are in seconds as in Django: left out, the alias's default;
    ``None`` for no end; 0 or less for gone at once. Reads go to the primary.
    https://docs.djangoproject.com/en/stable/topics/cache/#the-low-level-cache-api
    Objects come from :func:`compatible_cache`.

    Attributes:
        alias: the key in ``CACHES``.
        inline: the sync methods may be called on an event loop: nothing there waits.
        hop_free: the async methods enter no thread.
    """

    def __init__(self, alias: str, runner: Runner) -> None:
        self.alias = alias
        self.inline = runner.inline
        self.hop_free = runner.hop_free
        self._run = runner.run
        self._arun = runner.arun

    def step(self, operation: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> Step:
        """Return the step that does *operation*, a sync method of this cache, where it fits.

        In a generator of steps::

            history = yield cache.step(cache.get, key, [])
        """
        return step_of(self, operation, args, kwargs)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        """Return the value under *key*, or *default*."""
        return self._run("get", key, default, version)

    async def aget(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return await self._arun("get", key, default, version)

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        """Return the values of those *keys* that are there: one round trip."""
        values: dict[str, Any] = self._run("get_many", list(keys), version)
        return values

    async def aget_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        values: dict[str, Any] = await self._arun("get_many", list(keys), version)
        return values

    def has_key(self, key: str, version: int | None = None) -> bool:
        """Tell whether there is a value under *key*."""
        return bool(self._run("has_key", key, version))

    async def ahas_key(self, key: str, version: int | None = None) -> bool:
        return bool(await self._arun("has_key", key, version))

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        """Store *value*."""
        self._run("set", key, value, timeout, version)

    async def aset(
        self,
        key: str,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,  # noqa: ASYNC109
        version: int | None = None,
    ) -> None:
        await self._arun("set", key, value, timeout, version)

    def set_many(
        self,
        values: Mapping[str, Any],
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> list[str]:
        """Store several values in one round trip; return the keys that were not stored."""
        return self._run("set_many", dict(values), timeout, version) or []

    async def aset_many(
        self,
        values: Mapping[str, Any],
        timeout: Any = DEFAULT_TIMEOUT,  # noqa: ASYNC109
        version: int | None = None,
    ) -> list[str]:
        return await self._arun("set_many", dict(values), timeout, version) or []

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Store *value* if there is none, and tell whether it was stored."""
        return bool(self._run("add", key, value, timeout, version))

    async def aadd(
        self,
        key: str,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,  # noqa: ASYNC109
        version: int | None = None,
    ) -> bool:
        return bool(await self._arun("add", key, value, timeout, version))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """Give *key* a new timeout, and tell whether it was there."""
        return bool(self._run("touch", key, timeout, version))

    async def atouch(
        self,
        key: str,
        timeout: Any = DEFAULT_TIMEOUT,  # noqa: ASYNC109
        version: int | None = None,
    ) -> bool:
        return bool(await self._arun("touch", key, timeout, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        """Add *delta* to the number under *key* and return the sum.

        Raises:
            ValueError: there is no such key.
        """
        value: int = self._run("incr", key, delta, version)
        return value

    async def aincr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        value: int = await self._arun("incr", key, delta, version)
        return value

    def delete(self, key: str, version: int | None = None) -> bool:
        """Remove *key*, and tell whether it was there."""
        return bool(self._run("delete", key, version))

    async def adelete(self, key: str, version: int | None = None) -> bool:
        return bool(await self._arun("delete", key, version))

    def delete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        """Remove *keys* in one round trip."""
        self._run("delete_many", list(keys), version)

    async def adelete_many(self, keys: Iterable[str], version: int | None = None) -> None:
        await self._arun("delete_many", list(keys), version)
