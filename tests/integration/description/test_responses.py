"""Streaming responses on views, as the description has them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.urls import path

from restflow.responses import (
    EventStreamRenderer,
    NDJSONResponse,
    SSEResponse,
    StreamingJSONListResponse,
)
from restflow.test import AsyncAPIClient
from restflow.views import AsyncAPIView


async def _rows() -> AsyncIterator[dict[str, int]]:
    for number in range(3):
        yield {"id": number}


class ArrayView(AsyncAPIView):
    async def get(self, request: Any) -> Any:
        return StreamingJSONListResponse(_rows())


class LinesView(AsyncAPIView):
    async def get(self, request: Any) -> Any:
        return NDJSONResponse(_rows())


class EventsView(AsyncAPIView):
    renderer_classes = (EventStreamRenderer,)

    async def get(self, request: Any) -> Any:
        return SSEResponse([{"data": "x", "event": "tick", "id": "7", "retry": 10}])


async def clock() -> AsyncIterator[int]:
    at = 0
    while True:
        yield at
        at += 1
        await asyncio.sleep(0)


async def heartbeat(request: Any) -> Any:
    async def events() -> AsyncIterator[dict[str, Any]]:
        async for tick in clock():
            yield {"event": "tick", "data": {"at": tick}}

    return SSEResponse(events())


urlpatterns = [
    path("array/", ArrayView.as_view()),
    path("lines/", LinesView.as_view()),
    path("events/", EventsView.as_view()),
    path("heartbeat/", heartbeat),
]
pytestmark = pytest.mark.urls(__name__)


async def _body(target: str, **headers: str) -> bytes:
    async with AsyncAPIClient().stream("GET", target, headers=headers) as response:
        assert response.status_code == 200
        body: bytes = await response.read()
        return body


@pytest.mark.describes("StreamingJSONListResponse is one JSON array")
async def test_array() -> None:
    assert json.loads(await _body("/array/")) == [{"id": 0}, {"id": 1}, {"id": 2}]


@pytest.mark.describes("NDJSONResponse is one object a line")
async def test_lines() -> None:
    assert await _body("/lines/") == b'{"id":0}\n{"id":1}\n{"id":2}\n'


@pytest.mark.describes("SSEResponse sends data, event, id and retry")
async def test_events() -> None:
    body = await _body("/events/", accept="text/event-stream")
    assert body == b":\n\nevent: tick\nid: 7\nretry: 10\ndata: x\n\n"


@pytest.mark.describes("SSEResponse: the heartbeat example")
async def test_heartbeat() -> None:
    lines = []
    async with AsyncAPIClient().stream("GET", "/heartbeat/") as response:
        async for line in response.lines():
            lines.append(line)
            if len(lines) == 8:
                break
    text = [line.decode() if isinstance(line, bytes) else line for line in lines]
    assert [line.strip() for line in text if line.strip()][:5] == [
        ":",
        "event: tick",
        'data: {"at":0}',
        "event: tick",
        'data: {"at":1}',
    ]
