"""Exchanging commands for replies with the primary that a backend names, in either colour."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextvars import Context
from functools import partial
from typing import Any

from ...steps import Step, Steps, arun, blocking
from . import loops
from .blueprint import PATIENCE, Blueprint, in_step
from .line import Line
from .wire import Command, new_packer


class Link:
    """What decisions ask; ``native`` says that asking on a loop enters no thread."""

    native = False

    def asking(self, *commands: Command) -> Step:
        """Return the step that sends *commands* and gives a list of replies, errors as values."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what was opened for this link."""


class PoolLink(Link):
    """A link to one server: a pool of the backend's own settings in threads, a line in loops.

    A command is sent once. Sending it again after its reply was lost could count a request twice,
    or tell the winner of a race that it lost. Connecting is retried as the settings say.
    """

    def __init__(self, pool: Any) -> None:
        from redis.exceptions import ReadOnlyError, ResponseError

        self._response_error = ResponseError
        self._read_only = ReadOnlyError
        self._pool = pool = _bounded(pool)
        self._take = _taking(pool)
        self._pack = new_packer(pool.get_encoder())
        self.native = Blueprint.fits(pool)
        self._blueprint = Blueprint(pool) if self.native else None
        self._interval = float(pool.connection_kwargs.get("health_check_interval") or 0)

    def asking(self, *commands: Command) -> Step:
        return Step(self.ask, self.aask if self.native else None, commands)

    def ask(self, *commands: Command) -> list[Any]:
        """Send *commands* in one packet and return a reply for each, errors as values."""
        packed = [self._pack(command) for command in commands]
        connection = self._take()
        replies: list[Any] = []
        try:
            connection.send_packed_command(packed)
            for _ in commands:
                try:
                    replies.append(connection.read_response(disable_decoding=True))
                except self._response_error as error:
                    replies.append(error)
            if isinstance(replies[0], self._read_only):
                connection.disconnect()  # this primary was demoted: look for the new one
        except BaseException:
            # A reply may be under way: who used this connection next would take it for theirs.
            connection.disconnect()
            raise
        finally:
            self._pool.release(connection)
        return replies

    def aask(self, *commands: Command) -> Awaitable[list[Any]]:
        """Async twin of :meth:`ask`: on the line of the running loop."""
        room = loops.rooms.get(asyncio.get_running_loop())
        line = None if room is None else room.lines.get(self)
        if line is not None and self._interval and line.quiet() > self._interval:
            line.doubtful = True
        if line is None or not line.usable:
            return self._find_and_ask(commands)
        if len(commands) == 1:
            return line.ask(self._pack(commands[0]), 1)
        return line.ask(b"".join(map(self._pack, commands)), len(commands))

    async def _find_and_ask(self, commands: tuple[Command, ...]) -> list[Any]:
        loop = asyncio.get_running_loop()
        if loops.lives_for_one_call(loop):
            return await arun(_only(blocking(self.ask, *commands)))
        line = await self._line(loop)
        return await line.ask(b"".join(map(self._pack, commands)), len(commands))

    async def _line(self, loop: asyncio.AbstractEventLoop) -> Line:
        """Return a line that answers."""
        room = await loops.room_of(loop)
        # One attempt for all who wait, and of nobody's context: cancelling one of them, or
        # the end of their request, must not take it away from the others.
        task = room.opening.get(self)
        if task is None or task.done():
            task = loop.create_task(self._find_line(room), context=Context())
            room.opening[self] = task
        await asyncio.wait((task,))
        return task.result()

    async def _find_line(self, room: loops.Room) -> Line:
        """Return the line at hand if it is only in doubt and answers, else a new one."""
        assert self._blueprint is not None
        line = room.lines.get(self)
        if line is not None and line.lasting and await _answers(line):
            line.doubtful = False
            return line
        line = room.lines[self] = await self._blueprint.open()
        return line

    def close(self) -> None:
        loops.retire(self)


class ClientLink(Link):
    """A link through a client class of the project's own, which may do anything with a command."""

    def __init__(self, client: Any) -> None:
        from redis.exceptions import ResponseError

        self._response_error = ResponseError
        self._client = client

    def asking(self, *commands: Command) -> Step:
        return blocking(self.ask, *commands)

    def ask(self, *commands: Command) -> list[Any]:
        """Send *commands* one by one and return a reply for each, errors as values."""
        replies: list[Any] = []
        for name, *arguments in commands:
            assert isinstance(name, bytes)
            try:
                replies.append(self.execute(name.decode(), arguments))
            except self._response_error as error:
                replies.append(error)
        return replies

    def execute(self, name: str, arguments: list[Any]) -> Any:
        """Return the client's reply; the option keeps it from decoding our bytes."""
        return self._client.execute_command(name, *arguments, NEVER_DECODE=True)


class ClusterLink(ClientLink):
    """A link to a Redis Cluster, where keys of one command may live on several servers."""

    def execute(self, name: str, arguments: list[Any]) -> Any:
        if name == "MGET":
            return self._client.mget_nonatomic(arguments)
        if name == "DEL":
            return self._client.delete(*arguments)
        return super().execute(name, arguments)


def link_to(client: Any) -> Link:
    """Return the link for a redis-py *client*, as a backend gives it for writing."""
    import redis

    if type(client) is redis.Redis:
        return PoolLink(client.connection_pool)
    if isinstance(client, redis.RedisCluster):
        return ClusterLink(client)
    return ClientLink(client)


async def _answers(line: Line) -> bool:
    from redis.exceptions import RedisError

    try:
        await in_step(line)
    except RedisError as error:
        line.fail(error)
        return False
    return True


def _bounded(pool: Any) -> Any:
    """Return *pool*, or one like it if *pool* might wait for ever or answer from its own memory.

    Before version 8 redis-py set no timeout unless told to; a pool with client-side caching hands
    out connections that do not ask the server.
    """
    from redis.connection import BlockingConnectionPool, ConnectionPool

    settings = pool.connection_kwargs
    if type(pool) not in (ConnectionPool, BlockingConnectionPool):
        return pool
    patient = pool.connection_class(**settings).socket_timeout is None
    if not patient and getattr(pool, "cache", None) is None:
        return pool
    bounded = {**settings, "socket_timeout": settings.get("socket_timeout") or PATIENCE}
    bounded["socket_connect_timeout"] = settings.get("socket_connect_timeout") or PATIENCE
    return type(pool)(
        connection_class=pool.connection_class, max_connections=pool.max_connections, **bounded
    )


def _taking(pool: Any) -> Callable[[], Any]:
    """Return a function that takes a connection out of *pool*.

    Up to redis-py 5.2 it has to be told the name of a command, and does nothing with it; later
    releases warn about being told.
    """
    parameters = inspect.signature(pool.get_connection).parameters
    named = parameters.get("command_name")
    if named is not None and named.default is named.empty:
        return partial(pool.get_connection, "")
    take: Callable[[], Any] = pool.get_connection
    return take


def _only(step: Step) -> Steps[list[Any]]:
    replies: list[Any] = yield step
    return replies
