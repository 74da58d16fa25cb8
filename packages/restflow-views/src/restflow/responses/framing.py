"""What turns items to bytes: one frame for each kind of stream."""

from __future__ import annotations

from typing import Any, Protocol

from rest_framework.renderers import JSONRenderer

from restflow.exceptions import describe
from restflow.renderers.libraries import encoder


class Frame(Protocol):
    """Writes one stream: its beginning, its items, its end."""

    def opening(self) -> bytes: ...

    def items(self, items: list[Any]) -> bytes:
        """Return *items* as bytes; raises what makes one of them impossible to write."""

    def closing(self) -> bytes: ...

    def failure(self, error: Exception) -> bytes | None:
        """Return what tells the client of *error*; ``None`` if only breaking off can."""


def json_bytes(data: Any) -> bytes:
    """Return *data* as JSON, as DRF's renderer writes it.

    Raises:
        ValueError: there is a NaN or an infinity.
        TypeError: something has no JSON form.
    """
    encode = encoder()
    body = None if encode is None else encode(data)
    # DRF writes nothing at all for None.
    return b"null" if data is None else JSONRenderer().render(data) if body is None else body


def envelope(error: Exception) -> bytes:
    """Return the envelope of *error* as JSON."""
    return json_bytes(describe(error).envelope())
