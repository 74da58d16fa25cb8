"""From a source of items to blocks of bytes, on a loop or in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from itertools import islice
from time import perf_counter
from typing import Any

from restflow.core.steps import Steps, arun, blocking
from restflow.exceptions import report

from .framing import Frame
from .pull import ENDED, PENDING, Pull
from .threads import give_back

#: A block is sent when it has so many items, or so many bytes as far as the last one tells.
MOST_ITEMS, MOST_BYTES = 500, 65_536
#: Seconds that gathering a block may take on the loop before others get their turn.
BUDGET = 0.005


class Gauge:
    """How many items make a block: fewer, if they turn out to be long."""

    def __init__(self) -> None:
        self.count = 50

    def note(self, count: int, size: int) -> None:
        self.count = max(1, min(MOST_ITEMS, count * MOST_BYTES // max(size, 1)))


class Blocks:
    """The bytes of a stream, block by block: an iterator in threads, an async one on loops.

    Blocks end where the source has to wait, so that nothing ready is held back.

    Args:
        source: an iterable, sync or async, or a queryset.
        frame: writes the items.
        prepare: is given a list of items in a worker and returns what to write instead.
        idle: seconds of silence after which :attr:`pulse` is sent; ``None`` for never.
        pulse: what keeps an idle connection open.
        at_once: send each item in a block of its own.
    """

    def __init__(
        self,
        source: Any,
        frame: Frame,
        *,
        prepare: Callable[[list[Any]], Any] | None = None,
        idle: float | None = None,
        pulse: bytes = b"",
        at_once: bool = False,
    ) -> None:
        self.is_async = isinstance(source, AsyncIterable) and not _is_queryset(source)
        self.source = source
        self._frame = frame
        self._prepare = prepare
        self._idle = idle
        self._pulse = pulse
        self._gauge = Gauge()
        self._most = 1 if at_once else MOST_ITEMS

    # -- from a thread, or from memory -------------------------------------------------------

    def __iter__(self) -> Iterator[bytes]:
        """Iterate in this thread."""
        items = self._items()
        try:
            yield self._frame.opening()
            more = True
            while more:
                block, more = self._take(items)
                yield block
        finally:
            _close(items)

    async def _from_items(self) -> AsyncIterator[bytes]:
        """Iterate on the loop; what may block is taken in a worker, one hop a block."""
        in_memory = type(self.source) in (list, tuple) and self._prepare is None
        items: Iterator[Any] = iter(self.source) if in_memory else _Later(self._items)
        if in_memory:  # others need one thread to the end: a cursor is its connection's
            give_back()
        try:
            yield self._frame.opening()
            more = True
            while more:
                if in_memory:
                    block, more = self._take(items)
                else:
                    block, more = await arun(_in_worker(self._take, items))
                yield block
                await asyncio.sleep(0)
        finally:
            if not in_memory:
                await arun(_in_worker(_close, items))

    def _items(self) -> Iterator[Any]:
        if _is_queryset(self.source):
            found: Iterator[Any] = self.source.iterator(chunk_size=MOST_ITEMS)
            return found
        return iter(self.source)

    def _take(self, items: Iterator[Any]) -> tuple[bytes, bool]:
        """Return the next block and whether others follow."""
        taken: list[Any] = []
        error: Exception | None = None
        count = min(self._gauge.count, self._most)
        try:
            for item in islice(items, count):
                taken.append(item)
        except Exception as raised:
            error = raised
        block, unwritten = self._written(taken)
        if unwritten or error:
            return block + self._failed(unwritten or error), False
        more = len(taken) == count
        return block if more else block + self._frame.closing(), more

    # -- from an async source ----------------------------------------------------------------

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Iterate on the loop; closing the iterator closes the source."""
        return self._from_pull() if self.is_async else self._from_items()

    async def _from_pull(self) -> AsyncIterator[bytes]:
        pull = Pull(self.source)
        taken: list[Any] = []
        began = perf_counter()
        give_back()
        try:
            yield self._frame.opening()
            try:
                while True:
                    item = pull.poll()
                    if item is PENDING:
                        if taken:
                            yield await self._awritten(taken)
                            taken = []
                        while (item := await pull.settle(self._idle)) is PENDING:
                            yield self._pulse
                        began = perf_counter()
                    if item is ENDED:
                        break
                    taken.append(item)
                    late = perf_counter() - began > BUDGET
                    if late or len(taken) >= min(self._gauge.count, self._most):
                        yield await self._awritten(taken)
                        taken = []
                        await asyncio.sleep(0)
                        began = perf_counter()
                last = await self._awritten(taken) + self._frame.closing()
            except _Unwritten as failure:
                last = failure.block + await arun(_in_worker(self._failed, failure.error))
            except Exception as error:
                last = await self._aended(taken, error)
            yield last
        finally:
            await pull.aclose()

    async def _awritten(self, items: list[Any]) -> bytes:
        if self._prepare is None:
            block, error = self._written(items)
        else:
            block, error = await arun(_in_worker(self._written, items))
        if error is not None:
            raise _Unwritten(block, error)
        return block

    async def _aended(self, items: list[Any], error: Exception) -> bytes:
        """Return what was gathered before *error*, and what tells of it."""
        try:
            block = await self._awritten(items)
        except _Unwritten as failure:
            block, error = failure.block, failure.error
        told: bytes = await arun(_in_worker(self._failed, error))
        return block + told

    # -- both --------------------------------------------------------------------------------

    def _written(self, items: list[Any]) -> tuple[bytes, Exception | None]:
        """Return *items* as bytes: those up to the first that cannot be written, and its error."""
        if not items:
            return b"", None
        try:
            if self._prepare is not None:
                items = self._prepare(items)
            block = self._frame.items(items)
        except Exception as error:
            if len(items) == 1:
                return b"", error
        else:
            self._gauge.note(len(items), len(block))
            return block, None
        block, failed = b"", None
        for item in items:
            part, failed = self._written([item])
            block += part
            if failed is not None:
                break
        return block, failed

    def _failed(self, error: Any) -> bytes:
        """Return what tells the client of *error*, and log it; raise it if nothing can be told."""
        told = self._frame.failure(error)
        if told is None:
            raise error
        report(error, None)
        return told


class _Unwritten(Exception):
    """An item has no form in the stream; carries the bytes of those before it."""

    def __init__(self, block: bytes, error: Exception) -> None:
        super().__init__(block, error)
        self.block = block
        self.error = error


class _Later:
    """An iterator that is made when its first item is asked for, in the thread that asks."""

    def __init__(self, make: Callable[[], Iterator[Any]]) -> None:
        self._make = make
        self._made: Iterator[Any] | None = None

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._made is None:
            self._made = self._make()
        return next(self._made)

    def close(self) -> None:
        if self._made is not None:
            _close(self._made)


def _in_worker(func: Callable[..., Any], *args: Any) -> Steps[Any]:
    return (yield blocking(func, *args))


def _close(items: Any) -> None:
    if hasattr(items, "close"):
        items.close()


def _is_queryset(source: Any) -> bool:
    return hasattr(source, "iterator") and isinstance(source, Iterable)
