"""What clients are told about an exception."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import (
    BadRequest,
    PermissionDenied,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from django.urls import Resolver404
from django.utils.translation import gettext_lazy
from rest_framework import exceptions as drf

from restflow.exceptions import Error, describe

FAILED = "Request validation failed."
DENIED = str(drf.PermissionDenied.default_detail)


class Conflict(drf.APIException):
    status_code = 409
    default_detail = "Changed meanwhile."


class OutOfStock(drf.ValidationError):
    default_code = "out_of_stock"


class TokenError(drf.AuthenticationFailed):
    """As djangorestframework-simplejwt writes its errors."""

    default_code = "token_not_valid"

    def __init__(self) -> None:
        super().__init__(
            {
                "detail": "Token is expired",
                "messages": [{"token_class": "AccessToken", "message": "Expired"}],
            }
        )


class Mutated(drf.NotFound):
    def __init__(self) -> None:
        super().__init__()
        self.detail = "plain text"  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (drf.NotFound(), (404, "not_found", "Not found.", {})),
        (drf.NotFound("No tea."), (404, "not_found", "No tea.", {})),
        (drf.NotFound("No tea.", code="tea"), (404, "tea", "No tea.", {})),
        (
            drf.PermissionDenied(["a", "b"]),
            (403, "permission_denied", DENIED, {"non_field_errors": ["a", "b"]}),
        ),
        (drf.ValidationError("x"), (400, "validation_error", FAILED, {"non_field_errors": ["x"]})),
        (
            drf.ValidationError({"detail": "x"}),
            (400, "validation_error", FAILED, {"detail": ["x"]}),
        ),
        (
            drf.ValidationError("x", code="c"),
            (400, "validation_error", FAILED, {"non_field_errors": ["x"]}),
        ),
        (OutOfStock("x"), (400, "out_of_stock", FAILED, {"non_field_errors": ["x"]})),
        (Conflict(), (409, "conflict", "Changed meanwhile.", {})),
        (
            TokenError(),
            (
                401,
                "token_not_valid",
                "Token is expired",
                {"messages": {"0": {"token_class": ["AccessToken"], "message": ["Expired"]}}},
            ),
        ),
        (Mutated(), (404, "not_found", "plain text", {})),
        (
            drf.NotFound(drf.ValidationError("x")),
            (404, "not_found", "Not found.", {"non_field_errors": ["x"]}),
        ),
        (
            drf.NotFound({"detail": drf.ValidationError("x")}),
            (404, "not_found", "Not found.", {"detail": ["x"]}),
        ),
        (drf.NotFound(object()), (404, "not_found", "Not found.", {})),
        (drf.MethodNotAllowed("GET"), (405, "method_not_allowed", 'Method "GET" not allowed.', {})),
        (
            drf.MethodNotAllowed("GET", {"a": "b"}),
            (405, "method_not_allowed", "This method is not allowed here.", {"a": ["b"]}),
        ),
        (Http404(), (404, "not_found", "Not found.", {})),
        (Http404("No tea."), (404, "not_found", "No tea.", {})),
        (Http404(gettext_lazy("No tea.")), (404, "not_found", "No tea.", {})),
        (Http404({"secret": 1}), (404, "not_found", "Not found.", {})),
        (Resolver404({"path": "x", "tried": []}), (404, "not_found", "Not found.", {})),
        (PermissionDenied(), (403, "permission_denied", DENIED, {})),
        (PermissionDenied("Members only."), (403, "permission_denied", "Members only.", {})),
        (
            DjangoValidationError("Not %(n)s.", params={"n": 5}),
            (400, "validation_error", FAILED, {"non_field_errors": ["Not 5."]}),
        ),
        (
            DjangoValidationError({"__all__": ["a"], "b": ["c"]}),
            (400, "validation_error", FAILED, {"non_field_errors": ["a"], "b": ["c"]}),
        ),
        (SuspiciousOperation("secret"), (400, "parse_error", "Malformed request.", {})),
        (BadRequest("secret"), (400, "parse_error", "Malformed request.", {})),
        (ValueError("secret"), (500, "internal_error", "A server error occurred.", {})),
        (KeyboardInterrupt(), (500, "internal_error", "A server error occurred.", {})),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_describe(exc: BaseException, expected: Any) -> None:
    error = describe(exc)
    assert (error.status, error.code, error.message, error.details) == expected
    assert type(error.code) is str
    assert type(error.message) is str


def test_full_details_of_django(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"DETAILS": "full"}}
    error = describe(DjangoValidationError({"age": [DjangoValidationError("Old.", code="old")]}))
    assert error.details == {"age": [{"message": "Old.", "code": "old"}]}


@pytest.mark.parametrize(
    ("wait", "seconds"),
    [(0, 0), (1, 1), (1.01, 2), (None, None), (-3, 0), (3600.0, 3600)],
)
def test_waits(wait: Any, seconds: int | None) -> None:
    error = describe(drf.Throttled(wait))
    if seconds is None:
        assert (error.details, error.headers) == ({}, {})
    else:
        assert error.details == {"retry_after_seconds": seconds}
        assert error.headers == {"Retry-After": str(seconds)}


@pytest.mark.parametrize("wait", [float("inf"), float("nan"), "soon", lambda self: 1])
def test_waits_that_are_none(wait: Any) -> None:
    exc = type("Odd", (drf.APIException,), {"wait": wait})()
    assert describe(exc).headers == {}


def test_challenge() -> None:
    exc = drf.NotAuthenticated()
    exc.auth_header = 'Basic realm="api"'  # type: ignore[attr-defined]
    assert describe(exc).headers == {"WWW-Authenticate": 'Basic realm="api"'}


ERROR = Error(404, "tea", "No tea.", {"a": ["b"]}, {})


def test_envelope() -> None:
    expected = {"error": {"code": "tea", "message": "No tea.", "details": {"a": ["b"]}}}
    assert ERROR.envelope() == expected
    assert ERROR.body() == expected


def test_problem(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"FORMAT": "problem+json"}}
    expected = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No tea.",
        "code": "tea",
        "details": {"a": ["b"]},
    }
    assert ERROR.problem() == expected
    assert ERROR.body() == expected
    assert Error(799, "x", "x", {}, {}).problem()["title"] == ""


def test_only_what_is_logged_has_an_id(rf: Any) -> None:
    request = rf.get("/", headers={"X-Request-ID": "abc-1"})
    for exc in (ValueError(), SuspiciousOperation(), BadRequest()):
        error = describe(exc, request)
        assert error.details == {"request_id": "abc-1"}
        assert error.headers == {"X-Request-ID": "abc-1"}
    assert describe(drf.NotFound(), request).details == {}
