"""Which errors an operation can answer with, and the components that describe them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from drf_spectacular.plumbing import ResolvedComponent
from rest_framework import authentication, pagination, permissions, throttling, versioning
from rest_framework.settings import api_settings

from restflow.core.settings import restflow_settings
from restflow.exceptions import ErrorCode, aexception_handler, exception_handler

from .conf import schema_settings
from .security import admitted_by_all

#: How an exception handler writes errors: our envelope, RFC 9457, or DRF's ``{"detail": ...}``.
Format = Literal["envelope", "problem", "detail"]

PROBLEM = "application/problem+json"
EVENTS = "text/event-stream"

NAMES = {
    400: "InvalidRequest",
    401: "NotAuthenticated",
    403: "PermissionDenied",
    404: "NotFound",
    406: "NotAcceptable",
    409: "Conflict",
    415: "UnsupportedMediaType",
    429: "Throttled",
    500: "InternalError",
    503: "ServiceUnavailable",
}
DESCRIPTIONS = {
    400: "The request is malformed, or not valid.",
    401: "Credentials are missing, or not valid.",
    403: "The credentials do not permit this.",
    404: "There is no such resource.",
    406: "None of the accepted media types can be produced.",
    409: "The request conflicts with the state of the resource.",
    415: "The media type of the request is not supported.",
    429: "Too many requests.",
    500: "The server failed.",
    503: "The service is temporarily unavailable.",
}
HEADERS: dict[int, dict[str, Any]] = {
    401: {
        "WWW-Authenticate": {
            "description": "The scheme that is asked for (RFC 9110, section 11.6.1).",
            "schema": {"type": "string"},
        }
    },
    429: {
        "Retry-After": {
            "description": "Seconds to wait (RFC 9110, section 10.2.3).",
            "schema": {"type": "integer", "minimum": 0},
        }
    },
}


def error_statuses(auto_schema: Any, operation: dict[str, Any]) -> list[int]:
    """Return the error statuses that *operation* can have by what its view is made of, sorted.

    Args:
        auto_schema: the inspector; its view is as the action finds it.
        operation: as documented so far.
    """
    wanted = set(schema_settings.ERROR_STATUSES)
    return sorted(wanted & set(_statuses(auto_schema, operation)))


def _statuses(auto_schema: Any, operation: dict[str, Any]) -> Iterator[int]:
    view, method = auto_schema.view, auto_schema.method
    has_body = "requestBody" in operation
    if has_body or list(auto_schema.get_filter_backends()):
        yield 400
    if has_body:
        yield 415
    yield from _refusals(view, method)
    if _can_miss(auto_schema, operation):
        yield 404
    if view.get_renderers():
        yield 406
    if any(_can_refuse(throttle, view) for throttle in view.get_throttles()):
        yield 429


def _can_refuse(throttle: Any, view: Any) -> bool:
    if isinstance(throttle, throttling.ScopedRateThrottle):
        return bool(getattr(view, throttle.scope_attr, None))
    return getattr(throttle, "rate", True) is not None


def _refusals(view: Any, method: str) -> Iterator[int]:
    authenticators = list(view.get_authenticators())
    # DRF answers 401 only if the first authenticator has a challenge for WWW-Authenticate.
    challenge = authenticators[0].authenticate_header(view.request) if authenticators else None
    unknown = 401 if challenge else 403
    if any(not _only_looks(one) for one in authenticators):
        yield unknown
    verdict = admitted_by_all(list(view.get_permissions()), method)
    if verdict != "all":
        yield unknown
    if verdict == "some":
        yield 403
    if any(map(_checks_csrf, authenticators)) and method not in permissions.SAFE_METHODS:
        yield 403  # its CSRF check


def _checks_csrf(authenticator: Any) -> bool:
    """Tell whether credentials of *authenticator* travel by themselves, in a cookie."""
    is_session = isinstance(authenticator, authentication.SessionAuthentication)
    names = {cls.__name__ for cls in type(authenticator).__mro__}
    return is_session or "JWTCookieAuthentication" in names


def _only_looks(authenticator: Any) -> bool:
    """Tell whether *authenticator* never refuses credentials, apart from the CSRF check."""
    quiet = (authentication.SessionAuthentication, authentication.RemoteUserAuthentication)
    return isinstance(authenticator, quiet)


def _can_miss(auto_schema: Any, operation: dict[str, Any]) -> bool:
    view = auto_schema.view
    parameters = operation.get("parameters", ())
    if any(parameter["in"] == "path" for parameter in parameters):
        return True
    names = {parameter["name"] for parameter in parameters if parameter["in"] == "query"}
    if api_settings.URL_FORMAT_OVERRIDE in names:
        return True  # ?format= names a renderer that the view lacks
    scheme = view.versioning_class
    if scheme is not None and not issubclass(scheme, versioning.AcceptHeaderVersioning):
        return True
    if not auto_schema._is_list_view():
        return False
    paginator = auto_schema._get_paginator()
    # A page beyond the end is not found; an offset beyond it is an empty page.
    return paginator is not None and not isinstance(paginator, pagination.LimitOffsetPagination)


def error_format(view: Any) -> Format | None:
    """Return how the exception handler of *view* writes errors, None if nobody can tell."""
    from rest_framework.views import exception_handler as drf_handler

    handler: Any = view.get_exception_handler()
    while hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    if handler in (exception_handler, aexception_handler):
        return "problem" if restflow_settings.ERRORS.FORMAT == "problem+json" else "envelope"
    return "detail" if handler is drf_handler else None


def error_response(
    auto_schema: Any, status: int, style: Format, description: str = ""
) -> dict[str, Any]:
    """Return the response object for *status*, a reference wherever the object can be shared."""
    response: dict[str, Any] = {
        "description": description or DESCRIPTIONS.get(status, ""),
        "content": content(auto_schema, status, style),
    }
    if status in HEADERS:
        response["headers"] = HEADERS[status]
    if description or status not in NAMES:
        return response
    name = NAMES[status]
    registry = auto_schema.registry
    key = (name, ResolvedComponent.RESPONSE)
    if key not in registry._components:
        registry._components[key] = ResolvedComponent(  # type: ignore[no-untyped-call]
            name=name, type=ResolvedComponent.RESPONSE, schema=response, object=ErrorCode
        )
    if registry[key].schema != response:
        return response  # of a view with other renderers, or another exception handler
    return {"$ref": f"#/components/responses/{name}"}


def content(auto_schema: Any, status: int, style: Format) -> dict[str, Any]:
    """Return the ``content`` of an error response by the media types of the view."""
    reference = body_schema(auto_schema.registry, status, style)
    found: dict[str, Any] = {}
    for media_type in auto_schema.map_renderers("media_type"):
        if media_type == EVENTS:
            found[media_type] = {"schema": error_event(reference)}
        elif style == "problem" and media_type == "application/json":
            found[PROBLEM] = {"schema": reference}
        else:
            found[media_type] = {"schema": reference}
    return found


def error_event(reference: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the event that says that a stream of events failed."""
    return {
        "type": "object",
        "properties": {"event": {"type": "string", "enum": ["error"]}, "data": reference},
        "required": ["event", "data"],
    }


