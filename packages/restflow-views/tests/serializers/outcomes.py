"""What came of a serializer call, in a form that can be compared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rest_framework.exceptions import ErrorDetail
from rest_framework.relations import Hyperlink


def plain(value: Any) -> Any:
    """Spell out types, codes and order: 1 is not True, and an error is more than its text."""
    if isinstance(value, dict):
        return ("dict", [(plain(key), plain(item)) for key, item in value.items()])
    if isinstance(value, (list, tuple)):
        return (type(value).__name__.replace("ReturnL", "l"), [plain(item) for item in value])
    if isinstance(value, ErrorDetail):
        return ("error", str(value), value.code)
    if isinstance(value, Hyperlink):
        return ("link", str(value))
    return (type(value).__name__, re.sub(r"0x[0-9a-f]+", "0x", repr(value)))


def outcome(call: Callable[[], Any]) -> Any:
    """Return what *call* returned or raised."""
    try:
        return "returned", plain(call())
    except Exception as error:
        # Messages name the class of the data, which here is a dict of our own.
        text = re.sub(r"0x[0-9a-f]+", "0x", str(error)).replace("ValidatedData", "dict")
        text = re.sub(
            r"The validated data have no ('\w+'); .*", r"'dict' object has no attribute \1", text
        )
        return "raised", type(error).__name__, text


def validated(serializer: Any) -> Any:
    """Return everything that validating says."""
    valid = serializer.is_valid()
    return valid, serializer.errors, serializer.validated_data
