"""Answers that are read while the application produces them."""

from __future__ import annotations

import asyncio
import codecs
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from email.message import Message
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from django.core.signals import got_request_exception
from django.http import SimpleCookie
from django.utils.datastructures import CaseInsensitiveMapping

if TYPE_CHECKING:
    from .client import AsyncAPIClient

T = TypeVar("T")

Application: TypeAlias = Callable[[dict[str, Any], Any, Any], Awaitable[Any]]

PIECE = 65_536  # bytes of request body in one http.request message


class StreamAborted(ConnectionError):
    """The application broke off: what was read is not the whole body."""


class Exchange:
    """One request and its answer, under way: ``async with client.stream(...) as response``.

    Plays the server's part of ASGI as uvicorn does: a bounded write buffer, ``http.disconnect``
    from ``receive()`` once the client has left or has everything, and a deaf ``send()`` after that.
    """

    def __init__(
        self,
        client: AsyncAPIClient,
        application: Application,
        scope: dict[str, Any],
        buffer_size: int,
        timeout: float,
    ) -> None:
        self.client = client
        self.error: BaseException | None = None  # what the application left unhandled
        self._application = application
        self._unsent: bytes | None = scope.pop("_body_file").read()
        self._scope = scope
        self._name = f"{scope['method']} {scope['path']}"
        self._buffer_size = buffer_size
        self._timeout = timeout
        self._head: dict[str, Any] | None = None
        self._chunks: deque[bytes] = deque()
        self._buffered = 0
        self._complete = False  # the application has sent its last message
        self._gone = False  # the client reads no more
        self._raised = False
        self._task: asyncio.Task[None]
        self._changed: asyncio.Event

    async def __aenter__(self) -> StreamedResponse:
        self._changed = asyncio.Event()
        got_request_exception.connect(self._store_exception, dispatch_uid=id(self))
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda task: self._notify())
        try:
            await self._until(lambda: self._head is not None or self._task.done())
            self._raise_error()
            if self._head is None:
                raise StreamAborted(f"{self._name} ended without a response")
        except BaseException:
            await self.hang_up()
            raise
        response = StreamedResponse(self, self._head)
        self.client.cookies.update(response.cookies)
        return response

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        ended = await self.hang_up()
        if error is not None:
            return  # the test failed inside the block: that is the news
        self._raise_error()
        if not ended:
            raise TimeoutError(
                f"{self._name} was still running {self._timeout:g} s after the client had left. "
                "Let it end when it is cancelled, or allow it more by stream(..., timeout=...)."
            )

    # -- the client's side ---------------------------------------------------------------------

    async def read(self) -> bytes | None:
        """Return the next chunk as soon as there is one, None at the end."""
        await self._until(lambda: self._chunks or self._complete or self._over())
        if self._chunks:
            chunk = self._chunks.popleft()
            self._buffered -= len(chunk)
            self._notify()
            return chunk
        if self._complete or self._gone:
            return None
        self._raise_error()
        raise StreamAborted(f"{self._name} broke off in mid-stream")

    async def hang_up(self) -> bool:
        """Leave, wait for the application to end, and tell whether it did so in time."""
        if not self._gone:
            self._gone = True
            self._chunks.clear()
            self._notify()
        try:
            await asyncio.wait([self._task], timeout=self._timeout)
            return self._task.done()
        finally:
            got_request_exception.disconnect(dispatch_uid=id(self))
            self._task.cancel()

    def _over(self) -> bool:
        return self._gone or self._task.done()

    def _raise_error(self) -> None:
        if self.error is not None and self.client.raise_request_exception and not self._raised:
            self._raised = True
            raise self.error

    # -- the server's side of ASGI -------------------------------------------------------------

    async def _run(self) -> None:
        try:
            await self._application(self._scope, self._receive, self._send)
        except Exception as error:
            self.error = self.error or error

    async def _receive(self) -> dict[str, Any]:
        if self._unsent is not None:
            piece, rest = self._unsent[:PIECE], self._unsent[PIECE:]
            self._unsent = rest or None
            return {"type": "http.request", "body": piece, "more_body": bool(rest)}
        await self._until(lambda: self._gone or self._complete)
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if self._gone:
            return
        if message["type"] == "http.response.start":
            self._head = message
        elif message["type"] == "http.response.body":
            body = message.get("body", b"")
            if body and self._scope["method"] != "HEAD":
                self._chunks.append(bytes(body))
                self._buffered += len(body)
            self._complete = not message.get("more_body", False)
        self._notify()
        await self._until(lambda: self._buffered <= self._buffer_size or self._gone)

    def _store_exception(self, **kwargs: Any) -> None:
        if getattr(kwargs.get("request"), "scope", None) is self._scope:
            self.error = sys.exc_info()[1]

    # -- waiting -------------------------------------------------------------------------------

    async def _until(self, condition: Callable[[], Any]) -> None:
        while not condition():
            await self._changed.wait()

    def _notify(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class StreamedResponse:
    """An answer whose body is still being produced.

    Attributes:
        status_code: the HTTP status.
        headers: the response's headers, case-insensitive; ``Set-Cookie`` is in ``cookies``.
        cookies: the cookies it set; the client has them too.

    Iterating yields the body's chunks as the application sends them. Read by :meth:`chunks`,
    :meth:`lines` or :meth:`read`, each going on where the last call stopped, lines and chunks not
    mixed. Reading raises what the application left unhandled in mid-stream, or
    :class:`StreamAborted` under ``raise_request_exception=False``.
    """

    def __init__(self, exchange: Exchange, head: dict[str, Any]) -> None:
        self._exchange = exchange
        self.status_code: int = head["status"]
        self.cookies: SimpleCookie = SimpleCookie()
        headers: dict[str, str] = {}
        for raw_name, raw_value in head.get("headers", ()):
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            if name.lower() == "set-cookie":
                self.cookies.load(value)
            else:
                headers[name] = f"{headers[name]}, {value}" if name in headers else value
        self.headers = CaseInsensitiveMapping(headers)
        self._decoder = codecs.getincrementaldecoder(self._charset())()
        self._text = ""
        self._ended = False

    def __repr__(self) -> str:
        return f"<StreamedResponse {self.status_code} {self.headers.get('Content-Type', '')!r}>"

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self.chunks()

    def chunks(self) -> AsyncIterator[bytes]:
        """Iterate over the body as it was sent, chunk by chunk."""
        return Pieces(self._exchange.read)

    def lines(self) -> AsyncIterator[str]:
        """Iterate over the body's lines, without their LF or CRLF, each as soon as it is whole."""
        return Pieces(self._line)

    async def read(self) -> bytes:
        """Return the rest of the body."""
        return b"".join([chunk async for chunk in self.chunks()])

    async def disconnect(self) -> None:
        """Hang up now, and return when the application has ended.

        Raises:
            TimeoutError: it went on although the client had left.
        """
        await self._exchange.__aexit__(None, None, None)

    @property
    def exc_info(self) -> tuple[Any, Any, Any] | None:
        """What the application left unhandled, as ``sys.exc_info()`` gives it."""
        error = self._exchange.error
        return None if error is None else (type(error), error, error.__traceback__)

    def _charset(self) -> str:
        header = Message()
        header["Content-Type"] = self.headers.get("Content-Type", "text/plain")
        return header.get_content_charset("utf-8")

    async def _line(self) -> str | None:
        while "\n" not in self._text and not self._ended:
            chunk = await self._exchange.read()
            self._ended = chunk is None
            self._text += self._decoder.decode(chunk or b"", final=self._ended)
        line, end, self._text = self._text.partition("\n")
        return line.removesuffix("\r") if line or end else None


class Pieces(AsyncIterator[T], Generic[T]):
    """Iterates over what an async function returns, until it returns None."""

    def __init__(self, following: Callable[[], Awaitable[T | None]]) -> None:
        self._following = following

    async def __anext__(self) -> T:
        piece = await self._following()
        if piece is None:
            raise StopAsyncIteration
        return piece
