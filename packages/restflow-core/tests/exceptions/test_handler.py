"""The exception handler in DRF's views, and in coroutines."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from typing import Any

import pytest
from django.core.exceptions import (
    BadRequest,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.core.signals import got_request_exception
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, transaction
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework import serializers
from rest_framework.exceptions import NotFound, Throttled, ValidationError
from rest_framework.generics import CreateAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from restflow.exceptions import (
    APIException,
    aexception_handler,
    exception_handler,
    set_rollback,
)
from restflow_testing.models import Category


def error_of(response: Any) -> Any:
    return json.loads(response.content)["error"]


# What a client gets


def test_the_envelope(answer: Any, db: None) -> None:
    response = answer(ValidationError({"email": ["Enter a valid email."]}))
    assert response.status_code == 400
    assert json.loads(response.content) == {
        "error": {
            "code": "validation_error",
            "message": "Request validation failed.",
            "details": {"email": ["Enter a valid email."]},
        }
    }


def test_a_setting_is_enough(db: None, settings: Any) -> None:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "restflow.exceptions.exception_handler"}
    response = APIView.as_view()(APIRequestFactory().get("/"))
    response.render()
    assert error_of(response)["code"] == "method_not_allowed"
    assert response["Allow"] == "OPTIONS"


def test_throttled(answer: Any, db: None) -> None:
    response = answer(Throttled(wait=29.2))
    assert response["Retry-After"] == "30"
    assert error_of(response)["details"] == {"retry_after_seconds": 30}


def test_an_unhandled_error(answer: Any, db: None, caplog: Any) -> None:
    response = answer(ValueError("password=secret"), headers={"X-Request-ID": "from-the-proxy"})
    assert response.status_code == 500
    assert response["X-Request-ID"] == "from-the-proxy"
    assert error_of(response) == {
        "code": "internal_error",
        "message": "A server error occurred.",
        "details": {"request_id": "from-the-proxy"},
    }
    [record] = caplog.records  # one: Django does not log the response again
    assert "from-the-proxy" in record.getMessage()
    assert record.exc_info[1].args == ("password=secret",)


def test_a_chained_cause_stays_inside(answer: Any, db: None) -> None:
    def fail(request: Any) -> None:
        try:
            raise KeyError("secret")
        except KeyError as error:
            raise APIException(status_code=503) from error

    assert b"secret" not in answer(fail).content


def test_problem_json(answer: Any, db: None, settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"FORMAT": "problem+json"}}
    response = answer(NotFound("No tea."))
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "No tea.",
        "code": "not_found",
        "details": {},
    }


def test_problems_in_html_are_called_html(answer: Any, db: None, settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"FORMAT": "problem+json"}}
    view = {"renderer_classes": (JSONRenderer, BrowsableAPIRenderer)}
    response = answer(NotFound(), view=view, headers={"Accept": "text/html"})
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert b"about:blank" in response.content


def test_negotiation_that_failed_gets_the_first_renderer(
    answer: Any, db: None, settings: Any
) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"FORMAT": "problem+json"}}
    response = answer(None, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert response["Content-Type"] == "application/problem+json"


class Named(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=3)


class Create(CreateAPIView[Any]):
    serializer_class = Named
    renderer_classes = (JSONRenderer, BrowsableAPIRenderer)
    parser_classes = (MultiPartParser,)
    authentication_classes = ()
    permission_classes = ()

    def get_exception_handler(self) -> Any:
        return exception_handler


def test_the_browsable_api_keeps_the_form(db: None, settings: Any) -> None:
    class Site:
        urlpatterns = [path("", Create.as_view())]

    settings.ROOT_URLCONF = Site
    response: Any = Client().post("/", {"name": "much too long"}, headers={"Accept": "text/html"})
    page = response.content.decode()
    assert response.status_code == 400
    assert 'value="much too long"' in page
    assert "Ensure this field has no more than 3 characters." in page


def test_messages_in_the_language_of_the_request(answer: Any, db: None, settings: Any) -> None:
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]
    response = answer(ValidationError({"a": "b"}), headers={"Accept-Language": "de-AT, en"})
    assert error_of(response)["message"] == "Die Prüfung der Anfrage ist fehlgeschlagen."
    assert error_of(response)["code"] == "validation_error"
    response = answer(lambda request: 1 / 0, headers={"Accept-Language": "fr"})
    assert error_of(response)["message"] not in ("", "A server error occurred.")


# What Django does with the rest


def test_debug_shows_djangos_page(answer: Any, db: None, settings: Any) -> None:
    settings.DEBUG = True
    response = answer(ValueError("seen"), headers={"Accept": "text/html"})
    assert response.status_code == 500
    assert b"seen" in response.content
    assert error_of(answer(NotFound("No tea.")))["message"] == "No tea."


def test_debug_propagate_exceptions(answer: Any, db: None, settings: Any) -> None:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    with pytest.raises(ZeroDivisionError):
        answer(lambda request: 1 / 0)
    assert answer(BadRequest()).status_code == 400


def test_djangos_test_client_raises_as_ever(db: None, settings: Any) -> None:
    class Fail(Create):
        def post(self, request: Any) -> Any:
            raise ZeroDivisionError

    class Site:
        urlpatterns = [path("", Fail.as_view())]

    settings.ROOT_URLCONF = Site
    with pytest.raises(ZeroDivisionError):
        Client().post("/")


@pytest.mark.parametrize("exc", [RequestDataTooBig(), TooManyFieldsSent()])
def test_a_body_that_was_refused_is_not_read_again(
    exc: Exception, answer: Any, db: None, settings: Any
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    posts: list[Any] = []

    def read(request: Any) -> None:
        posts.append(request._request)
        raise exc

    response = answer(read, method="post", data={"a": 1, "b": 2})
    assert response.status_code == 400
    assert dict(posts[0].POST) == {}


# Transactions


@pytest.mark.parametrize("asgi", [False, True], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("error", [NotFound(), ValueError(), Http404(), SuspiciousOperation()])
def test_rollback(
    error: Exception, asgi: bool, answer: Any, transactional_db: None, atomic_requests: None
) -> None:
    """Without a transaction of the test's around it, unlike everywhere else."""
    answer(error, asgi=asgi)
    assert not Category.objects.exists()
    answer(None, asgi=asgi)
    assert Category.objects.exists()


