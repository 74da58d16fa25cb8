"""Server-Sent Events, as the WHATWG's HTML standard has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer

from .framing import Frame, envelope, json_bytes
from .streaming import StreamingResponse

FIELDS = ("event", "id", "retry", "data")
LINE_END = re.compile(r"\r\n|\r|\n")
UNSAFE = re.compile(r"[\r\n\0]")


def event_bytes(event: Any) -> bytes:
    """Return one event as it is sent.

    Args:
        event: a mapping with any of ``event``, ``id``, ``retry`` (milliseconds) and ``data``, or
            the data alone. Data that is no text is sent as JSON.

    Raises:
        TypeError: a member has another name, or another type than it may have.
        ValueError: ``event`` or ``id`` holds a line end or NUL, which would forge other fields.
    """
    if not isinstance(event, Mapping):
        event = {"data": event}
    unknown = [name for name in event if name not in FIELDS]
    if unknown:
        raise TypeError(
            f"An event has event, id, retry and data, not {unknown[0]!r}. "
            f"Put what it says under 'data'."
        )
    lines = [f"{name}: {_text(name, event[name])}" for name in FIELDS[:3] if name in event]
    if "data" in event:
        data = event["data"]
        text = data if isinstance(data, str) else json_bytes(data).decode()
        lines += [f"data: {line}" for line in LINE_END.split(text)]
    return ("\n".join(lines) + "\n\n").encode()


def _text(name: str, value: Any) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name == "retry":
        if not whole or value < 0:
            raise TypeError(f"retry is a whole number of milliseconds, not {value!r}.")
        return str(value)
    if not isinstance(value, str) and not (whole and name == "id"):
        raise TypeError(f"An event's {name} is text, not {type(value).__qualname__}.")
    if UNSAFE.search(str(value)):
        raise ValueError(f"An event's {name} must not hold CR, LF or NUL: {value!r}.")
    return str(value)


class EventFrame:
    """Events; the last one is called ``error`` when the source fails."""

    def opening(self) -> bytes:
        return b":\n\n"  # a comment: the client sees that the stream is open

    def items(self, items: list[Any]) -> bytes:
        return b"".join([event_bytes(item) for item in items])

    def closing(self) -> bytes:
        return b""

    def failure(self, error: Exception) -> bytes | None:
        return b"event: error\ndata: " + envelope(error) + b"\n\n"


class SSEResponse(StreamingResponse):
    """Server-Sent Events, each sent as soon as the source yields it.

    Items are mappings with ``data`` and, if you like, ``event``, ``id`` and ``retry``; anything
    else is taken for data. A comment is sent on a stream that is silent, so that proxies keep it
    and a client that has gone is noticed. When the source fails, the last event is ``error``.
    A client that comes back names the last ``id`` it saw: :meth:`last_event_id`.
    https://html.spec.whatwg.org/multipage/server-sent-events.html

    Args:
        source: an async iterable of events; a sync one is read in a worker, without heartbeats.
        heartbeat: seconds of silence after which the comment is sent; ``None`` for never.
        status: the HTTP status; a client that gets 204 stops coming back.
        headers: more headers.

    Raises:
        ValueError: *heartbeat* is not above 0.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        source: Any,
        *,
        heartbeat: float | None = 15.0,
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        if heartbeat is not None and not heartbeat > 0:
            raise ValueError(f"heartbeat is a number of seconds above 0, not {heartbeat!r}.")
        super().__init__(
            source, status=status, headers=headers, idle=heartbeat, pulse=b":\n\n", at_once=True
        )
        # A cache, or a proxy that gathers what it passes on, would hold events back.
        self.headers.setdefault("Cache-Control", "no-cache, no-transform")
        self.headers.setdefault("X-Accel-Buffering", "no")

    def frame(self) -> Frame:
        return EventFrame()

    @staticmethod
    def last_event_id(request: Any) -> str | None:
        """Return the ``Last-Event-ID`` that *request* brings, ``None`` on a first visit."""
        identifier: str | None = request.headers.get("Last-Event-ID")
        return identifier


class EventStreamRenderer(BaseRenderer):
    """Lets a DRF view accept ``text/event-stream``, and writes what is no stream as one event.

    List it in the ``renderer_classes`` of a view that returns :class:`SSEResponse`: browsers ask
    for this type only, and DRF answers 406 when no renderer has it.
    """

    media_type = "text/event-stream"
    format = "events"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Return *data* as one event, called ``error`` for an answer of 400 or more."""
        if data is None:
            return b""
        response = (renderer_context or {}).get("response")
        failed = getattr(response, "status_code", 200) >= 400
        event = {"data": json_bytes(data).decode()}
        return event_bytes({"event": "error", **event} if failed else event)
