"""Telling the people who run the site: log records, Django's signal, and the id that joins them."""

from __future__ import annotations

import logging
import re
import sys
from uuid import uuid4

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import HttpRequest
from rest_framework.request import Request

from .conversion import is_foreseen

__all__ = ["HEADER", "django_request", "is_reported", "log", "report", "request_id"]

#: The header in which a proxy hands us the id of a request, and in which clients get it back.
HEADER = "X-Request-ID"
ID = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")
ATTRIBUTE = "restflow_request_id"


def django_request(request: HttpRequest | Request) -> HttpRequest:
    """Return the request that Django made, which DRF's wraps."""
    return request._request if isinstance(request, Request) else request


def request_id(request: HttpRequest | Request) -> str:
    """Return the id of *request*, the same each time.

    It is the ``X-Request-ID`` that came with it, if that is 1 to 128 characters of
    ``A-Z a-z 0-9 . _ : + / = -``, and random otherwise.
    """
    request = django_request(request)
    known: str | None = getattr(request, ATTRIBUTE, None)
    if known is None:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        known = given if ID.fullmatch(given) else uuid4().hex
        setattr(request, ATTRIBUTE, known)
    return known


def is_reported(exc: BaseException) -> bool:
    """Tell whether :func:`report` has something to do for *exc*: what Django itself would log."""
    return isinstance(exc, (BadRequest, SuspiciousOperation)) or not is_foreseen(exc)


def report(exc: BaseException, request: HttpRequest | Request | None) -> None:
    """Log *exc* as Django would have, and send ``got_request_exception`` if nobody foresaw it.

    Blocks: log handlers and receivers may send mail. Receivers find the exception in
    ``sys.exc_info()``; one that fails is logged and does not change the answer.

    Args:
        exc: the exception that ended the request. One with an answer of its own is not logged.
        request: the request, or None if there was none.
    """
    if not is_reported(exc):
        return
    if request is not None:
        request = django_request(request)
    if isinstance(exc, SuspiciousOperation):
        logger = logging.getLogger(f"django.security.{type(exc).__name__}")
        log(exc, request, 400, str(exc), logger=logger, level=logging.ERROR)
    elif isinstance(exc, BadRequest):
        log(exc, request, 400, str(exc), level=logging.WARNING)
    else:
        _send_signal(exc, request)
        log(exc, request, 500, "Internal Server Error")


def log(
    exc: BaseException | None,
    request: HttpRequest | None,
    status: int,
    message: str,
    *,
    logger: logging.Logger | None = None,
    level: int = logging.ERROR,
) -> None:
    """Write the log record of a failed request: its path and id in the text, the id as an extra."""
    identifier = request_id(request) if request is not None else "-"
    (logger or logging.getLogger("django.request")).log(
        level,
        "%s: %s [request %s]",
        _one_line(message),
        _one_line(request.path if request is not None else "-"),
        identifier,
        exc_info=exc,
        extra={"status_code": status, "request": request, "request_id": identifier},
    )


def _one_line(text: str) -> str:
    # A path may hold an encoded line break, which would forge a second record.
    return text.encode("unicode_escape").decode("ascii")


def _send_signal(exc: BaseException, request: HttpRequest | None) -> None:
    if sys.exc_info()[1] is exc:
        got_request_exception.send_robust(sender=None, request=request)
        return
    # A decision that is driven step by step is not inside its ``except`` block at this moment.
    context, traceback = exc.__context__, exc.__traceback__
    try:
        raise exc
    except BaseException:
        got_request_exception.send_robust(sender=None, request=request)
    finally:
        exc.__context__, exc.__traceback__ = context, traceback
