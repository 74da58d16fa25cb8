"""Responses: DRF's, rendered without a thread hop of its own, and streams that end truthfully."""

from .event_stream import EventStreamRenderer, SSEResponse
from .response import Response
from .rows import NDJSONResponse, StreamingJSONListResponse

__all__ = [
    "EventStreamRenderer",
    "NDJSONResponse",
    "Response",
    "SSEResponse",
    "StreamingJSONListResponse",
]
