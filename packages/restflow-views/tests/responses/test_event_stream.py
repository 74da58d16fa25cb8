"""Server-Sent Events, read by a parser that follows the standard's own steps."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.responses import EventStreamRenderer, SSEResponse
from restflow_testing.counts import cases

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINES = st.text(st.sampled_from("ab: \r\n\0\u2028\ufeff"), max_size=12)
NAME = TEXT.filter(lambda text: not set("\r\n\0") & set(text))
EVENTS = st.lists(
    st.fixed_dictionaries(
        {"data": TEXT | LINES | st.integers() | st.lists(st.booleans())},
        optional={"event": NAME, "id": NAME, "retry": st.integers(0, 10**6)},
    ),
    max_size=6,
)


def dispatched(stream: bytes) -> tuple[list[tuple[str, str, str]], int | None]:
    """The events (type, data, last id) and the retry time, as HTML 9.2.6 has them."""
    text = stream.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    events, data, kind, last, retry = [], [], "", "", None
    for line in text.split("\n")[:-1]:
        if not line:
            if data:
                events.append((kind or "message", "\n".join(data), last))
            data, kind = [], ""
            continue
        name, colon, value = line.partition(":")
        if not name and colon:
            continue
        value = value.removeprefix(" ")
        if name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id" and "\0" not in value:
            last = value
        elif name == "retry" and value.isascii() and value.isdigit():
            retry = int(value)
    return events, retry


async def _aiter(events: Any) -> AsyncIterator[Any]:
    for event in events:
        yield event


async def _read(response: Any) -> bytes:
    return b"".join([part async for part in response])


@settings(max_examples=cases(400), deadline=None)
@given(EVENTS)
def test_a_standard_parser_reads_what_was_sent(events: list[dict[str, Any]]) -> None:
    found, retry = dispatched(asyncio.run(_read(SSEResponse(_aiter(events)))))
    expected, last, time = [], "", None
    for event in events:
        last = event.get("id", last)
        time = event.get("retry", time)
        data = event["data"]
        if isinstance(data, str):
            text = data.replace("\r\n", "\n").replace("\r", "\n")
        else:
            text = json.dumps(data, separators=(",", ":"))
        expected.append((event.get("event") or "message", text, last))
    assert found == expected
    assert retry == time


@pytest.mark.parametrize(
    "event",
    [
        *({name: f"a{char}b"} for name in ("event", "id") for char in "\r\n\0"),
        *({"retry": value} for value in (-1, 1.5, "10", True, None)),
        {"event": 7},
        {"id": 1.5},
        {"id": True},
        {"dta": 1},
        {"data": float("nan")},
    ],
    ids=repr,
)
async def test_what_would_forge_or_mean_nothing_is_an_error_event(event: Any) -> None:
    body = await _read(SSEResponse(_aiter([{"data": 1}, event, {"data": 2}])))
    found, retry = dispatched(body)
    assert [kind for kind, _, _ in found] == ["message", "error"]
    assert json.loads(found[1][1])["error"]["code"] == "internal_error"
    assert retry is None


async def test_a_silent_stream_beats_and_goes_on() -> None:
    gate = asyncio.Event()

    async def source() -> AsyncIterator[str]:
        await gate.wait()
        yield "x"

    parts = aiter(SSEResponse(source(), heartbeat=0.005))
    assert [await anext(parts) for _ in range(4)] == [b":\n\n"] * 4
    gate.set()
    rest = [part async for part in parts if part != b":\n\n"]
    assert b"".join(rest) == b"data: x\n\n"


async def test_each_event_is_sent_at_once() -> None:
    parts = [part async for part in SSEResponse(_aiter(["a", "b"]))]
    assert parts == [b":\n\n", b"data: a\n\n", b"data: b\n\n", b""]


def test_headers() -> None:
    response = SSEResponse([])
    assert response["Content-Type"] == "text/event-stream"
    assert response["Cache-Control"] == "no-cache, no-transform"
    assert response["X-Accel-Buffering"] == "no"
    assert SSEResponse([], headers={"Cache-Control": "no-store"})["Cache-Control"] == "no-store"


@pytest.mark.parametrize("heartbeat", [0, -1, float("nan")])
def test_a_heartbeat_is_above_zero(heartbeat: float) -> None:
    with pytest.raises(ValueError, match="heartbeat"):
        SSEResponse([], heartbeat=heartbeat)


def test_the_last_id_is_that_of_the_request() -> None:
    assert SSEResponse.last_event_id(SimpleNamespace(headers={"Last-Event-ID": "7"})) == "7"
    assert SSEResponse.last_event_id(SimpleNamespace(headers={})) is None


def test_the_renderer_writes_one_event() -> None:
    render = EventStreamRenderer().render
    context = {"response": SimpleNamespace(status_code=403)}
    assert render({"a": 1}) == b'data: {"a":1}\n\n'
    assert render({"a": 1}, None, context) == b'event: error\ndata: {"a":1}\n\n'
    assert render(None) == b""
