"""A DRF response whose bytes may be made where the data was: in the worker."""

from __future__ import annotations

from typing import Any

from rest_framework.response import Response as DRFResponse

from restflow.core.adapters import handler
from restflow.core.steps import Steps, blocking


class Response(DRFResponse):
    """DRF's ``Response``, with one addition: :meth:`prerender`.

    An async view renders in the hop that fetched the data, so Django need not take another one to
    call ``render()``. The bytes made early are a cache: reading or setting ``data`` afterwards
    discards them, since it may have been changed in place. Django's order stays as it is: template
    response middleware, then the content, then the post-render callbacks.
    """

    _prerendered: tuple[bytes | str | None, str | None] | None = None

    @property
    def data(self) -> Any:
        """The data to render. What was rendered from it before is forgotten."""
        self._prerendered = None
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        self._prerendered = None
        self._data = value

    def prerender(self) -> None:
        """Make the bytes now. ``render()`` uses them unless ``data`` was touched in between."""
        content = super().rendered_content
        self._prerendered = (content, self.headers.get("Content-Type"))

    @property
    def is_prerendered(self) -> bool:
        """Whether ``render()`` has nothing left to do but run the callbacks."""
        return self._prerendered is not None

    @property
    def rendered_content(self) -> Any:
        """The content as the accepted renderer makes it."""
        if self._prerendered is None:
            return super().rendered_content
        return self._prerendered[0]

    def _render(self) -> Steps[Response]:
        """Render the content and run the post-render callbacks; return the response.

        May be called from sync code and awaited on a loop.
        """
        quick = self.is_prerendered and not vars(self)["_post_render_callbacks"]
        if self.is_rendered or quick:
            super().render()
            return self
        rendered: Response = yield blocking(super().render)
        return rendered

    render = handler(_render)

    def __getstate__(self) -> dict[str, Any]:
        state: Any = super().__getstate__()
        state.pop("_prerendered", None)
        return dict(state)

    @classmethod
    def adopt(cls, response: DRFResponse) -> None:
        """Turn a plain DRF response into one of this class, in place."""
        if type(response) is DRFResponse:
            data = response.__dict__.pop("data", None)
            response.__class__ = cls
            response.data = data
