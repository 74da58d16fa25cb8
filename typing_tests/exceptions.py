"""Errors of an application's own, as a project declares and raises them."""

from __future__ import annotations

from restflow.exceptions import APIException, ErrorCode


class ProductLocked(APIException):
    code = ErrorCode.CONFLICT.value
    status_code = 409
    default_detail = "The product is locked for editing."


def lock(user_id: int) -> None:
    raise ProductLocked(details={"locked_by": user_id})


def every_argument() -> APIException:
    return APIException("Gone.", code="gone", details=["a", "b"], status_code=410)


def rejected() -> None:
    APIException(status_code="409")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    APIException(state=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def code_of(error: ErrorCode) -> str:
    code: str = error.value
    return code
