"""Errors outside of DRF's views: Django's four handlers."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from rest_framework.exceptions import NotFound

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def fail(request: Any, name: str) -> HttpResponse:
    raise {
        "http404": Http404("No tea."),
        "denied": PermissionDenied("Members only."),
        "bad": BadRequest("secret"),
        "suspicious": SuspiciousOperation("secret"),
        "value": ValueError("secret"),
        "drf": NotFound("secret"),
    }[name]


async def afail(request: Any, name: str) -> HttpResponse:
    return fail(request, name)


class Site:
    urlpatterns = [path("sync/<name>/", fail), path("async/<name>/", afail)]
    handler400 = "restflow.exceptions.handler400"
    handler403 = "restflow.exceptions.handler403"
    handler404 = "restflow.exceptions.handler404"
    handler500 = "restflow.exceptions.handler500"


@pytest.fixture(params=["wsgi", "asgi"])
def get(request: pytest.FixtureRequest, settings: Any) -> Any:
    settings.ROOT_URLCONF = Site
    if request.param == "wsgi":
        return Client(raise_request_exception=False).get
    return async_to_sync(AsyncClient(raise_request_exception=False).get)


def error_of(response: Any) -> Any:
    return json.loads(response.content)["error"]


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "image/png", "garbage"])
def test_a_url_that_matches_no_view(get: Any, accept: str | None) -> None:
    response = get("/no/such/page", headers={"Accept": accept} if accept else {})
    assert response.status_code == 404
    assert response["Content-Type"] == "application/json"
    assert response["Vary"] == "Accept"
    assert json.loads(response.content) == {
        "error": {"code": "not_found", "message": "Not found.", "details": {}}
    }


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize(
    ("name", "status", "code", "message"),
    [
        ("http404", 404, "not_found", "No tea."),
        ("denied", 403, "permission_denied", "Members only."),
        ("bad", 400, "parse_error", "Malformed request."),
        ("suspicious", 400, "parse_error", "Malformed request."),
        ("value", 500, "internal_error", "A server error occurred."),
        ("drf", 500, "internal_error", "A server error occurred."),
    ],
)
def test_views_outside_of_drf(
    get: Any, colour: str, name: str, status: int, code: str, message: str
) -> None:
    response = get(f"/{colour}/{name}/")
    assert response.status_code == status
    assert error_of(response)["code"] == code
    assert error_of(response)["message"] == message
    assert b"secret" not in response.content


@pytest.mark.parametrize(
    ("url", "status"),
    [("/no", 404), ("/sync/denied/", 403), ("/sync/bad/", 400), ("/sync/value/", 500)],
)
def test_browsers_get_djangos_pages(get: Any, url: str, status: int) -> None:
    response = get(url, headers={"Accept": BROWSER})
    assert response.status_code == status
    assert response["Content-Type"].startswith("text/html")
    assert b"<h1>" in response.content
    assert response["Vary"] == "Accept"
    assert ("X-Request-ID" in response) is (status == 500)


def test_the_id_of_a_500_is_in_the_log(get: Any, caplog: Any) -> None:
    response = get("/sync/value/")
    identifier = response["X-Request-ID"]
    assert error_of(response)["details"] == {"request_id": identifier}
    [record] = caplog.records
    assert identifier in record.getMessage()
    assert record.request_id == identifier
    assert record.exc_info[1].args == ("secret",)


def test_problem_json(get: Any, settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"FORMAT": "problem+json"}}
    response = get("/no", headers={"Accept": "application/problem+json"})
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == 404


def test_debug_shows_djangos_pages(get: Any, settings: Any) -> None:
    settings.DEBUG = True
    assert b"urlpatterns" in get("/no").content or b"URLconf" in get("/no").content
    assert b"secret" in get("/sync/value/", headers={"Accept": "text/html"}).content


def test_handlers_without_an_exception(rf: Any) -> None:
    """As a view of the project may call them."""
    from restflow.exceptions import handler400, handler403, handler404, handler500

    assert sys.exc_info()[1] is None
    for handler, status in ((handler400, 400), (handler403, 403), (handler404, 404)):
        response = handler(rf.get("/"))
        assert response.status_code == status
    assert handler500(rf.get("/")).status_code == 500


def test_django_accepts_the_handlers(settings: Any) -> None:
    from django.core.checks.urls import check_custom_error_handlers

    settings.ROOT_URLCONF = Site
    assert check_custom_error_handlers(None) == []
