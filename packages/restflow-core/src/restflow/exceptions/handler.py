"""DRF's exception handler: an answer for every error, the protocol and the transaction kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import connections
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict

from restflow.core.steps import Steps, arun, blocking, on_loop, run

from .conversion import is_foreseen
from .error import PROBLEM_JSON, Error, describe, is_problem
from .reporting import django_request, is_reported, report

__all__ = ["aexception_handler", "exception_handler", "set_rollback"]


def _exception_handler(exc: Exception, context: Mapping[str, Any] | None) -> Steps[Response | None]:
    """Answer *exc*. The one step is the report: log handlers and signal receivers may block."""
    request = (context or {}).get("request")
    if not is_foreseen(exc) and (settings.DEBUG or settings.DEBUG_PROPAGATE_EXCEPTIONS):
        return None
    reported = is_reported(exc)
    if reported:
        # Before the rollback is marked: after it, a receiver could not query any more.
        yield blocking(report, exc, request)
    if isinstance(exc, (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)) and request:
        # Reading POST again, as a renderer or a middleware may, would raise again.
        django_request(request)._mark_post_parse_error()  # type: ignore[attr-defined]
    set_rollback()
    response = _response(describe(exc, request), getattr(exc, "detail", None))
    if reported:
        response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def exception_handler(exc: Exception, context: Mapping[str, Any] | None) -> Response | None:
    """Return the error response for *exc*, DRF's way: the value of ``EXCEPTION_HANDLER``.

    None, on which the view raises *exc* again for Django to answer, comes back for errors that
    nobody foresaw under ``DEBUG`` (Django's debug page) or ``DEBUG_PROPAGATE_EXCEPTIONS``. It also
    does when this function is called on an event loop for an error that has to be reported: that
    may block, and Django reports in a thread. There, await :func:`aexception_handler`.

    Args:
        exc: what the view raised.
        context: DRF's ``view``, ``args``, ``kwargs`` and ``request``; its request may be None.
    """
    if is_reported(exc) and on_loop():
        return None
    return run(_exception_handler(exc, context))


async def aexception_handler(exc: Exception, context: Mapping[str, Any] | None) -> Response | None:
    """Return the error response for *exc* as :func:`exception_handler` does, from a coroutine.

    It enters a worker thread for nothing but :func:`~restflow.exceptions.report`.
    """
    return await arun(_exception_handler(exc, context))


# Async views enter the decision instead of calling the handler in a thread.
exception_handler.__steps__ = _exception_handler  # type: ignore[attr-defined]


def set_rollback() -> None:
    """Mark the transactions that ``ATOMIC_REQUESTS`` opened for this request to be rolled back.

    Sets flags and queries nothing. It sees the connections of the thread it is called in, so it is
    of use inside the hop that holds the transaction, and does nothing on an event loop. The
    transaction that a ``TestCase`` wraps around a whole test does not count.
    """
    for connection in connections.all(initialized_only=True):
        blocks: list[Any] = connection.atomic_blocks
        if connection.settings_dict["ATOMIC_REQUESTS"] and not all(
            block._from_testcase for block in blocks
        ):
            connection.set_rollback(True)


class ProblemResponse(Response):
    """A response that calls its JSON ``application/problem+json``, and its HTML still HTML."""

    @property
    def rendered_content(self) -> Any:
        if self.accepted_renderer.format == "json":
            self.content_type = PROBLEM_JSON
        return super().rendered_content


def _response(error: Error, detail: Any) -> Response:
    body = error.body()
    serializer = getattr(detail, "serializer", None)
    if serializer is not None:  # the browsable API renders its form again, with the input
        body = ReturnDict(body, serializer=serializer)
    response_class = ProblemResponse if is_problem() else Response
    return response_class(body, status=error.status, headers=error.headers)
