"""Streams: their media types, and the schema of what they are made of."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer

from restflow.responses import (
    EventStreamRenderer,
    NDJSONResponse,
    SSEResponse,
    StreamingJSONListResponse,
)
from restflow.serializers import Serializer
from restflow.spectacular import EventStream, JSONListStream, NDJSONStream, RestflowAutoSchema
from restflow.views import AsyncAPIView

from .documents import VERSIONS, document, operation, schema

EVENTS = "text/event-stream"
LINES = "application/x-ndjson"
TICK = {"$ref": "#/components/schemas/Tick"}


class TickSerializer(Serializer):
    at: int


def made_of(handler: Any, version: str = "3.0.3", **attributes: Any) -> Any:
    body = {
        "__module__": __name__,
        "schema": RestflowAutoSchema(),
        "renderer_classes": [JSONRenderer],
        "get": handler,
        **attributes,
    }
    view: Any = type("View", (AsyncAPIView,), body)
    return operation(document([path("x/", view.as_view())], version=version), "/x/")


@pytest.mark.parametrize("version", VERSIONS)
def test_events_by_annotation(version: str) -> None:
    async def get(self: Any, request: Any) -> Annotated[SSEResponse, TickSerializer]: ...

    found = made_of(get, version)
    assert list(found["responses"]["200"]["content"]) == [EVENTS]
    tick, failure = schema(found, media=EVENTS)["anyOf"]
    assert tick["properties"]["data"] == TICK
    assert set(tick["properties"]) == {"event", "data", "id", "retry"}
    assert failure["properties"]["event"]["enum"] == ["error"]


def test_events_without_a_type_may_be_anything() -> None:
    async def get(self: Any, request: Any) -> SSEResponse: ...

    tick, _ = schema(made_of(get), media=EVENTS)["anyOf"]
    assert tick["properties"]["data"] == {}


def test_named_events() -> None:
    @extend_schema(responses=EventStream({"tick": TickSerializer, "bye": str}))
    async def get(self: Any, request: Any) -> Any: ...

    tick, bye, _ = schema(made_of(get), media=EVENTS)["anyOf"]
    assert (tick["properties"]["event"]["enum"], tick["properties"]["data"]) == (["tick"], TICK)
    assert bye["properties"]["data"] == {"type": "string"}
    assert tick["required"] == ["data", "event"]


def test_a_view_that_renders_events() -> None:
    renderers = [EventStreamRenderer, JSONRenderer]
    found = made_of(
        lambda self, request: None, renderer_classes=renderers, serializer_class=TickSerializer
    )
    tick, _ = schema(found, media=EVENTS)["anyOf"]
    assert tick["properties"]["data"] == TICK
    assert schema(found) == TICK
    missed = found["responses"]["406"]
    if "$ref" not in missed:
        assert missed["content"][EVENTS]["schema"]["properties"]["event"]["enum"] == ["error"]


@pytest.mark.parametrize("version", VERSIONS)
def test_lines(version: str) -> None:
    async def annotated(self: Any, request: Any) -> Annotated[NDJSONResponse, TickSerializer]: ...

    @extend_schema(responses={200: NDJSONStream(TickSerializer, description="Ticks.")})
    async def decorated(self: Any, request: Any) -> Any: ...

    for handler in (annotated, decorated):
        found = made_of(handler, version)
        tick, failure = schema(found, media=LINES)["anyOf"]
        assert tick == TICK
        assert failure == {"$ref": "#/components/schemas/ErrorEnvelope"}
    assert found["responses"]["200"]["description"] == "Ticks."


def test_arrays() -> None:
    async def get(
        self: Any, request: Any
    ) -> Annotated[StreamingJSONListResponse, TickSerializer]: ...

    assert schema(made_of(get)) == {"type": "array", "items": TICK}

    @extend_schema(responses=JSONListStream({"type": "integer"}))
    async def numbers(self: Any, request: Any) -> Any: ...

    assert schema(made_of(numbers)) == {"type": "array", "items": {"type": "integer"}}
