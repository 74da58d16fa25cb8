"""Answers that are streams: events, lines, or an array written while its rows are read."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular says that it is typed, and mostly is not.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from drf_spectacular.plumbing import (
    build_basic_type,
    force_instance,
    is_basic_type,
    is_higher_order_type_hint,
    is_serializer,
    resolve_type_hint,
)
from drf_spectacular.types import OpenApiTypes

from .errors import EVENTS, body_schema, error_event

#: What every event may have besides its name and data.
COMMON = {
    "id": {"type": "string", "description": "What `Last-Event-ID` says after a reconnection."},
    "retry": {
        "type": "integer",
        "minimum": 0,
        "description": "Milliseconds before a reconnection.",
    },
}


class Stream:
    """Base of what documents a streamed response: ``@extend_schema(responses=EventStream(...))``.

    Args:
        item: what one item is: a serializer class, a type that drf-spectacular knows, or a JSON
            schema; None: anything.
        description: of the response.
    """

    media_type: ClassVar[str]

    def __init__(self, item: Any = None, *, description: str = "") -> None:
        self.item = item
        self.description = description

    def response(self, auto_schema: Any) -> dict[str, Any]:
        """Return the response object."""
        return {
            "description": self.description or self.says,
            "content": {self.media_type: {"schema": self.schema(auto_schema)}},
        }

    #: The description unless another one is given.
    says: ClassVar[str]

    def schema(self, auto_schema: Any) -> dict[str, Any]:
        """Return the schema of the body, or of one item where a body is no JSON."""
        raise NotImplementedError(f"{type(self).__qualname__} must define schema().")


class EventStream(Stream):
    """Server-Sent Events, as ``SSEResponse`` sends them.

    The schema describes one event: OpenAPI before 3.2 has no word for the items of a stream.

    Args:
        item: what ``data`` is, or a mapping from the names of the events to that.
        description: of the response.
    """

    media_type = EVENTS
    says = "Server-Sent Events; the schema describes one event."

    def schema(self, auto_schema: Any) -> dict[str, Any]:
        """Return the schema of one event."""
        if isinstance(self.item, Mapping) and not is_schema(self.item):
            kinds = [
                event(item_schema(item, auto_schema), name) for name, item in self.item.items()
            ]
        else:
            kinds = [event(item_schema(self.item, auto_schema))]
        # In mid-stream the envelope is written whatever the view's exception handler.
        kinds.append(error_event(body_schema(auto_schema.registry, 500, "envelope")))
        return {"anyOf": kinds}


class NDJSONStream(Stream):
    """Newline-delimited JSON, as ``NDJSONResponse`` sends it; the schema describes one line."""

    media_type = "application/x-ndjson"
    says = "One JSON text a line; the schema describes one line. The last one may be an error."

    def schema(self, auto_schema: Any) -> dict[str, Any]:
        """Return the schema of one line."""
        line = item_schema(self.item, auto_schema)
        return {"anyOf": [line, body_schema(auto_schema.registry, 500, "envelope")]}


class JSONListStream(Stream):
    """A JSON array, as ``StreamingJSONListResponse`` sends it."""

    media_type = "application/json"
    says = "An array, written while its rows are read."

    def schema(self, auto_schema: Any) -> dict[str, Any]:
        """Return the schema of the array."""
        return {"type": "array", "items": item_schema(self.item, auto_schema)}


def event(data: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    """Return the schema of one Server-Sent Event.

    Args:
        data: the schema of its data.
        name: what ``event`` says; None: anything.
    """
    kind: dict[str, Any] = {"type": "string"}
    if name is not None:
        kind = {"type": "string", "enum": [name]}
    required = ["data"] if name is None else ["data", "event"]
    properties = {"event": kind, "data": data, **COMMON}
    return {"type": "object", "properties": properties, "required": required}


def declared_stream(handler: Any) -> Stream | None:
    """Return the stream that the return annotation of *handler* declares, None if it is none.

    ``-> SSEResponse`` says what it is, ``-> Annotated[SSEResponse, TickSerializer]`` also of what.
    """
    try:
        hint: Any = get_type_hints(handler, include_extras=True).get("return")
    except (NameError, TypeError):  # names that exist for type checkers only, or no function
        return None
    item = None
    if hasattr(hint, "__metadata__"):
        item = hint.__metadata__[0]
        hint = get_args(hint)[0]
    hint = get_origin(hint) or hint
    if not isinstance(hint, type):
        return None
    from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse

    for response_class, stream_class in (
        (SSEResponse, EventStream),
        (NDJSONResponse, NDJSONStream),
        (StreamingJSONListResponse, JSONListStream),
    ):
        if issubclass(hint, response_class):
            return stream_class(item)
    return None


def item_schema(item: Any, auto_schema: Any) -> dict[str, Any]:
    """Return the schema of one item of a stream."""
    found: dict[str, Any] | None
    if item is None:
        return {}
    if is_schema(item):
        return dict(item)
    if is_serializer(item):
        component = auto_schema.resolve_serializer(force_instance(item), "response")
        found = component.ref if component else {}
    elif is_basic_type(item):
        found = build_basic_type(item)
    elif is_higher_order_type_hint(item):
        found = resolve_type_hint(item)
    else:
        found = build_basic_type(OpenApiTypes.ANY)
    return found or {}


def is_schema(item: Any) -> bool:
    """Tell whether *item* is a JSON schema rather than a mapping of event names."""
    return isinstance(item, Mapping) and not item.keys().isdisjoint(
        {"type", "$ref", "oneOf", "anyOf", "allOf", "enum"}
    )
