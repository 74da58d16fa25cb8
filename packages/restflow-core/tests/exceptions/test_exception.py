"""The exception that applications raise."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy
from rest_framework import exceptions as drf

from restflow.exceptions import APIException, ErrorCode, describe


class ProductLockedException(APIException):
    code = ErrorCode.CONFLICT.value
    status_code = 409
    default_detail = "The product is locked for editing."


def told(exc: Exception) -> tuple[int, str, str, Any]:
    error = describe(exc)
    return error.status, error.code, error.message, error.details


def test_a_subclass() -> None:
    exc = ProductLockedException(details={"locked_by": 7})
    expected = (409, "conflict", "The product is locked for editing.", {"locked_by": 7})
    assert told(exc) == expected


def test_arguments_win_over_the_class() -> None:
    exc = ProductLockedException("Locked.", code="locked", details={}, status_code=423)
    assert told(exc) == (423, "locked", "Locked.", {})


def test_drf_sees_one_of_its_own() -> None:
    exc = ProductLockedException("Locked.")
    assert isinstance(exc, drf.APIException)
    assert exc.get_codes() == "conflict"
    assert exc.get_full_details() == {"message": "Locked.", "code": "conflict"}
    assert str(exc) == "Locked."
    with pytest.raises(TypeError):
        APIException("text", "code")


class OnlyCode(APIException):
    code = ErrorCode.CONFLICT


class OnlyStatus(APIException):
    status_code = 503


class DrfStyle(APIException):
    status_code = 402
    default_code = "out_of_credit"


class StatusAndItsChild(OnlyStatus):
    code = "maintenance"


class Mixed(APIException, drf.PermissionDenied):
    pass


class Nearer(OnlyCode):
    default_code = "nearer"


CONFLICT = "The request conflicts with the current state of the resource."
UNAVAILABLE = "The service is temporarily unavailable."


@pytest.mark.parametrize(
    ("exc", "expected"),
    [
        (APIException(), (500, "internal_error", "A server error occurred.", {})),
        (APIException("x"), (500, "internal_error", "x", {})),
        (APIException(code=ErrorCode.CONFLICT), (409, "conflict", CONFLICT, {})),
        (APIException(code="conflict"), (409, "conflict", CONFLICT, {})),
        (APIException(status_code=409), (409, "conflict", CONFLICT, {})),
        (APIException(status_code=402), (402, "error", "Payment Required", {})),
        (APIException(status_code=402, code="c"), (402, "c", "Payment Required", {})),
        (APIException(status_code=799), (799, "internal_error", "A server error occurred.", {})),
        (APIException(code="own"), (500, "own", "A server error occurred.", {})),
        (APIException(status_code=404, code="own"), (404, "own", "Not found.", {})),
        (OnlyCode(), (409, "conflict", CONFLICT, {})),
        (OnlyStatus(), (503, "service_unavailable", UNAVAILABLE, {})),
        (StatusAndItsChild(), (503, "maintenance", UNAVAILABLE, {})),
        (DrfStyle(), (402, "out_of_credit", "Payment Required", {})),
        (Nearer(), (500, "nearer", "A server error occurred.", {})),
        (
            Mixed(),
            (403, "permission_denied", str(drf.PermissionDenied.default_detail), {}),
        ),
    ],
)
def test_one_of_code_and_status_is_enough(exc: APIException, expected: Any) -> None:
    assert told(exc) == expected


@pytest.mark.parametrize("code", ErrorCode)
def test_every_code_has_a_message(code: ErrorCode) -> None:
    message = describe(APIException(code=code)).message
    assert message.endswith(".")
    assert "{" not in message


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        (None, {}),
        ({}, {}),
        ({"a": {"b": [1, None]}}, {"a": {"b": [1, None]}}),
        (["x", "y"], {"non_field_errors": ["x", "y"]}),
        ("x", {"non_field_errors": ["x"]}),
        ([], {"non_field_errors": []}),
    ],
)
def test_details_are_always_an_object(details: Any, expected: Any) -> None:
    assert describe(APIException(details=details)).details == expected


def test_a_detail_of_many_parts_becomes_details() -> None:
    exc = OnlyCode({"stock": "None left."})
    assert told(exc) == (409, "conflict", CONFLICT, {"stock": ["None left."]})


def test_lazy_texts_are_of_the_request_that_raised() -> None:
    class Lazy(APIException):
        default_detail = gettext_lazy("Not found.")

    with translation.override("de"):
        assert describe(Lazy()).message == describe(drf.NotFound()).message != "Not found."


@pytest.mark.parametrize("again", [copy.copy, lambda exc: pickle.loads(pickle.dumps(exc))])
def test_exceptions_travel(again: Any) -> None:
    exc = ProductLockedException("x", code="c", details={"a": 1}, status_code=423)
    assert told(again(exc)) == told(exc)


def test_a_wait_of_ones_own() -> None:
    class Busy(APIException):
        status_code = 503
        wait = 1.2

    error = describe(Busy(details={"queue": 3}))
    assert error.headers == {"Retry-After": "2"}
    assert error.details == {"queue": 3, "retry_after_seconds": 2}
