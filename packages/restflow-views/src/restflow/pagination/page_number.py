"""Pages by number, with the number of all rows."""

from __future__ import annotations

from typing import Any

from rest_framework import pagination as drf

from restflow.core.adapters import Twinned, twins
from restflow.core.steps import Steps

from .placing import MOST_ROWS, answering, fetching

#: What finding a page asks the class for, and what describing it does.
PAGING = ("get_page_size", "get_page_number", "django_paginator_class")
LINKS = ("get_next_link", "get_previous_link", "django_paginator_class")


class PageNumberPagination(Twinned, drf.PageNumberPagination):
    """Pages by number: ``?page=4``, and ``page_size`` rows on each.

    DRF's class with its attributes, hooks and bodies. The count and the rows are read in one
    stay in the worker; a list is cut where it is.
    https://www.django-rest-framework.org/api-guide/pagination/#pagenumberpagination

    Attributes:
        max_page_size: the most rows a client may ask for with ``page_size_query_param``: 1,000
            unless set. ``None`` takes the limit away.
    """

    max_page_size: int | None = MOST_ROWS

    def _paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Steps[Any]:
        """Return the rows of the page that *request* asks for, ``None`` without a page size.

        Raises:
            rest_framework.exceptions.NotFound: there is no such page.
        """
        page = super().paginate_queryset
        return (yield fetching(self, PageNumberPagination, PAGING, page, queryset, request, view))

    paginate_queryset, apaginate_queryset = twins(_paginate_queryset)

    def _get_paginated_response(self, data: Any) -> Steps[Any]:
        """Return the response ``{count, next, previous, results}`` with *data* as the results."""
        answer = drf.PageNumberPagination.get_paginated_response
        return (yield answering(self, PageNumberPagination, LINKS, answer, data))

    get_paginated_response, aget_paginated_response = twins(_get_paginated_response)
