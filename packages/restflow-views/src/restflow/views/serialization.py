"""Using a serializer from a decision, whether it has async methods or not."""

from __future__ import annotations

from typing import Any

from restflow.core.adapters import enter
from restflow.core.steps import Steps, blocking


def validation(serializer: Any) -> Steps[None]:
    """Validate and raise on errors.

    Raises:
        ValidationError: the input is not valid.
    """
    yield from enter(serializer, "is_valid", raise_exception=True)


def representation(serializer: Any) -> Steps[Any]:
    """Return ``serializer.data``; relations it touches are fetched in the worker."""
    if hasattr(serializer, "aget_data"):
        return (yield from enter(serializer, "get_data"))
    return (yield blocking(getattr, serializer, "data"))
