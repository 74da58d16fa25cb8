"""DRF's JSON renderer, by orjson or msgspec where they write the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rest_framework import renderers

from .libraries import encoder

__all__ = ["JSONRenderer"]


class JSONRenderer(renderers.JSONRenderer):
    """DRF's ``JSONRenderer``; with ``orjson`` or ``msgspec`` installed, several times faster.

    It writes what DRF's writes: the same bytes, except that numbers may be spelled in another of
    JSON's ways (``1e-7`` for ``1e-07``). Whatever the library would write differently is written
    by DRF: texts with U+2028, integers beyond 64 bits, subclasses of ``str``, indentation, an
    ``encoder_class`` of your own, the settings ``UNICODE_JSON``, ``COMPACT_JSON`` and
    ``STRICT_JSON`` when they are off. Members of an enum that is no ``str`` or ``int`` are written
    by their value where DRF raises.
    """

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> bytes:
        """Return *data* as JSON.

        Args:
            data: what a serializer or view returned; ``None`` gives an empty body.
            accepted_media_type: as negotiated; its ``indent`` parameter asks for indentation.
            renderer_context: of the request; it may ask for indentation too.

        Raises:
            ValueError: there is a NaN or an infinity (``STRICT_JSON``).
            TypeError: something in *data* has no JSON form.
        """
        encode = self._encoder()
        if data is not None and encode is not None:
            indent = self.get_indent(accepted_media_type or "", renderer_context or {})
            body = encode(data) if indent is None else None
            if body is not None:
                return body
        rendered: bytes = super().render(data, accepted_media_type, renderer_context)
        return rendered

    def _encoder(self) -> Callable[[Any], bytes | None] | None:
        """Return what writes *data* or gives up, unless somebody wants something special."""
        if self.ensure_ascii or not self.compact or not self.strict:
            return None
        if self.encoder_class is not renderers.JSONRenderer.encoder_class:
            return None
        return encoder()
