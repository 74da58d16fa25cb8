"""Stock changes for everybody who is watching: one look at the table serves them all."""

import asyncio
import contextlib
import logging
from contextvars import Context

from asgiref.sync import sync_to_async
from django.db import DatabaseError

from restflow.core.asgi import thread_lease

from . import stock
from .serializers import StockChangeSerializer

logger = logging.getLogger(__name__)
PAUSE = 0.3  # seconds between two looks
RETRY = 1000  # milliseconds after which a browser comes back


class Watch:
    """Looks for the newest change while somebody listens, and wakes the listeners.

    Changes may come from any process, so the table is looked at, not a queue in memory; and every
    listener reads its own changes from there, so none is lost between two connections. A thousand
    listeners cost one small query each 0.3 seconds, and no thread while nothing happens.
    """

    def __init__(self):
        self._listeners = 0
        self._news = None
        self._task = None
        self._newest = 0

    @contextlib.asynccontextmanager
    async def listening(self):
        """Have the table looked at; gives a function that waits for a change beyond an id."""
        if not self._listeners:
            self._news = asyncio.Condition()
            # In a context of its own: the task belongs to no request, and outlives the first one.
            self._task = asyncio.create_task(self._look(), context=Context())
        self._listeners += 1
        try:
            yield self._beyond
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._task.cancel()

    async def _beyond(self, seen):
        async with self._news:
            await self._news.wait()
            while self._newest <= seen:
                await self._news.wait()

    async def _look(self):
        newest = sync_to_async(stock.newest)
        while True:
            try:
                async with thread_lease():
                    self._newest = await newest()
            except DatabaseError:
                logger.exception("The stock changes could not be read; trying again.")
            async with self._news:
                self._news.notify_all()
            await asyncio.sleep(PAUSE)


watch = Watch()


async def changes(seen):
    """Yield the changes after the one with the id *seen*, then each new one, as events."""
    yield {"retry": RETRY}
    async with watch.listening() as beyond:
        async with thread_lease():
            seen = await sync_to_async(stock.start)(seen)
        while True:
            async with thread_lease():  # returned before waiting: no thread waits with us
                found = await rows(seen)
            for change in found:
                seen = change["id"]
                yield {"event": "stock", "id": seen, "data": change}
            await beyond(seen)


@sync_to_async
def rows(seen):
    return StockChangeSerializer(stock.since(seen), many=True).data
