"""Streams of JSON rows: one array, or one object a line."""

from __future__ import annotations

from typing import Any

from restflow.renderers.libraries import encoder

from .framing import Frame, envelope, json_bytes
from .streaming import StreamingResponse


class ArrayFrame:
    """One JSON array. It is left open when the source fails, so that no parser takes it."""

    def __init__(self) -> None:
        self._begun = False

    def opening(self) -> bytes:
        return b"["

    def items(self, items: list[Any]) -> bytes:
        body = json_bytes(list(items))[1:-1]
        begun, self._begun = self._begun, True
        return b"," + body if begun else body

    def closing(self) -> bytes:
        return b"]"

    def failure(self, error: Exception) -> bytes | None:
        return None


class LineFrame:
    """One JSON text a line; the last one is the error's envelope when the source fails."""

    def opening(self) -> bytes:
        return b""

    def items(self, items: list[Any]) -> bytes:
        encode = encoder()
        lines = [] if encode is None else [line for line in map(encode, items) if line is not None]
        if len(lines) < len(items):
            lines = [json_bytes(item) for item in items]
        return b"\n".join([*lines, b""])

    def closing(self) -> bytes:
        return b""

    def failure(self, error: Exception) -> bytes | None:
        return envelope(error) + b"\n"


class StreamingJSONListResponse(StreamingResponse):
    """One JSON array, written in blocks while the source is read.

    When the source fails, the array stays without its end and the connection is broken off: what
    the client has is no JSON.
    """

    media_type = "application/json"

    def frame(self) -> Frame:
        return ArrayFrame()


class NDJSONResponse(StreamingResponse):
    """Newline-delimited JSON: one text a line, written in blocks while the source is read.

    When the source fails, the last line is ``{"error": {"code", "message", "details"}}``.
    https://github.com/ndjson/ndjson-spec
    """

    media_type = "application/x-ndjson"

    def frame(self) -> Frame:
        return LineFrame()
