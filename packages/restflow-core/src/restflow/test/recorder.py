"""``recorded``: every answer that tests get, held against the project's document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.handlers.base import BaseHandler

from .document import Document, joined


class Recorder:
    """What was answered while it listened.

    Attributes:
        document: what answers are held against.
        answered: how often each documented operation answered with which status.
        problems: what contradicted the document.
        undocumented: requests that no documented operation is for.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.answered: dict[tuple[str, int], int] = {}
        self.problems: list[str] = []
        self.undocumented: list[str] = []

    def note(self, request: Any, response: Any) -> None:
        """Hear of an answer."""
        operation = self.document.operation(request.method, request.path)
        if operation is None:
            self.undocumented.append(f"{request.method} {request.path}")
            return
        place = str(operation), response.status_code
        self.answered[place] = self.answered.get(place, 0) + 1
        self.problems += self.document.problems(
            operation,
            response.status_code,
            response.headers.get("Content-Type", ""),
            None if response.streaming else response.content,
            request.META.get("QUERY_STRING", ""),
        )

    def check(self) -> None:
        """Raise AssertionError if an answer contradicted the document."""
        if self.problems:
            raise AssertionError(joined(self.problems))


@contextmanager
def recorded(document: Document | None = None) -> Iterator[Recorder]:
    """Hold every answer of the block against the document, at the end of the block.

    Any client's, of Django, DRF or ours, that asks the project in this process: statuses, media
    types, bodies that are JSON, and the query parameters of requests that succeeded. Requests for
    paths, and by methods, that the document does not have are left alone::

        with recorded():
            await client.get("/api/products/")

    Args:
        document: the project's by default, see :meth:`Document.of_project`.

    Raises:
        AssertionError: an answer contradicts the document; the message names each contradiction.
    """
    recorder = Recorder(Document.of_project() if document is None else document)
    original, aoriginal = BaseHandler.get_response, BaseHandler.get_response_async

    def get_response(self: Any, request: Any) -> Any:
        response = original(self, request)
        recorder.note(request, response)
        return response

    async def get_response_async(self: Any, request: Any) -> Any:
        response = await aoriginal(self, request)
        recorder.note(request, response)
        return response

    handler: Any = BaseHandler
    handler.get_response, handler.get_response_async = get_response, get_response_async
    try:
        yield recorder
    finally:
        handler.get_response, handler.get_response_async = original, aoriginal
    recorder.check()
