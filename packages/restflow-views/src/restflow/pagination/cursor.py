"""Pages that follow a place in the order, whatever is inserted or deleted meanwhile."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from rest_framework import pagination as drf
from rest_framework.exceptions import NotFound
from rest_framework.utils.urls import replace_query_param

from restflow.core.adapters import Twinned, twins
from restflow.core.steps import Steps, blocking

from .keyset import Keyset
from .placing import FARTHEST, MOST_ROWS, answering

#: What describing a page asks the class for.
LINKS = ("get_next_link", "get_previous_link", "encode_cursor")


class CursorPagination(Twinned, drf.CursorPagination):
    """Pages by cursor: each link says after which row to go on, and one query reads the page.

    DRF's class with its attributes, hooks and bodies. Where DRF's cursor holds one value and an
    offset among equal ones, this one holds the values of the whole ``ordering`` and the primary
    key: a row that stays is seen exactly once, however many others with the same values come and
    go. Cursors are signed (``SECRET_KEY``, ``SECRET_KEY_FALLBACKS``) for the model and the order;
    any other text is a 404, DRF's cursors included.
    https://www.django-rest-framework.org/api-guide/pagination/#cursorpagination

    Attributes:
        ordering: one name or several, of columns or annotations; the primary key is added.
        max_page_size: the most rows a client may ask for with ``page_size_query_param``: 1,000
            unless set. ``None`` takes the limit away.
    """

    max_page_size: int | None = MOST_ROWS
    base_url: str
    next_position: Any
    previous_position: Any

    def _paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Steps[Any]:
        """Return the rows of the page that *request* asks for, ``None`` without a page size.

        Raises:
            rest_framework.exceptions.NotFound: the cursor is none of ours.
            django.core.exceptions.ImproperlyConfigured: rows cannot be compared by ``ordering``.
        """
        return (yield blocking(self._read, queryset, request, view))

    paginate_queryset, apaginate_queryset = twins(_paginate_queryset)

    def _read(self, queryset: Any, request: Any, view: Any) -> list[Any] | None:
        self.request = request
        self.page_size = self.get_page_size(request)
        if not self.page_size:
            return None
        self.base_url = request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        keyset = Keyset(queryset, self.ordering, type(self))
        self._signer = Signer(salt=f"restflow.pagination.cursor:{keyset.name}")
        self.cursor = self.decode_cursor(request)
        place: Any = None
        reverse = False
        if self.cursor is not None:
            place, reverse = self.cursor.position, self.cursor.reverse
        try:
            rows = keyset.beyond(place, reverse=reverse)
        except (ValidationError, ValueError) as error:
            raise NotFound(self.invalid_cursor_message) from error
        found = list(rows[: min(self.page_size + 1, FARTHEST)])
        more = len(found) > self.page_size
        self.page = found[: self.page_size]
        if reverse:
            self.page.reverse()
        self.has_next, self.has_previous = (
            (place is not None, more) if reverse else (more, place is not None)
        )
        # Without a row there is nothing on this side of the place: the links lead to the ends.
        self.next_position = keyset.place_of(self.page[-1]) if self.page else None
        self.previous_position = keyset.place_of(self.page[0]) if self.page else None
        if self.template is not None and (self.has_next or self.has_previous):
            self.display_page_controls = True
        return self.page

    def get_next_link(self) -> str | None:
        """Return the URL of what follows this page, ``None`` at the end."""
        if not self.has_next:
            return None
        return self.encode_cursor(drf.Cursor(0, False, self.next_position))

    def get_previous_link(self) -> str | None:
        """Return the URL of what precedes this page, ``None`` at the beginning."""
        if not self.has_previous:
            return None
        return self.encode_cursor(drf.Cursor(0, True, self.previous_position))

    def decode_cursor(self, request: Any) -> drf.Cursor | None:
        """Return the cursor in the query of *request*, ``None`` if there is none.

        Raises:
            rest_framework.exceptions.NotFound: it was not made here, for this model and order.
        """
        text = request.query_params.get(self.cursor_query_param)
        if not text:
            return None
        try:
            reverse, position = self._signer.unsign_object(text)
        except (BadSignature, ValueError) as error:
            raise NotFound(self.invalid_cursor_message) from error
        return drf.Cursor(0, reverse, position)

    def encode_cursor(self, cursor: drf.Cursor) -> str:
        """Return the URL of this request with *cursor* in its query."""
        text = self._signer.sign_object([cursor.reverse, cursor.position])
        url: str = replace_query_param(self.base_url, self.cursor_query_param, text)
        return url

    def _get_paginated_response(self, data: Any) -> Steps[Any]:
        """Return the response ``{next, previous, results}`` with *data* as the results."""
        answer = drf.CursorPagination.get_paginated_response
        return (yield answering(self, CursorPagination, LINKS, answer, data))

    get_paginated_response, aget_paginated_response = twins(_get_paginated_response)