def body_schema(registry: Any, status: int, style: Format) -> dict[str, Any]:
    """Return a reference to the component that describes the body of an error with *status*."""
    if style == "detail":
        if status == 400:  # DRF's validation errors have whatever shape the serializer has
            return _component(registry, "ErrorDetails", {"additionalProperties": {}})
        schema = _object({"detail": {"type": "string"}})
        return _component(registry, "ErrorDetail", schema)
    prefix = {400: "Validation", 429: "Throttled"}.get(status, "")
    details: dict[str, Any] = {"type": "object", "additionalProperties": {}}
    if status == 400:
        details = _field_errors(registry)
    elif status == 429:
        wait = {
            "type": "integer",
            "minimum": 0,
            "description": "Seconds until a retry makes sense.",
        }
        details = {**details, "properties": {"retry_after_seconds": wait}}
    if style == "problem":
        return _component(registry, f"{prefix}Problem", _problem(details))
    return _component(registry, f"{prefix}ErrorEnvelope", _object({"error": _error(details)}))


def _error(details: dict[str, Any]) -> dict[str, Any]:
    return _object(
        {
            "code": {
                "type": "string",
                "description": "A stable name, one of these or the application's own: "
                + ", ".join(f"`{code.value}`" for code in ErrorCode),
            },
            "message": {"type": "string", "description": "One sentence for people."},
            "details": details,
        }
    )


def _problem(details: dict[str, Any]) -> dict[str, Any]:
    error = _error(details)["properties"]
    return _object(
        {
            "type": {"type": "string", "format": "uri-reference"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": error["message"],
            "code": error["code"],
            "details": details,
        }
    )


def _field_errors(registry: Any) -> dict[str, Any]:
    leaf: dict[str, Any] = {"type": "string"}
    if restflow_settings.ERRORS.DETAILS == "full":
        leaf = _object({"message": {"type": "string"}, "code": {"type": "string"}})
    itself = {"$ref": "#/components/schemas/FieldErrors"}
    listed = {"type": "array", "items": leaf}
    return _component(
        registry,
        "FieldErrors",
        {
            "type": "object",
            "description": "Messages by field; objects where a value has parts of its own.",
            "additionalProperties": {"anyOf": [listed, itself]},
        },
    )


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": sorted(properties)}


def _component(registry: Any, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    component = ResolvedComponent(  # type: ignore[no-untyped-call]
        name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=ErrorCode
    )
    registry.register_on_missing(component)  # warns where the project has one of this name
    reference: dict[str, Any] = component.ref
    return reference
