"""Asking a paginator, or DRF's own, for a page and its body."""

from __future__ import annotations

from typing import Any

from rest_framework import pagination as drf
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.pagination import (
    CursorPagination,
    FastPageNumberPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)


class Numbered(PageNumberPagination):
    page_size = 7
    page_size_query_param = "page_size"


class DRFNumbered(drf.PageNumberPagination):
    page_size = 7
    page_size_query_param = "page_size"
    max_page_size = 1000


class Windowed(LimitOffsetPagination):
    default_limit = 7


class DRFWindowed(drf.LimitOffsetPagination):
    default_limit = 7
    max_limit = 1000


class Fast(FastPageNumberPagination):
    page_size = 7
    page_size_query_param = "page_size"


class Cursored(CursorPagination):
    page_size = 7
    page_size_query_param = "page_size"
    ordering: Any = "pk"


class DRFCursored(drf.CursorPagination):
    page_size = 7
    page_size_query_param = "page_size"
    max_page_size = 1000
    ordering: Any = "pk"


def request(target: Any = "/", query: dict[str, Any] | None = None) -> Request:
    return Request(APIRequestFactory().get(target, query or {}))


def body(paginator: Any, rows: Any, target: Any = "/", query: Any = None) -> Any:
    """What the client sees: the status of an error with its text, or the body."""
    try:
        page = paginator.paginate_queryset(rows, request(target, query))
    except APIException as error:
        return error.status_code, str(error.detail)
    if page is None:
        return None
    data = paginator.get_paginated_response([getattr(row, "pk", row) for row in page]).data
    return data, paginator.display_page_controls, paginator.to_html()
