"""The exception that applications raise and subclass."""

from __future__ import annotations

from enum import Enum
from http.client import responses
from typing import Any

from rest_framework import exceptions as drf

from .codes import ErrorCode
from .messages import gettext_lazy as _

__all__ = ["APIException"]

DEFAULT_STATUS = 500
CODES = frozenset(ErrorCode)

#: What to say when nobody said anything: DRF's own sentence where DRF has one (and translates it).
DEFAULT_DETAILS = {
    ErrorCode.NOT_AUTHENTICATED: drf.NotAuthenticated.default_detail,
    ErrorCode.AUTHENTICATION_FAILED: drf.AuthenticationFailed.default_detail,
    ErrorCode.PERMISSION_DENIED: drf.PermissionDenied.default_detail,
    ErrorCode.VALIDATION_ERROR: _("Request validation failed."),
    ErrorCode.PARSE_ERROR: drf.ParseError.default_detail,
    ErrorCode.NOT_FOUND: drf.NotFound.default_detail,
    ErrorCode.METHOD_NOT_ALLOWED: _("This method is not allowed here."),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: _("The media type of the request is not supported."),
    ErrorCode.NOT_ACCEPTABLE: drf.NotAcceptable.default_detail,
    ErrorCode.THROTTLED: drf.Throttled.default_detail,
    ErrorCode.CONFLICT: _("The request conflicts with the current state of the resource."),
    ErrorCode.INTERNAL_ERROR: drf.APIException.default_detail,
    ErrorCode.SERVICE_UNAVAILABLE: _("The service is temporarily unavailable."),
}


class APIException(drf.APIException):
    """An error of the application, with a code for programs and data about this one occurrence::

        class ProductLocked(APIException):
            code = ErrorCode.CONFLICT.value
            default_detail = "The product is locked for editing."

        raise ProductLocked(details={"locked_by": user.id})

    Subclasses may set ``code``, ``status_code`` and ``default_detail``; DRF's ``default_code``
    works for ``code``. Of code and status, one is enough for those that ``ErrorCode`` knows.

    Args:
        detail: the message, text or lazy text; without it ``default_detail``.
        code: the envelope's code, an ``ErrorCode`` or any other stable string.
        details: the envelope's details: a dict of what the renderer can write.
        status_code: the HTTP status.
    """

    code: str
    details: Any

    def __init__(
        self,
        detail: Any = None,
        *,
        code: str | None = None,
        details: Any = None,
        status_code: int | None = None,
    ) -> None:
        if code is None:
            code = self._declared("code", "default_code")
        if status_code is None:
            status_code = self._declared("status_code")
        if isinstance(code, Enum):
            code = str(code.value)
        if status_code is None:
            status_code = ErrorCode(code).status_code if code in CODES else DEFAULT_STATUS
        if code is None:
            code = ErrorCode.for_status(status_code) or self.default_code
        self.code = str(code)
        self.status_code = int(status_code)
        self.details = details
        super().__init__(self.default_message() if detail is None else detail, self.code)

    def default_message(self) -> str:
        """Return what the error says when it was raised without a detail."""
        declared = self._declared("default_detail")
        if declared is not None:
            return str(declared)
        if self.code in CODES:
            return str(DEFAULT_DETAILS[ErrorCode(self.code)])
        known = ErrorCode.for_status(self.status_code)
        return str(DEFAULT_DETAILS[known]) if known else responses.get(self.status_code, "")

    @classmethod
    def _declared(cls, *names: str) -> Any:
        """Return what the nearest class below DRF's base sets one of *names* to, None if none."""
        for base in cls.__mro__:
            if base is drf.APIException:
                return None
            for name in names:
                if vars(base).get(name) is not None:
                    return vars(base)[name]
        return None
