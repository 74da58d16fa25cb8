"""Error details as plain data: one shape for what DRF 3.17, DRF 3.18 and users put together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.encoding import force_str
from django.utils.functional import Promise
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.settings import api_settings
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from .conf import error_settings
from .literals import read_back
from .messages import gettext

__all__ = ["field_errors", "plain", "text"]


def text(value: Any) -> str:
    """Return *value* as a plain ``str`` that every renderer can encode."""
    if isinstance(value, Enum):
        value = value.value
    # Twice: Django's SafeString returns itself, and fast encoders refuse subclasses of str.
    result = str.__str__(str(value))
    try:
        result.encode()
    except UnicodeEncodeError:  # DRF's messages quote the input, and JSON may hold half a pair
        result = result.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return result


def field_errors(detail: Any) -> dict[str, Any]:
    """Return the errors in *detail* by field.

    A field maps to a list of messages, or to an object of the same kind where its value has parts
    of its own: nested serializers by field name, list items (``many=True`` and ``ListField``
    alike) by index, items without errors left out. What belongs to no field stands under DRF's
    ``NON_FIELD_ERRORS_KEY``.

    Args:
        detail: a DRF exception's ``detail``, a serializer's ``errors``, or what a user wrote.
    """
    node = _node(detail)
    if isinstance(node, dict):
        return node
    return {api_settings.NON_FIELD_ERRORS_KEY: node} if node else {}


def plain(value: Any) -> Any:
    """Return *value*, free data that a user attached to an error, ready for any renderer.

    The errors of a serializer among it get the shape of :func:`field_errors`; numbers, dates,
    UUIDs and the like are left to the renderer.
    """
    if isinstance(value, (ReturnDict, ReturnList)):
        return field_errors(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if isinstance(value, ErrorDetail):
        return _leaf(value, value.code)
    if isinstance(value, Enum):
        return plain(value.value)
    return text(value) if isinstance(value, (str, Promise)) else value


def _node(value: Any) -> dict[str, Any] | list[Any]:
    """Return the errors in *value*: nodes by name, or a list of leaves; empty if there are none."""
    if isinstance(value, Mapping):
        return _named((_field(key), _node(item)) for key, item in value.items())
    if not isinstance(value, (list, tuple)):
        return _message(value)
    nodes = [_node(item) for item in value]
    nested = [isinstance(item, (Mapping, list, tuple)) for item in value]
    if nested == [False]:
        return nodes[0]  # one text, which may have been the repr of more than that
    if any(nested) or any(isinstance(node, dict) for node in nodes):
        return _named((str(index), node) for index, node in enumerate(nodes))
    return [leaf for node in nodes for leaf in node]


def _named(nodes: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    # DRF 3.17 pads the list of many=True with {} for items without errors, DRF 3.18 omits them.
    return {name: node for name, node in nodes if node}


def _message(value: Any) -> dict[str, Any] | list[Any]:
    found = read_back(force_str(value, errors="replace"))
    if isinstance(found, (Mapping, list)):
        return _node(found) or [_leaf(gettext("Invalid value."))]
    if found is None:
        return [_leaf(gettext("Invalid value."))]
    return [_leaf(found, getattr(found, "code", None))]


def _leaf(message: str, code: Any = None) -> str | dict[str, str]:
    if error_settings.DETAILS != "full":
        return text(message)
    return {"message": text(message), "code": text(code or ValidationError.default_code)}


def _field(key: Any) -> str:
    return api_settings.NON_FIELD_ERRORS_KEY if key == NON_FIELD_ERRORS else _key(key)


def _key(key: Any) -> str:
    if key is None or isinstance(key, bool):
        return json.dumps(key)
    return ".".join(map(_key, key)) if isinstance(key, tuple) else text(key)
