"""The shared connection, against a server that does exactly what each test says."""

from __future__ import annotations

import asyncio
import gc
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse
from redis.exceptions import TimeoutError as RedisTimeoutError

from restflow.core.cache.redis.line import Line
from restflow.core.cache.redis.wire import new_reader, pack
from restflow_testing.counts import cases

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def line_to(handler: Handler, patience: float = 5) -> AsyncIterator[Line]:
    """A line to a server in this loop that runs *handler* for it."""
    done = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()
            done.set()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        line = Line(writer, new_reader(), patience)
        yield line
        await line.aclose()
        await done.wait()


async def read_command(reader: asyncio.StreamReader) -> list[bytes]:
    count = int((await reader.readline())[1:])
    found = []
    for _ in range(count):
        size = int((await reader.readline())[1:])
        found.append((await reader.readexactly(size + 2))[:-2])
    return found


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each command with its last argument, in pieces of random size."""
    pick = random.Random(7)
    while not reader.at_eof():
        try:
            command = await read_command(reader)
        except (ValueError, asyncio.IncompleteReadError):
            return
        reply = b"$%d\r\n%b\r\n" % (len(command[-1]), command[-1])
        while reply:
            cut = pick.randint(1, len(reply))
            writer.write(reply[:cut])
            reply = reply[cut:]
            if pick.random() < 0.2:
                await asyncio.sleep(0)


def ask(line: Line, *arguments: bytes) -> asyncio.Future[list[Any]]:
    return line.ask(pack((b"ECHO", *arguments)), 1)


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def test_everybody_gets_their_own_reply() -> None:
    async with line_to(echo) as line:

        async def one(number: int) -> None:
            for turn in range(20):
                mark = b"%d/%d" % (number, turn)
                assert await ask(line, mark) == [mark]

        await asyncio.gather(*(one(number) for number in range(50)))


async def test_several_commands_are_answered_together() -> None:
    async with line_to(echo) as line:
        packed = b"".join(pack((b"ECHO", b"%d" % number)) for number in range(3))
        assert await line.ask(packed, 3) == [b"0", b"1", b"2"]


async def test_cancelling_shifts_nobodys_reply() -> None:
    pick = random.Random(11)
    async with line_to(echo) as line:

        async def one(number: int) -> bytes:
            mark = b"%d" % number
            assert await ask(line, mark) == [mark]
            return mark

        for _ in range(cases(60)):
            tasks = [asyncio.create_task(one(number)) for number in range(40)]
            for _ in range(pick.randint(0, 4)):
                await asyncio.sleep(0)
            doomed = pick.sample(tasks, 20)
            for task in doomed:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            for task, outcome, number in zip(tasks, outcomes, range(40), strict=True):
                if isinstance(outcome, BaseException):
                    assert task in doomed
                    assert isinstance(outcome, asyncio.CancelledError)
                else:
                    assert outcome == b"%d" % number
        assert await ask(line, b"end") == [b"end"]


async def test_commands_of_one_turn_leave_in_one_packet() -> None:
    packets = []

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            packets.append(data.count(b"ECHO"))
            writer.write(b"+ok\r\n" * packets[-1])

    async with line_to(count) as line:
        written: list[bytes] = []
        genuine = line._transport.write
        line._transport = Recording(line._transport, written, genuine)
        await asyncio.gather(*(ask(line, b"x") for _ in range(50)))
        assert len(written) == 2  # the first at once, the others together
        assert sum(packets) == 50
        written.clear()
        await ask(line, b"x")
        assert len(written) == 1


class Recording:
    def __init__(self, transport: Any, written: list[bytes], write: Any) -> None:
        self._transport = transport
        self._written = written
        self._write = write

    def write(self, data: bytes) -> None:
        self._written.append(data)
        self._write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


async def test_silence_ends_the_line_for_all_who_wait() -> None:
    async with line_to(silent, patience=0.05) as line:
        first, second = ask(line, b"1"), ask(line, b"2")
        for future in (first, second):
            with pytest.raises(RedisTimeoutError, match=r"nothing for 0\.05 seconds"):
                await future
        assert first.exception() is not second.exception()
        assert line.closed


async def test_an_idle_line_is_not_given_up() -> None:
    async with line_to(echo, patience=0.05) as line:
        assert await ask(line, b"1") == [b"1"]
        await asyncio.sleep(0.12)
        assert line.usable
        assert await ask(line, b"2") == [b"2"]


async def test_silence_is_noticed_by_who_asked_later_too() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_command(reader)
        writer.write(b"+first\r\n")
        await reader.read()

    async with line_to(once, patience=0.2) as line:
        assert await ask(line, b"1") == [b"first"]
        await asyncio.sleep(0.1)
        with pytest.raises(RedisTimeoutError):
            async with asyncio.timeout(3):
                await ask(line, b"2")


async def test_a_slow_reply_that_keeps_coming_is_waited_for() -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_command(reader)
        writer.write(b"$10\r\n")
        for _ in range(10):
            await asyncio.sleep(0.05)
            writer.write(b"x")
        writer.write(b"\r\n")
        await reader.read()

    async with line_to(trickle, patience=0.2) as line:
        assert await ask(line, b"1") == [b"x" * 10]


async def test_a_server_that_hangs_up_is_an_error_for_all_who_wait() -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_command(reader)
        await read_command(reader)
        writer.write(b"+only one\r\n")

    async with line_to(leave) as line:
        first, second = ask(line, b"1"), ask(line, b"2")
        assert await first == [b"only one"]
        with pytest.raises(RedisConnectionError, match="closed by server"):
            await second
        assert not line.usable
        with pytest.raises(RedisConnectionError, match="was closed"):
            ask(line, b"3")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", InvalidResponse),
        (b"+one\r\n+too many\r\n", RedisConnectionError),
    ],
)
async def test_garbage_ends_the_line(data: bytes, error: type[Exception]) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_command(reader)
        writer.write(data)
        await reader.read()

    async with line_to(babble) as line:
        future = ask(line, b"1")
        if data.startswith(b"+"):
            assert await future == [b"one"]
        else:
            with pytest.raises(error):
                await future
        await line._lost
        with pytest.raises(RedisConnectionError):
            ask(line, b"2")


async def test_a_retired_line_answers_those_who_had_asked_and_nobody_else() -> None:
    async with line_to(echo) as line:
        future = ask(line, b"1")
        line.retire()
        assert not line.usable
        assert not line.closed
        assert await future == [b"1"]
        await asyncio.sleep(0)
        assert line.closed


async def test_an_idle_line_retires_at_once() -> None:
    async with line_to(echo) as line:
        line.retire()
        assert line.closed


async def test_closing_fails_those_who_wait_and_frees_the_socket() -> None:
    async with line_to(silent) as line:
        future = ask(line, b"1")
        sock = line._transport.get_extra_info("socket")
        await line.aclose()
        with pytest.raises(RedisConnectionError, match="shutting down"):
            await future
        assert sock.fileno() == -1
    gc.collect()  # an unclosed transport would warn, and warnings are errors


async def test_quiet_counts_from_the_last_byte() -> None:
    async with line_to(echo) as line:
        future = ask(line, b"1")
        assert line.quiet() == 0
        await future
        before = line.quiet()
        await asyncio.sleep(0.01)
        assert line.quiet() > before
