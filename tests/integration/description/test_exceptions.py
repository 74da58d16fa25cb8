"""Every code and example of the error envelope, asked of a view through DRF's own dispatch."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions as drf
from rest_framework.authentication import BasicAuthentication
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from restflow.exceptions import APIException, ErrorCode, exception_handler


class Fragile(APIView):
    """Answers POST with its JSON, unless the test gives it something to raise."""

    authentication_classes = [BasicAuthentication]
    parser_classes = [JSONParser]
    renderer_classes = [JSONRenderer]
    error: Exception | None = None

    def get_exception_handler(self) -> Any:
        return exception_handler

    def post(self, request: Any) -> Response:
        if self.error is not None:
            raise self.error
        return Response(request.data)


def ask(
    error: Exception | None = None,
    *,
    method: str = "POST",
    body: str = "{}",
    content_type: str = "application/json",
    **headers: str,
) -> tuple[int, Any]:
    """The status of one request and the error in its answer."""
    request = APIRequestFactory().generic(method, "/", body, content_type, headers=headers)
    response = Fragile.as_view(error=error)(request)
    assert set(response.data) == {"error"}
    assert set(response.data["error"]) == {"code", "message", "details"}
    return response.status_code, response.data["error"]


@pytest.mark.describes("the envelope of a validation error")
def test_the_envelope() -> None:
    status, error = ask(drf.ValidationError({"email": ["Enter a valid email."]}))
    assert status == 400
    assert error == {
        "code": "validation_error",
        "message": "Request validation failed.",
        "details": {"email": ["Enter a valid email."]},
    }


@pytest.mark.describes(
    "code: not_authenticated",
    "code: authentication_failed",
    "code: permission_denied",
    "code: validation_error",
    "code: parse_error",
    "code: not_found",
    "code: method_not_allowed",
    "code: unsupported_media_type",
    "code: not_acceptable",
    "code: throttled",
    "code: conflict",
    "code: internal_error",
    "code: service_unavailable",
)
@pytest.mark.parametrize(
    ("code", "status", "request_"),
    [
        ("not_authenticated", 401, {"error": drf.NotAuthenticated()}),
        ("authentication_failed", 401, {"authorization": "Basic !"}),
        ("permission_denied", 403, {"error": PermissionDenied()}),
        ("validation_error", 400, {"error": drf.ValidationError("No.")}),
        ("parse_error", 400, {"body": "{"}),
        ("not_found", 404, {"error": Http404()}),
        ("method_not_allowed", 405, {"method": "DELETE"}),
        ("unsupported_media_type", 415, {"content_type": "text/csv"}),
        ("not_acceptable", 406, {"accept": "text/csv"}),
        ("throttled", 429, {"error": drf.Throttled(wait=3)}),
        ("conflict", 409, {"error": APIException(code="conflict", status_code=409)}),
        ("internal_error", 500, {"error": ZeroDivisionError("private")}),
        ("service_unavailable", 503, {"error": APIException(status_code=503)}),
    ],
)
def test_code(code: str, status: int, request_: dict[str, Any]) -> None:
    answered, error = ask(**request_)
    assert (answered, error["code"]) == (status, code)
    assert ErrorCode(code).status_code == status
    assert "private" not in str(error)


class ProductLockedException(APIException):
    code = ErrorCode.CONFLICT.value
    status_code = 409
    default_detail = "The product is locked for editing."


@pytest.mark.describes("ProductLockedException: an application's own error with details")
def test_an_error_of_ones_own() -> None:
    status, error = ask(ProductLockedException(details={"locked_by": 7}))
    assert status == 409
    assert error == {
        "code": "conflict",
        "message": "The product is locked for editing.",
        "details": {"locked_by": 7},
    }
