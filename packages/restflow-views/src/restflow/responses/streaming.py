"""The base of streams: Django's streaming response over blocks that close their source."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse

from .blocks import Blocks
from .framing import Frame


class StreamingResponse(StreamingHttpResponse):
    """Base of the streaming responses: a source, and the frame that writes its items.

    Args:
        source: an iterable or async iterable of items, or a queryset, which is read in chunks.
        serializer_class: represents the items, block by block in a worker, as ``many=True``.
        context: the context of that serializer.
        status: the HTTP status.
        headers: more headers.

    Raises:
        TypeError: *source* cannot be iterated, or is a text.
    """

    media_type = ""
    _opened: Any = None

    def __init__(
        self,
        source: Any,
        *,
        serializer_class: Any = None,
        context: dict[str, Any] | None = None,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> None:
        if not isinstance(source, (Iterable, AsyncIterable)) or isinstance(source, (str, bytes)):
            raise TypeError(
                f"{type(self).__qualname__} streams items, and {type(source).__qualname__} is no "
                f"iterable of them. Pass a list, a generator, an async generator or a queryset."
            )
        prepare = _serializing(serializer_class, context or {}) if serializer_class else None
        blocks = Blocks(source, self.frame(), prepare=prepare, **options)
        super().__init__(blocks, status=status, headers=headers, content_type=self.media_type)
        self._blocks = blocks

    def frame(self) -> Frame:
        """Return what writes the items."""
        raise NotImplementedError(f"{type(self).__qualname__} must define frame().")

    def _set_streaming_content(self, value: Any) -> None:
        if not isinstance(value, Blocks):
            super()._set_streaming_content(value)  # type: ignore[misc]
            return
        self._iterator = value
        self.is_async = value.is_async
        if not value.is_async and hasattr(value.source, "close"):
            closers: list[Any] = vars(self)["_resource_closers"]
            closers.append(value.source.close)

    @property
    def streaming_content(self) -> Any:
        """The blocks, to be iterated once: by ``async for`` if the source is async."""
        if not self.is_async:
            return iter(self._iterator)
        self._opened = aiter(self._iterator)
        return self._opened

    @streaming_content.setter
    def streaming_content(self, value: Any) -> None:
        self._set_streaming_content(value)

    def __iter__(self) -> Iterator[bytes]:
        if self.is_async:
            raise RuntimeError(
                f"{type(self).__qualname__} has an async source and is being read by sync code, "
                f"as under WSGI. Serve the project by ASGI, or pass a sync iterable."
            )
        return iter(self._iterator)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._iterator
        if not hasattr(content, "__aiter__"):  # wrapped by sync middleware
            content = Blocks(content, Bytes(), at_once=True)
        chain = aiter(content)
        try:
            async for part in chain:
                yield part
        finally:
            for link in (chain, self._opened):  # middleware does not close what it wraps
                if hasattr(link, "aclose"):
                    await link.aclose()


class Bytes:
    """Bytes as they are."""

    def opening(self) -> bytes:
        return b""

    def items(self, items: list[Any]) -> bytes:
        return b"".join(items)

    def closing(self) -> bytes:
        return b""

    def failure(self, error: Exception) -> bytes | None:
        return None


def _serializing(serializer_class: Any, context: dict[str, Any]) -> Callable[[list[Any]], Any]:
    def prepare(items: list[Any]) -> Any:
        return serializer_class(items, many=True, context=context).data

    return prepare
