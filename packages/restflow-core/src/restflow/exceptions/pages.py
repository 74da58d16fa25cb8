"""Django's error handlers: errors outside of DRF's views, such as URLs that match none.

Name them in the root URLconf::

    handler404 = "restflow.exceptions.handler404"
    handler500 = "restflow.exceptions.handler500"

Django calls them for the whole site. A client that prefers HTML to JSON, a browser, gets the page
that Django would have sent (the project's ``404.html`` and so on); all others get the envelope.
"""

from __future__ import annotations

import sys

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views import defaults
from rest_framework.renderers import JSONRenderer

from .error import PROBLEM_JSON, Error, describe, is_problem
from .reporting import log

__all__ = ["handler400", "handler403", "handler404", "handler500"]

JSON = "application/json"
HTML = "text/html"


def handler400(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that Django could not make sense of."""
    exception = exception or BadRequest()
    if _wants_html(request):
        return _negotiated(defaults.bad_request(request, exception))
    return _page(describe(exception))


def handler403(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request that a view or middleware outside of DRF refused."""
    exception = exception or PermissionDenied()
    if _wants_html(request):
        return _negotiated(defaults.permission_denied(request, exception))
    return _page(describe(exception))


def handler404(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer a request whose URL matches no view, or whose view raised ``Http404``."""
    exception = exception or Http404()
    if _wants_html(request):
        return _negotiated(defaults.page_not_found(request, exception))
    return _page(describe(exception))


def handler500(request: HttpRequest) -> HttpResponse:
    """Answer a request that failed, and log it with the id that the answer bears."""
    # Django sent its signal already; its own log record would lack the id.
    log(sys.exc_info()[1], request, 500, "Internal Server Error")
    # Whatever it was, Django calls it uncaught: a fresh exception has nothing to give away.
    error = describe(Exception(), request)
    if _wants_html(request):
        response = _negotiated(defaults.server_error(request))
        for name, value in error.headers.items():
            response[name] = value
    else:
        response = _page(error)
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _wants_html(request: HttpRequest) -> bool:
    return request.get_preferred_type([JSON, PROBLEM_JSON, HTML]) == HTML


def _page(error: Error) -> HttpResponse:
    return _negotiated(
        HttpResponse(
            JSONRenderer().render(error.body()),
            status=error.status,
            headers=error.headers,
            content_type=PROBLEM_JSON if is_problem() else JSON,
        )
    )


def _negotiated(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ["Accept"])
    return response
