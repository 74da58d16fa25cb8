"""``RestflowAutoSchema``: drf-spectacular's view inspector, for views that decide per action."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular says that it is typed, and mostly is not.

from __future__ import annotations

from typing import Any

from drf_spectacular.drainage import error, has_override
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_serializer_context, get_class, is_basic_type
from drf_spectacular.types import OpenApiTypes
from rest_framework.exceptions import APIException
from rest_framework.settings import api_settings

from . import fields, security  # noqa: F401  registers the extensions
from .actions import (
    apply_action_config,
    definer,
    handler_of,
    is_creation,
    is_list,
    is_restflow,
    is_the_projects,
)
from .constraints import insert_constraints
from .dialect import translated
from .errors import EVENTS, error_format, error_response, error_statuses
from .security import SchemeRegistry, admitted_by_all
from .streams import EventStream, Stream, declared_stream
from .tokens import add_token_errors, is_token_list, takes_nothing, token_responses, token_view
from .words import clean, documentation

#: What drf-spectacular adds to the schema of a text with a format that may be empty.
BLANK = {"type": "string", "maxLength": 0}


class RestflowAutoSchema(AutoSchema):
    """Documents what runs; name it in ``REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"]``.

    Beyond drf-spectacular it knows what ``action_configs`` change, a view's request and response
    serializers, lists and creations of the async family, paginators without a count, streams,
    the fields and bounds of annotated serializers, and the errors that each operation can answer
    with. Views of DRF keep what drf-spectacular writes, and gain the errors. ``@extend_schema`` and
    the hooks of :class:`drf_spectacular.openapi.AutoSchema` work as always, and win.
    https://drf-spectacular.readthedocs.io/en/latest/customization.html
    """

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        """Return the operation object, None if the operation is not documented."""
        apply_action_config(self.view)
        operation: dict[str, Any] | None = super().get_operation(
            path, path_regex, path_prefix, method, registry
        )
        if operation is not None:
            self._add_errors(operation)
        return operation

    def _add_errors(self, operation: dict[str, Any]) -> None:
        style = error_format(self.view)
        if style is None:  # a handler of the project's own: its bodies are its secret
            return
        responses = operation["responses"]
        add_token_errors(self, responses)
        for status in error_statuses(self, operation):
            if str(status) not in responses:
                responses[str(status)] = error_response(self, status, style)
        operation["responses"] = dict(sorted(responses.items()))

    # -- words ---------------------------------------------------------------------------------

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular has it
        """Return the docstring of the handler or the view; a library's own is nobody's."""
        cls = type(self.view)
        name = getattr(self.view, "action", None) or self.method.lower()
        function = getattr(cls, name, None)
        if is_the_projects(definer(cls, name)) and is_the_projects(function):
            text = clean(getattr(function, "__doc__", None))
            if text:
                return text
        return documentation(cls)

    # -- serializers ---------------------------------------------------------------------------

    def get_request_serializer(self) -> Any:
        """Return the serializer that validates the body."""
        if takes_nothing(self.view):
            return None
        return self._directed("request")

    def get_response_serializers(self) -> Any:
        """Return the serializer that renders the answer, or what the handler streams."""
        stream = declared_stream(handler_of(self.view, self.method))
        if stream is not None:
            return stream
        if token_view(self.view) == "JWKSView":
            return OpenApiTypes.OBJECT  # what it is: token_responses()
        found = self._directed("response")
        if is_token_list(self.view, self.method):
            return type(found)(many=True)
        return found

    def _directed(self, direction: str) -> Any:
        view: Any = self.view
        if not is_restflow(view):
            return self._get_serializer()
        try:
            serializer_class = getattr(view, f"get_{direction}_serializer_class")()
            other = "request" if direction == "response" else "response"
            if is_the_projects(definer(type(view), "get_serializer", "aget_serializer")):
                # As the view asks itself: by direction only where it tells two directions apart.
                split = serializer_class is not getattr(view, f"get_{other}_serializer_class")()
                words = {"direction": direction} if split else {}
                return view.get_serializer(context=build_serializer_context(view), **words)
            return serializer_class(context=build_serializer_context(view))
        except Exception as problem:
            error(
                f"{type(view).__qualname__} has no serializer for its {direction}. Set "
                f"serializer_class or {direction}_serializer_class, or describe the operation by "
                f"@extend_schema. ({type(problem).__name__}: {problem})"
            )
            return None

    def _map_basic_serializer(self, serializer: Any, direction: Any) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if not has_override(serializer, "description"):
            text = documentation(get_class(serializer))
            if text:
                schema["description"] = text
            else:
                schema.pop("description", None)  # a library's words about its base class
        return schema

    def _insert_field_validators(self, field: Any, schema: dict[str, Any]) -> None:
        super()._insert_field_validators(field, schema)
        insert_constraints(field, schema)
        if BLANK in schema.get("oneOf", ()):
            # Formats are annotations: the empty text would be both, and so not one of them.
            schema["anyOf"] = schema.pop("oneOf")

    # -- lists and pages -----------------------------------------------------------------------

    def _is_list_view(self, serializer: Any = None) -> bool:
        if serializer is None:
            serializer = self.get_response_serializers()
        if isinstance(serializer, Stream):
            return False
        if super()._is_list_view(serializer):
            return True
        if isinstance(serializer, dict) and serializer:
            serializer = min((str(code), one) for code, one in serializer.items())[1]
        if is_basic_type(serializer) or isinstance(serializer, Stream):
            return False
        return is_list(self.view, self.method)

    def _is_create_operation(self) -> bool:
        return bool(super()._is_create_operation()) or is_creation(self.view, self.method)

    def _get_pagination_parameters(self) -> Any:
        return translated(super()._get_pagination_parameters())

    def _get_filter_parameters(self) -> Any:
        return translated(super()._get_filter_parameters())

    def _get_paginator(self) -> Any:
        if is_token_list(self.view, self.method):
            return None
        paginator = super()._get_paginator()
        if paginator is not None:
            describe = paginator.get_paginated_response_schema
            paginator.get_paginated_response_schema = lambda schema: translated(describe(schema))
        return paginator

    def get_paginated_name(self, serializer_name: str) -> str:
        """Return the name of a page's component: one for each shape of page.

        Pages of the project's default paginator, or without one those of page numbers, have the
        name that drf-spectacular gives all of them.
        """
        shape = self._page_shape(getattr(self.view, "pagination_class", None))
        usual = self._page_shape(api_settings.DEFAULT_PAGINATION_CLASS)
        name: str = super().get_paginated_name(serializer_name)
        return name if shape == (usual or "PageNumber") else f"{shape}{name}"

    def _page_shape(self, cls: Any) -> str:
        owner = None if cls is None else definer(cls, "get_paginated_response_schema")
        return "" if owner is None else owner.__name__.removesuffix("Pagination")

    # -- responses -----------------------------------------------------------------------------

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        found = self.get_response_serializers()
        if isinstance(found, Stream):
            return {"200": found.response(self)}
        if isinstance(found, dict) or (responses := token_responses(self)) is None:
            return super()._get_response_bodies(direction)
        return responses

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: Any,
        media_types: Any = None,
        direction: Any = "response",
    ) -> Any:
        if isinstance(serializer, Stream):
            return serializer.response(self)
        if isinstance(serializer, type) and issubclass(serializer, APIException):
            text = str(getattr(serializer, "default_detail", ""))
            style = error_format(self.view) or "detail"
            return error_response(self, int(status_code), style, text)
        response = super()._get_response_for_code(serializer, status_code, media_types, direction)
        content = response.get("content", {})
        if EVENTS in content and "200" <= str(status_code) < "300":
            item = content[EVENTS].get("schema", {})
            content[EVENTS]["schema"] = EventStream(item).schema(self)
        return response

    # -- security ------------------------------------------------------------------------------

    def get_auth(self) -> Any:
        """Return the security requirements, the empty one among them if nobody need be known."""
        registry: Any = self.registry
        self.registry = SchemeRegistry(registry)  # type: ignore[assignment]
        try:
            found = [scheme for scheme in super().get_auth() if scheme]
        finally:
            self.registry = registry
        if admitted_by_all(list(self.view.get_permissions()), self.method) == "all" and found:
            found.append({})
        return found
