"""DRF's paginators with async twins, and a page-number one without the count."""

from .cursor import CursorPagination
from .fast import FastPageNumberPagination
from .limit_offset import LimitOffsetPagination
from .page_number import PageNumberPagination

__all__ = [
    "CursorPagination",
    "FastPageNumberPagination",
    "LimitOffsetPagination",
    "PageNumberPagination",
]
