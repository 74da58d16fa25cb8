"""Takes items from an async source, and tells an item that is there from one to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Any

#: In place of an item: the source waits for something.
PENDING: Any = object()
#: In place of an item: the source has ended.
ENDED: Any = object()


class Pull:
    """Asks an async iterable for its items, one at a time, in the task of the caller.

    ``await anext(...)`` does not tell whether it had to wait. This resumes the source by hand up
    to the future it waits for, so that what was gathered so far can be sent meanwhile. No task is
    made: timeouts, cancel scopes and context variables of the source work as in ``async for``.

    Args:
        source: what to iterate.
    """

    def __init__(self, source: AsyncIterable[Any]) -> None:
        self._items: Any = aiter(source)
        self._call: Any = None
        self._future: asyncio.Future[Any] | None = None

    def poll(self) -> Any:
        """Return the next item, ``PENDING`` if there is none without waiting, or ``ENDED``.

        Raises:
            Exception: what the source raised.
        """
        if self._call is None:
            self._call = self._items.__anext__().__await__()
        return self._resume(None)

    async def settle(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109
        """Wait for the item that :meth:`poll` did not get, and return it, or ``ENDED``.

        Being cancelled cancels the source where it waits, as it would in ``async for``.

        Args:
            timeout: seconds after which to return ``PENDING``; the source goes on waiting.
        """
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        item = PENDING
        while item is PENDING:
            rest = None if deadline is None else deadline - loop.time()
            if rest is not None and rest <= 0:
                return PENDING
            try:
                if not await self._waited(rest):
                    return PENDING
            except asyncio.CancelledError as error:
                if self._future is not None:
                    self._future.cancel()
                item = self._resume(error)
            else:
                item = self._resume(None)
        return item

    async def aclose(self) -> None:
        """End the source: cancel it where it waits, let its ``finally`` run, and close it."""
        error: BaseException | None = asyncio.CancelledError()
        try:
            while self._call is not None:
                if error is not None and self._future is not None:
                    self._future.cancel()
                if self._resume(error) is PENDING:
                    error = await self._interrupted()
        except asyncio.CancelledError:
            return
        finally:
            if hasattr(self._items, "aclose"):
                await self._items.aclose()

    def _resume(self, error: BaseException | None) -> Any:
        call = self._call
        try:
            future = call.send(None) if error is None else call.throw(error)
        except StopIteration as stop:
            self._call = None
            return stop.value
        except StopAsyncIteration:
            self._call = None
            return ENDED
        except BaseException:
            self._call = None
            raise
        if future is not None:
            # The task would take this mark off when it begins to wait; here asyncio.wait() does.
            future._asyncio_future_blocking = False
        self._future = future
        return PENDING

    async def _interrupted(self) -> BaseException | None:
        """Wait for the source's clean-up; return what interrupted that, which is for it to see."""
        try:
            await self._waited(None)
        except asyncio.CancelledError as error:
            return error
        return None

    async def _waited(self, timeout: float | None) -> bool:  # noqa: ASYNC109
        if self._future is None:  # a bare yield: sleep(0)
            await asyncio.sleep(0)
            return True
        done, _ = await asyncio.wait([self._future], timeout=timeout)
        return bool(done)
