"""The stable list of codes."""

from __future__ import annotations

import pytest
from rest_framework import exceptions as drf

from restflow.exceptions import ErrorCode


def test_the_list() -> None:
    assert [code.value for code in ErrorCode] == [
        "not_authenticated",
        "authentication_failed",
        "permission_denied",
        "validation_error",
        "parse_error",
        "not_found",
        "method_not_allowed",
        "unsupported_media_type",
        "not_acceptable",
        "throttled",
        "conflict",
        "internal_error",
        "service_unavailable",
    ]


def test_codes_are_strings() -> None:
    assert ErrorCode.CONFLICT == "conflict"
    assert f"{ErrorCode.CONFLICT}" == "conflict"


@pytest.mark.parametrize("cls", drf.APIException.__subclasses__(), ids=lambda cls: cls.__name__)
def test_statuses_are_those_of_drf(cls: type[drf.APIException]) -> None:
    if not cls.__module__.startswith("rest_framework."):
        return
    code = {"invalid": "validation_error"}.get(cls.default_code, cls.default_code)
    assert ErrorCode(code).status_code == cls.status_code


@pytest.mark.parametrize("code", ErrorCode)
def test_a_status_names_a_code_of_that_status(code: ErrorCode) -> None:
    found = ErrorCode.for_status(code.status_code)
    assert found is not None
    assert found.status_code == code.status_code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (402, None),
        (418, None),
        (422, "validation_error"),
        (410, "not_found"),
        (502, "service_unavailable"),
        (501, "internal_error"),
        (599, "internal_error"),
    ],
)
def test_other_statuses(status: int, code: str | None) -> None:
    assert ErrorCode.for_status(status) == code
