"""Windows of rows: so many, from there on."""

from __future__ import annotations

from typing import Any

from rest_framework import pagination as drf

from restflow.core.adapters import Twinned, twins
from restflow.core.steps import Steps

from .placing import MOST_ROWS, answering, fetching

#: What finding a window asks the class for, and what describing it does.
PAGING = ("get_limit", "get_offset", "get_count")
LINKS = ("get_next_link", "get_previous_link")


class LimitOffsetPagination(Twinned, drf.LimitOffsetPagination):
    """Windows of rows: ``?limit=100&offset=400``.

    DRF's class with its attributes, hooks and bodies. The count and the rows are read in one
    stay in the worker; a list is cut where it is.
    https://www.django-rest-framework.org/api-guide/pagination/#limitoffsetpagination

    Attributes:
        max_limit: the most rows a client may ask for: 1,000 unless set. ``None`` takes the limit
            away.
    """

    max_limit: int | None = MOST_ROWS

    def _paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Steps[Any]:
        """Return the rows of the window that *request* asks for, ``None`` without a limit."""
        known = LimitOffsetPagination
        return (yield fetching(self, known, PAGING, self._read, queryset, request))

    paginate_queryset, apaginate_queryset = twins(_paginate_queryset)

    def _read(self, queryset: Any, request: Any) -> list[Any] | None:
        self.request = request
        self.limit = self.get_limit(request)
        if self.limit is None:
            return None
        self.count = self.get_count(queryset)
        self.offset = self.get_offset(request)
        if self.count > self.limit and self.template is not None:
            self.display_page_controls = True
        # The count ends the slice: a limit of many digits would be an error of the database.
        stop = min(self.offset + self.limit, self.count)
        return list(queryset[self.offset : stop]) if self.offset < stop else []

    def _get_paginated_response(self, data: Any) -> Steps[Any]:
        """Return the response ``{count, next, previous, results}`` with *data* as the results."""
        answer = drf.LimitOffsetPagination.get_paginated_response
        return (yield answering(self, LimitOffsetPagination, LINKS, answer, data))

    get_paginated_response, aget_paginated_response = twins(_get_paginated_response)
