"""Django's exceptions as the DRF exceptions that say the same."""

from __future__ import annotations

from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    RequestAborted,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.functional import Promise
from rest_framework import exceptions as drf
from rest_framework.fields import get_error_detail

__all__ = ["converted", "is_foreseen"]

#: Django answers these with 400 and hides their text, which is meant for the log. The last two
#: mean that the client went away while it was sending; nobody is left to read the answer.
MALFORMED = (
    BadRequest,
    MultiPartParserError,
    SuspiciousOperation,
    RequestAborted,
    UnreadablePostError,
)

FORESEEN = (drf.APIException, Http404, PermissionDenied, DjangoValidationError, *MALFORMED)


def is_foreseen(exc: BaseException) -> bool:
    """Tell whether *exc* stands for an HTTP status, raised to end the request with it."""
    return isinstance(exc, FORESEEN)


def converted(exc: BaseException) -> drf.APIException | None:
    """Return *exc* as a DRF exception, None if it is an error that nobody foresaw.

    The statuses are Django's: what its handler answers with 400, 403 or 404 stays that. Its
    ValidationError, a 500 in plain DRF, becomes the 400 of DRF's.
    """
    if isinstance(exc, drf.APIException):
        return exc
    if isinstance(exc, Http404):
        return drf.NotFound(_text(exc))
    if isinstance(exc, PermissionDenied):
        return drf.PermissionDenied(_text(exc))
    if isinstance(exc, DjangoValidationError):
        return drf.ValidationError(get_error_detail(exc))
    if isinstance(exc, MALFORMED):
        return drf.ParseError()
    return None


def _text(exc: Exception) -> str | None:
    # The URL resolver's Http404 carries a dict of every route it tried: nothing for a client.
    message = exc.args[0] if exc.args else None
    return str(message) if isinstance(message, (str, Promise)) and message else None
