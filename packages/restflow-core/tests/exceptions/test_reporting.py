"""What the people who run the site learn: log records, Django's signal, request ids."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import BadRequest, DisallowedHost, SuspiciousOperation
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from restflow.exceptions import is_reported, report, request_id


@pytest.fixture
def signals() -> Iterator[list[dict[str, Any]]]:
    """What each ``got_request_exception`` said, with the exception its receiver saw."""
    seen: list[dict[str, Any]] = []

    def receive(sender: Any, request: Any, **kwargs: Any) -> None:
        exception = sys.exc_info()[1]
        frames = traceback.extract_tb(exception.__traceback__) if exception else []
        seen.append(
            {
                "sender": sender,
                "request": request,
                "exception": exception,
                "functions": [frame.name for frame in frames],
            }
        )

    got_request_exception.connect(receive)
    yield seen
    got_request_exception.disconnect(receive)


def raised(exc: Exception) -> Exception:
    try:
        raise exc
    except type(exc):
        return exc


@pytest.mark.parametrize(
    ("exc", "logger", "level", "text"),
    [
        (ValueError("x"), "django.request", logging.ERROR, "Internal Server Error"),
        (BadRequest("x"), "django.request", logging.WARNING, "x"),
        (SuspiciousOperation("x"), "django.security.SuspiciousOperation", logging.ERROR, "x"),
        (DisallowedHost("x"), "django.security.DisallowedHost", logging.ERROR, "x"),
    ],
)
def test_records(exc: Exception, logger: str, level: int, text: str, rf: Any, caplog: Any) -> None:
    request = rf.get("/tea/", headers={"X-Request-ID": "abc"})
    assert is_reported(exc)
    report(raised(exc), Request(request))
    [record] = caplog.records
    assert (record.name, record.levelno) == (logger, level)
    assert record.getMessage() == f"{text}: /tea/ [request abc]"
    assert record.request is request
    assert record.request_id == "abc"
    assert record.status_code == (500 if isinstance(exc, ValueError) else 400)
    assert record.exc_info[1] is exc


@pytest.mark.parametrize("exc", [Http404(), NotFound()])
def test_foreseen_errors_are_not_reported(
    exc: Exception, rf: Any, caplog: Any, signals: list[Any]
) -> None:
    assert not is_reported(exc)
    report(exc, rf.get("/"))
    assert not caplog.records
    assert not signals


def test_log_lines_cannot_be_forged(rf: Any, caplog: Any) -> None:
    report(ValueError(), rf.get("/a%0AERROR%20b"))
    report(BadRequest("a\nERROR b"), rf.get("/"))
    assert not any("\n" in record.getMessage() for record in caplog.records)


def test_without_a_request(caplog: Any, signals: list[Any]) -> None:
    report(raised(ValueError()), None)
    assert caplog.records[0].getMessage() == "Internal Server Error: - [request -]"
    assert signals[0]["request"] is None


def test_receivers_find_the_exception_while_it_is_handled(rf: Any, signals: list[Any]) -> None:
    request = rf.get("/")
    exc = ValueError("x")
    try:
        raise exc
    except ValueError:
        report(exc, Request(request))
    here = "test_receivers_find_the_exception_while_it_is_handled"
    assert signals == [{"sender": None, "request": request, "exception": exc, "functions": [here]}]


def test_receivers_find_the_exception_afterwards(rf: Any, signals: list[Any]) -> None:
    cause, exc = KeyError("cause"), ValueError("x")
    try:
        try:
            raise cause
        except KeyError:
            raise exc  # noqa: B904
    except ValueError:
        before = traceback.format_exception(exc)
    try:
        raise TypeError("another one, being handled by now")
    except TypeError:
        report(exc, rf.get("/"))
    assert signals[0]["exception"] is exc
    assert traceback.format_exception(exc) == before


def test_only_unforeseen_errors_are_signalled(rf: Any, signals: list[Any]) -> None:
    report(raised(SuspiciousOperation()), rf.get("/"))
    report(raised(BadRequest()), rf.get("/"))
    assert not signals


@pytest.mark.parametrize("handled", [True, False])
def test_a_failing_receiver_is_logged_and_no_more(handled: bool, rf: Any, caplog: Any) -> None:
    def fail(**kwargs: Any) -> None:
        raise RuntimeError("receiver")

    got_request_exception.connect(fail)
    try:
        if handled:
            raise ValueError
        report(raised(ValueError()), rf.get("/"))
    except ValueError as exc:
        report(exc, rf.get("/"))
    finally:
        got_request_exception.disconnect(fail)
    assert [record.name for record in caplog.records] == ["django.dispatch", "django.request"]


def test_an_id_stays_with_its_request(rf: Any) -> None:
    request = rf.get("/")
    identifier = request_id(request)
    assert request_id(Request(request)) == request_id(request) == identifier
    assert request_id(rf.get("/")) != identifier
    assert len(identifier) == 32


@given(st.text() | st.from_regex(r"[A-Za-z0-9._:+/=-]{1,128}", fullmatch=True))
def test_an_id_from_outside_is_harmless(given: str) -> None:
    request = HttpRequest()
    request.META["HTTP_X_REQUEST_ID"] = given
    identifier = request_id(request)
    assert identifier.isascii()
    assert identifier.isprintable()
    assert " " not in identifier
    assert 1 <= len(identifier) <= 128
    if given.isascii() and given.replace("-", "").isalnum() and len(given) <= 128:
        assert identifier == given


@pytest.mark.parametrize("given", ["", "a b", "a\nb", "x" * 129, "ä", "a\n"])
def test_ids_that_are_replaced(given: str) -> None:
    request = HttpRequest()
    request.META["HTTP_X_REQUEST_ID"] = given
    assert len(request_id(request)) == 32