def test_without_atomic_requests_nothing_is_rolled_back(answer: Any, db: None) -> None:
    answer(ValueError())
    assert Category.objects.exists()


def test_a_broken_transaction(answer: Any, db: None, atomic_requests: None) -> None:
    def collide(request: Any) -> None:
        Category.objects.create(name="again", slug=Category.objects.get().slug)

    response = answer(collide)
    assert response.status_code == 500
    assert error_of(response)["code"] == "internal_error"
    assert not Category.objects.exists()


def test_receivers_may_still_query(answer: Any, db: None, atomic_requests: None) -> None:
    counted: list[int] = []

    def count(**kwargs: Any) -> None:
        counted.append(Category.objects.count())

    got_request_exception.connect(count)
    try:
        answer(ValueError())
    finally:
        got_request_exception.disconnect(count)
    assert counted == [1]


def test_the_transaction_of_a_test_is_left_alone(db: None, atomic_requests: None) -> None:
    set_rollback()
    assert connection.needs_rollback is False
    with transaction.atomic():
        set_rollback()
        assert connection.needs_rollback is True
    assert not connection.needs_rollback


def test_only_databases_with_atomic_requests(db: None) -> None:
    with transaction.atomic():
        set_rollback()
        assert connection.needs_rollback is False


# Event loops


async def test_in_a_coroutine_foreseen_errors_need_no_thread() -> None:
    threads = threading.active_count()
    for exc in (NotFound(), Http404(), ValidationError({"a": ["b"]}), Throttled(3)):
        response = await aexception_handler(exc, {})
        assert response is not None
        here = exception_handler(exc, {})
        assert here is not None
        assert here.data == response.data
        assert here.status_code == response.status_code
    assert threading.active_count() == threads


@pytest.mark.parametrize("exc", [ValueError("secret"), SuspiciousOperation(), BadRequest()])
async def test_in_a_coroutine_reports_leave_the_loop(exc: Exception, rf: Any) -> None:
    request = rf.get("/")
    threads: list[threading.Thread] = []
    handler = logging.Handler()
    handler.emit = lambda record: threads.append(threading.current_thread())  # type: ignore[method-assign]
    logging.getLogger("django").addHandler(handler)
    try:
        # On the loop the sync handler leaves the error to Django, which reports in a thread.
        assert exception_handler(exc, {"request": request}) is None
        assert threads == []
        response = await aexception_handler(exc, {"request": request})
    finally:
        logging.getLogger("django").removeHandler(handler)
    assert response is not None
    assert response.status_code in (400, 500)
    assert response["X-Request-ID"]
    assert len(threads) == 1
    assert threads[0] is not threading.current_thread()


async def test_receivers_in_a_coroutine(rf: Any) -> None:
    """Async receivers too, which Django cannot call from sync code on a loop."""
    seen: list[Any] = []
    loop = asyncio.get_running_loop()

    async def receive(**kwargs: Any) -> None:
        seen.append(asyncio.get_running_loop() is loop)

    got_request_exception.connect(receive)
    try:
        await aexception_handler(ValueError(), {"request": rf.get("/")})
    finally:
        got_request_exception.disconnect(receive)
    assert seen == [True]


async def test_rollback_on_a_loop_opens_no_connection() -> None:
    before = connections[DEFAULT_DB_ALIAS].connection
    set_rollback()
    assert connections[DEFAULT_DB_ALIAS].connection is before


def test_an_async_view(db: None, settings: Any) -> None:
    async def view(request: Any) -> HttpResponse:
        try:
            raise IntegrityError("secret")
        except IntegrityError as error:
            response = await aexception_handler(error, {"request": request})
        assert response is not None
        return HttpResponse(json.dumps(response.data), status=response.status_code)

    class Site:
        urlpatterns = [path("", view)]

    settings.ROOT_URLCONF = Site
    response = Client(raise_request_exception=False).get("/")
    assert response.status_code == 500
    assert error_of(response)["code"] == "internal_error"


# Being called by hand


@pytest.mark.parametrize("context", [None, {}, {"request": None}])
def test_without_a_request(context: Any) -> None:
    response = exception_handler(ValueError(), context)
    assert response is not None
    assert response.data["error"]["details"] == {}


def test_a_handler_that_adds_to_it(rf: Any) -> None:
    def mine(exc: Exception, context: Any) -> Any:
        response = exception_handler(exc, context)
        if response is not None:
            response.data["error"]["details"]["help"] = "https://example.com/help"
        return response

    found = mine(NotFound(), {"request": Request(rf.get("/"))}).data["error"]
    assert found["details"] == {"help": "https://example.com/help"}
