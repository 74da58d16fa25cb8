"""The open lines of each event loop: made at the first use there, closed with the loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from asgiref.sync import AsyncToSync

if TYPE_CHECKING:
    from .line import Line


class Room:
    """What belongs to one loop: its lines, by what they connect to, and those being opened."""

    def __init__(self) -> None:
        self.lines: dict[Any, Line] = {}
        self.opening: dict[Any, asyncio.Task[Line]] = {}
        self._guard = self._until_shutdown()

    async def prepare(self) -> None:
        """Have the running loop close this room at its end."""
        await anext(self._guard)

    async def _until_shutdown(self) -> AsyncGenerator[None]:
        # Loops have no closing hook, but asyncio.run(), Runner and every server call
        # shutdown_asyncgens() at the end, which closes each generator still open: this one's
        # finally is that hook. Nothing runs meanwhile: no task, no timer.
        try:
            yield
        finally:
            rooms.pop(asyncio.get_running_loop(), None)
            for task in self.opening.values():
                task.cancel()
            if self.opening:
                await asyncio.wait(self.opening.values())
            for line in self.lines.values():
                await line.aclose()

    def abandon(self) -> None:
        """Hang up on behalf of a loop that was closed without shutting down."""
        for line in self.lines.values():
            line.abandon()


#: The rooms of this process, by loop.
rooms: dict[asyncio.AbstractEventLoop, Room] = {}
#: What a forked child must neither use, close nor collect: all of that would reach into the
#: parent's loop, whose selector the two processes share.
inherited: list[Any] = []


async def room_of(loop: asyncio.AbstractEventLoop) -> Room:
    """Return the room of the running *loop*."""
    room = rooms.get(loop)
    if room is None:
        for other in list(rooms):
            if other.is_closed() and (left := rooms.pop(other, None)):
                left.abandon()
        room = rooms[loop] = Room()
        await room.prepare()
    return room


def lives_for_one_call(loop: asyncio.AbstractEventLoop) -> bool:
    """Tell whether ``async_to_sync`` made *loop* for a single call.

    So it is for async views under WSGI and ``runserver``: a connection would have to be opened,
    and closed, for each request, while the sync client has a pool.
    """
    return loop in AsyncToSync.loop_thread_executors


def retire(key: Any) -> None:
    """Close, in every loop, the line to what is configured no longer."""
    for loop, room in list(rooms.items()):
        line = room.lines.get(key)
        if line is not None:
            with suppress(RuntimeError):  # the loop is closed: room_of() sweeps it
                loop.call_soon_threadsafe(line.retire)


def forget_parent() -> None:
    """Leave the parent's connections alone, in a child process."""
    global rooms
    for room in rooms.values():
        inherited.append((room.lines, room.opening))
        room.lines, room.opening = {}, {}  # nothing to close, should the child end that loop
    inherited.append(rooms)
    rooms = {}


os.register_at_fork(after_in_child=forget_parent)
