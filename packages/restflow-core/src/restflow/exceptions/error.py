"""What a client is told about an exception: one description, two formats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http.client import responses
from math import ceil, isfinite
from typing import Any

from django.http import HttpRequest
from rest_framework import exceptions as drf
from rest_framework.request import Request
from rest_framework.settings import api_settings

from .codes import ErrorCode
from .conf import error_settings
from .conversion import converted
from .details import field_errors, plain, text
from .exception import DEFAULT_DETAILS, APIException
from .literals import read_back
from .reporting import HEADER, is_reported, request_id

__all__ = ["PROBLEM_JSON", "Error", "describe"]

PROBLEM_JSON = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Error:
    """An error as clients see it.

    Args:
        status: the HTTP status.
        code: a stable name; an ``ErrorCode`` or what the exception's class declares.
        message: one sentence for people, in the active language.
        details: errors by field, or what the exception's ``details`` held; ``{}`` if nothing.
        headers: the protocol headers of the answer: ``WWW-Authenticate``, ``Retry-After``.
    """

    status: int
    code: str
    message: str
    details: dict[str, Any]
    headers: dict[str, str]

    def envelope(self) -> dict[str, Any]:
        """Return ``{"error": {"code", "message", "details"}}``."""
        return {"error": {"code": self.code, "message": self.message, "details": self.details}}

    def problem(self) -> dict[str, Any]:
        """Return the members of an RFC 9457 problem; ``code`` and ``details`` are extensions."""
        return {
            "type": "about:blank",  # then title is the status's phrase: RFC 9457, section 4.2.1
            "title": responses.get(self.status, ""),
            "status": self.status,
            "detail": self.message,
            "code": self.code,
            "details": self.details,
        }

    def body(self) -> dict[str, Any]:
        """Return the body in the format that ``ERRORS.FORMAT`` names."""
        return self.problem() if is_problem() else self.envelope()


def is_problem() -> bool:
    """Tell whether ``ERRORS.FORMAT`` asks for ``application/problem+json``."""
    return error_settings.FORMAT == "problem+json"


def describe(exc: BaseException, request: HttpRequest | Request | None = None) -> Error:
    """Return what a client is told about *exc*. CPU only: it logs, signals and queries nothing.

    Args:
        exc: any exception. One that is neither DRF's nor one of Django's HTTP exceptions becomes
            ``internal_error``, and nothing of it is told.
        request: the request it ended; an error that :func:`report` logs then carries its id.
    """
    raised = converted(exc)
    if raised is None:
        error = Error(500, _INTERNAL.value, _default(_INTERNAL), {}, {})
    else:
        message, errors = _told(raised)
        error = Error(
            int(raised.status_code),
            text(_code(raised)),
            message,
            _details(raised, errors),
            _headers(raised),
        )
    if request is not None and is_reported(exc):
        identifier = request_id(request)
        error.details["request_id"] = identifier
        error.headers[HEADER] = identifier
    return error


_INTERNAL = ErrorCode.INTERNAL_ERROR


def _default(code: ErrorCode) -> str:
    return text(DEFAULT_DETAILS[code])


def _code(exc: drf.APIException) -> str:
    if isinstance(exc, APIException):
        return exc.code
    code: str = getattr(exc.detail, "code", None) or exc.default_code
    if isinstance(exc, drf.ValidationError) and code == drf.ValidationError.default_code:
        return ErrorCode.VALIDATION_ERROR
    if code == drf.APIException.default_code:  # nobody chose it: the status says more
        return ErrorCode.for_status(exc.status_code) or code
    return code


def _told(exc: drf.APIException) -> tuple[str, dict[str, Any]]:
    """Return the message of *exc* and the errors that its detail lists."""
    detail: Any = exc.detail
    if isinstance(exc, drf.ValidationError):
        return _default(ErrorCode.VALIDATION_ERROR), field_errors(detail)
    if isinstance(detail, str):
        detail = read_back(detail)
    if isinstance(detail, str):
        return text(detail), {}
    inner: Any = detail.get("detail") if isinstance(detail, Mapping) else None
    if isinstance(inner, str) and isinstance(message := read_back(inner), str):
        # DRF's own body of an error, which djangorestframework-simplejwt writes as a detail.
        rest = {name: value for name, value in detail.items() if name != "detail"}
        return text(message), field_errors(rest)
    return _default_message(exc), field_errors(detail or {})


def _default_message(exc: drf.APIException) -> str:
    if isinstance(exc, APIException):
        return text(exc.default_message())
    default = text(exc.default_detail)
    code = ErrorCode.for_status(exc.status_code)
    # 'Method "{method}" not allowed.' waits for what only the exception's __init__ knew.
    return _default(code) if code and "{" in default else default


def _details(exc: drf.APIException, errors: dict[str, Any]) -> dict[str, Any]:
    details: Any = errors
    if isinstance(exc, APIException) and exc.details is not None:
        details = plain(exc.details)
        if not isinstance(details, dict):
            details = details if isinstance(details, list) else [details]
            details = {api_settings.NON_FIELD_ERRORS_KEY: details}
    wait = _wait(exc)
    if wait is not None:
        details.setdefault("retry_after_seconds", wait)
    found: dict[str, Any] = details
    return found


def _headers(exc: drf.APIException) -> dict[str, str]:
    headers = {}
    challenge = getattr(exc, "auth_header", None)  # set by the view, from its first authenticator
    if challenge:
        headers["WWW-Authenticate"] = challenge
    wait = _wait(exc)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    return headers


def _wait(exc: drf.APIException) -> int | None:
    """Return the whole seconds until a retry makes sense; DRF's Throttled sets them as ``wait``."""
    wait = getattr(exc, "wait", None)
    if not isinstance(wait, (int, float)) or not isfinite(wait):
        return None
    return max(0, ceil(wait))
