"""One connection to Redis that any number of coroutines share, each command behind the last.

redis.asyncio gives a connection to one command at a time and reads each reply in its own task
switches. Redis answers strictly in order, so one connection can carry everybody's commands: those
of one turn of the loop leave in one packet, and replies are handed out in the order of asking.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Any, cast

from .wire import MORE, Incremental


class Waiter:
    """Somebody who asked: gets as many replies as there were commands."""

    __slots__ = ("future", "missing", "replies", "since")

    def __init__(self, future: asyncio.Future[list[Any]], commands: int, since: float) -> None:
        self.future = future
        self.missing = commands
        self.replies: list[Any] = []
        self.since = since


class Line(asyncio.Protocol):
    """A connection that was opened and logged in elsewhere, from then on.

    A waiter that is cancelled keeps its place: its reply is read and dropped, so nobody's reply
    is ever taken for another's. When Redis owes the oldest waiter a reply and has sent nothing for
    *patience* seconds, the line is given up and every waiter gets ``TimeoutError``.

    Args:
        writer: the stream whose transport is taken over.
        reader: makes replies of what comes in.
        patience: seconds.
        demoted: the class of the error by which a server says that it is no primary any more:
            the line is retired, so that the next one is made to the new primary.
    """

    def __init__(
        self,
        writer: asyncio.StreamWriter,
        reader: Incremental,
        patience: float,
        demoted: type[Exception] | None = None,
    ) -> None:
        self.closed = False
        #: Nothing was heard for long: it has to answer before it is used again.
        self.doubtful = False
        self._loop = asyncio.get_running_loop()
        self._writer = writer  # kept: a stream writer that is collected closes its transport
        self._transport = cast("Any", writer.transport)
        self._reader = reader
        self._patience = patience
        self._demoted = demoted
        self._waiting: deque[Waiter] = deque()
        self._unsent: list[bytes] = []
        self._heard = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None
        self._retiring = False
        self._lost: asyncio.Future[None] = self._loop.create_future()
        self._transport.set_protocol(self)
        self._transport.resume_reading()

    @property
    def lasting(self) -> bool:
        """Whether this line is there to stay: neither closed nor retired."""
        return not (self.closed or self._retiring)

    @property
    def usable(self) -> bool:
        """Whether commands may be sent now."""
        return not (self.closed or self._retiring or self.doubtful)

    def quiet(self) -> float:
        """Return for how many seconds an idle line has heard nothing; 0 while it is in use."""
        return 0.0 if self._waiting else self._loop.time() - self._heard

    def ask(self, packed: bytes, commands: int) -> asyncio.Future[list[Any]]:
        """Send that many commands and return the future of their replies, errors as values."""
        if self.closed:
            raise _connection_error("The connection was closed.")
        future: asyncio.Future[list[Any]] = self._loop.create_future()
        # The first command leaves at once; those that come while others are under way leave
        # together at the end of this turn of the loop: one system call for all of them.
        if not self._waiting:
            self._transport.write(packed)
        else:
            if not self._unsent:
                self._loop.call_soon(self._flush)
            self._unsent.append(packed)
        now = self._loop.time()
        self._waiting.append(Waiter(future, commands, now))
        if self._watch is None:
            self._watch = self._loop.call_at(now + self._patience, self._check)
        return future

    def _flush(self) -> None:
        if self._unsent and not self.closed:
            self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    # -- what the transport calls ------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        waiting = self._waiting
        try:
            self._reader.feed(data)
            gets = self._reader.gets
            while (reply := gets()) is not MORE:
                if not waiting:
                    raise _connection_error("Redis sent a reply that nobody had asked for.")
                waiter = waiting[0]
                waiter.replies.append(reply)
                if type(reply) is self._demoted:
                    self._retiring = True
                waiter.missing -= 1
                if not waiter.missing:
                    waiting.popleft()
                    if not waiter.future.done():
                        waiter.future.set_result(waiter.replies)
        except Exception as error:  # out of step, or no Redis protocol: nothing more can be read
            self.fail(error)
        if self._retiring and not waiting:
            self.fail(_connection_error("The connection was retired."))

    def connection_lost(self, error: Exception | None) -> None:
        self.fail(_connection_error(f"Connection closed by server. {error or ''}".rstrip()))
        if not self._lost.done():
            self._lost.set_result(None)

    # -- the end -----------------------------------------------------------------------------

    def _check(self) -> None:
        """Give the line up if Redis has been silent for too long; otherwise look again later."""
        self._watch = None
        if not self._waiting or self.closed:
            return
        due = max(self._waiting[0].since, self._heard) + self._patience
        if due > self._loop.time():
            self._watch = self._loop.call_at(due, self._check)
            return
        from redis.exceptions import TimeoutError as RedisTimeoutError

        self.fail(RedisTimeoutError(f"Redis sent nothing for {self._patience:g} seconds."))

    def fail(self, error: Exception) -> None:
        """Close the line now; everybody who waits gets an error of their own like *error*."""
        if self.closed:
            return
        self.closed = True
        if self._watch is not None:
            self._watch.cancel()
        waiting, self._waiting = self._waiting, deque()
        self._transport.abort()
        for waiter in waiting:
            if not waiter.future.done():
                waiter.future.set_exception(type(error)(*error.args))

    def retire(self) -> None:
        """Take no new commands and close once those under way are answered."""
        self._retiring = True
        if not self._waiting:
            self.fail(_connection_error("The connection was retired."))

    async def aclose(self) -> None:
        """Close the line and return when its socket is gone (at most a second later)."""
        self.fail(_connection_error("The event loop is shutting down."))
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                await asyncio.shield(self._lost)

    def abandon(self) -> None:
        """Hang up without the loop, which is closed: the server must not keep the connection."""
        self.closed = True
        with suppress(OSError):
            self._transport.get_extra_info("socket").shutdown(2)


def _connection_error(message: str) -> Exception:
    from redis.exceptions import ConnectionError as RedisConnectionError

    return RedisConnectionError(message)
