"""Pages by number, without counting: one row more tells whether there is a next page."""

from __future__ import annotations

from typing import Any

from django.core.paginator import EmptyPage, InvalidPage, Page, Paginator
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from restflow.core.adapters import twins
from restflow.core.steps import Steps

from .page_number import PageNumberPagination
from .placing import FARTHEST, answering, fetching

PAGING = ("get_page_size", "get_page_number", "django_paginator_class")
LINKS = ("get_next_link", "get_previous_link", "django_paginator_class")


class FastPage(Page):  # type: ignore[type-arg]
    """A page that knows whether another one follows, and nothing of how many there are."""

    def __init__(self, rows: Any, number: int, paginator: FastPaginator, *, more: bool) -> None:
        super().__init__(rows, number, paginator)
        self._more = more

    def __repr__(self) -> str:
        return f"<Page {self.number}>"

    def has_next(self) -> bool:
        return self._more

    def next_page_number(self) -> int:
        """Return the number after this one.

        Raises:
            EmptyPage: this is the last page.
        """
        if not self._more:
            raise EmptyPage(self.paginator.error_messages["no_results"])
        return self.number + 1

    def previous_page_number(self) -> int:
        """Return the number before this one.

        Raises:
            EmptyPage: this is the first page.
        """
        if self.number <= 1:
            raise EmptyPage(self.paginator.error_messages["min_page"])
        return self.number - 1


class FastPaginator(Paginator):  # type: ignore[type-arg]
    """Django's paginator, reading one row more in place of counting all."""

    def page(self, number: Any) -> FastPage:
        """Return page *number*.

        Raises:
            InvalidPage: *number* is no whole number from 1 on, or lies beyond the last row.
        """
        number = self._number(number)
        start = (number - 1) * self.per_page
        stop = start + self.per_page
        rows = list(self.object_list[start : min(stop + 1, FARTHEST)]) if start < FARTHEST else []
        if not rows and number > 1:
            raise EmptyPage(self.error_messages["no_results"])
        more = len(rows) > self.per_page
        return FastPage(rows[: self.per_page], number, self, more=more)

    def _number(self, number: Any) -> int:
        try:
            whole = int(number)
        except (TypeError, ValueError):
            raise InvalidPage(self.error_messages["invalid_page"]) from None
        if whole < 1:
            raise EmptyPage(self.error_messages["min_page"])
        return whole


class FastPageNumberPagination(PageNumberPagination):
    """Pages by number that answer ``{next, previous, results}``: one query, no ``COUNT``.

    Counting visits every row that the filters leave; this reads the page and one row more, which
    tells whether another page follows, also when the last page is exactly full. There is no
    ``?page=last``; a class that sets ``last_page_strings`` gets it back and counts for it.
    """

    django_paginator_class = FastPaginator
    last_page_strings: Any = ()
    template = "rest_framework/pagination/previous_and_next.html"

    def _paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Steps[Any]:
        """Return the rows of the page that *request* asks for, ``None`` without a page size.

        Raises:
            rest_framework.exceptions.NotFound: there is no such page.
        """
        known = FastPageNumberPagination
        return (yield fetching(self, known, PAGING, self._read, queryset, request))

    paginate_queryset, apaginate_queryset = twins(_paginate_queryset)

    def _read(self, queryset: Any, request: Any) -> list[Any] | None:
        self.request = request
        size = self.get_page_size(request)
        if not size:
            return None
        paginator = self.django_paginator_class(queryset, size)
        number = self.get_page_number(request, paginator)
        try:
            self.page = paginator.page(number)
        except InvalidPage as error:
            message = self.invalid_page_message.format(page_number=number, message=str(error))
            raise NotFound(message) from error
        if self.template and (self.page.has_next() or self.page.has_previous()):
            self.display_page_controls = True
        return list(self.page)

    def _get_paginated_response(self, data: Any) -> Steps[Any]:
        """Return the response ``{next, previous, results}`` with *data* as the results."""
        known = FastPageNumberPagination
        return (yield answering(self, known, LINKS, known._answer, data))

    get_paginated_response, aget_paginated_response = twins(_get_paginated_response)

    def _answer(self, data: Any) -> Response:
        links = {"next": self.get_next_link(), "previous": self.get_previous_link()}
        return Response({**links, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the OpenAPI schema of a page whose results have *schema*: no ``count``."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        del described["properties"]["count"]
        described["required"] = ["results"]
        return described

    def get_html_context(self) -> Any:
        """Return what the browsable API's controls show: the way back and the way on."""
        return {"previous_url": self.get_previous_link(), "next_url": self.get_next_link()}
