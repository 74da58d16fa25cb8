"""Who is asking, what comes back, and redirects beyond those of DRF's client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.models import Session
from django.test import AsyncClient
from django.test.client import RedirectCycleError
from rest_framework.test import APIClient

from restflow.test import AsyncAPIClient, assert_queries

from . import echo
from .echo import upload

pytestmark = pytest.mark.urls(echo.__name__)

SESSIONS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]


# -- who is asking -----------------------------------------------------------------------------


@pytest.fixture
def _sessions(settings: Any) -> None:
    settings.MIDDLEWARE = SESSIONS


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ada", password="difference")


def test_it_is_djangos_async_client_too() -> None:
    assert isinstance(AsyncAPIClient(), AsyncClient)


async def test_credentials_take_headers_by_their_names() -> None:
    client = AsyncAPIClient()
    client.credentials(headers={"Authorization": "Name ada"}, HTTP_X_TENANT="7")
    response = await client.get("/guarded/")
    assert response.data["user"] == "ada"
    assert response.data["headers"]["X-Tenant"] == "7"


async def test_defaults_are_sent_with_every_request() -> None:
    client = AsyncAPIClient(
        headers={"X-Tenant": "7"}, query_params={"page": 2}, HTTP_X_OTHER="8", REMOTE_ADDR="::1"
    )
    data = (await client.get("/echo/")).data
    assert (data["headers"]["X-Tenant"], data["headers"]["X-Other"]) == ("7", "8")
    assert (data["query"], data["address"]) == ({"page": ["2"]}, "::1")
    assert (await client.post("/echo/?page=3")).data["query"] == {"page": ["3"]}


@pytest.mark.usefixtures("_sessions", "adb")
async def test_login_and_logout(user: User) -> None:
    client = AsyncAPIClient()
    assert not await client.alogin(username="ada", password="wrong")
    assert await client.alogin(username="ada", password="difference")
    assert (await client.get("/guarded/")).data["user"] == "ada"
    assert (await client.get("/aecho/")).json() == {"user": "ada", "session": True}
    await client.alogout()
    assert (await client.get("/guarded/")).status_code == 401
    assert not await Session.objects.aexists()


@pytest.mark.usefixtures("_sessions", "adb")
async def test_force_login(user: User) -> None:
    client = AsyncAPIClient()
    await client.aforce_login(user)
    assert (await client.get("/guarded/")).data["user"] == "ada"


@pytest.mark.usefixtures("_sessions", "adb")
def test_the_sync_twins_work_in_sync_tests(user: User) -> None:
    client = AsyncAPIClient()
    get = async_to_sync(client.get)
    assert client.login(username="ada", password="difference")
    assert get("/guarded/").data["user"] == "ada"
    client.logout()
    assert get("/guarded/").status_code == 401
    client.force_login(user)
    assert get("/guarded/").data["user"] == "ada"


@pytest.mark.usefixtures("_sessions", "adb")
@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_logout_forgets_everything(user: User, colour: str) -> None:
    told: list[Any] = []

    def remember(sender: Any, user: Any, **kwargs: Any) -> None:
        told.append(user)

    client = AsyncAPIClient()
    client.credentials(HTTP_AUTHORIZATION="Name ada")
    await client.aforce_login(user)
    client.force_authenticate(user)
    user_logged_out.connect(remember)
    if colour == "async":
        await client.alogout()
    else:
        await sync_to_async(client.logout)()
    user_logged_out.disconnect(remember)
    assert told == ([user] if colour == "sync" else [None])  # Django's own twins differ here
    assert (await client.get("/guarded/")).status_code == 401
    assert not client.cookies
    assert not await Session.objects.aexists()


async def test_logout_without_a_session_needs_no_database() -> None:
    client = AsyncAPIClient()
    client.cookies["theme"] = "dark"
    client.credentials(HTTP_AUTHORIZATION="Name ada")
    await client.alogout()
    client.logout()
    assert not client.cookies
    assert (await client.get("/guarded/")).status_code == 401


@pytest.mark.usefixtures("_sessions", "adb")
async def test_forcing_nobody_ends_the_disguise_on_a_loop(user: User) -> None:
    client = AsyncAPIClient()
    await client.aforce_login(user)
    client.credentials(HTTP_AUTHORIZATION="Name grace")
    client.force_authenticate(user=user)
    with assert_queries(0):
        client.force_authenticate()
    assert (await client.get("/guarded/")).status_code == 401
    assert not client.cookies


@pytest.mark.usefixtures("_sessions", "adb")
@pytest.mark.parametrize("token", ["none", "wrong", "right"])
async def test_csrf_is_enforced_on_request(user: User, token: str) -> None:
    answers = []
    for make in (APIClient, AsyncAPIClient):
        client = make(enforce_csrf_checks=True)
        await sync_to_async(client.force_login)(user)
        client.cookies["csrftoken"] = "c" * 32
        headers = {
            "none": {},
            "wrong": {"X-CSRFToken": "d" * 32},
            "right": {"X-CSRFToken": "c" * 32},
        }
        arguments: Any = {"data": {"a": 1}, "format": "json", "headers": headers[token]}
        if make is APIClient:
            response = await sync_to_async(client.post)("/guarded/", **arguments)
        else:
            response = await client.post("/guarded/", **arguments)
        answers.append((response.status_code, response.data.get("detail")))
    assert answers[0] == answers[1]
    assert (answers[1][0] == 200) == (token == "right")


@pytest.mark.usefixtures("_sessions", "adb")
async def test_csrf_is_not_enforced_by_default(user: User) -> None:
    client = AsyncAPIClient()
    await client.aforce_login(user)
    assert (await client.post("/guarded/")).status_code == 200


# -- what comes back ---------------------------------------------------------------------------


async def test_what_django_notes_on_the_response() -> None:
    client = AsyncAPIClient()
    response = await client.get("/echo/word/")
    assert response.json() == response.data
    assert response.client is client
    assert response.resolver_match.kwargs == {"word": "word"}
    assert response.asgi_request.path == "/echo/word/"
    assert response.request["PATH_INFO"] == "/echo/word/"
    assert response.context is None
    assert response.exc_info is None


async def test_templates_and_context_of_a_page() -> None:
    response = await AsyncAPIClient().get("/page/")
    assert response.context["name"] == "Fictional Ltd"
    assert "rest_framework/base.html" in [template.name for template in response.templates]


async def test_the_resolver_match_of_a_mounted_project() -> None:
    response = await AsyncAPIClient().get("/echo/word/", SCRIPT_NAME="/mounted")
    assert response.asgi_request.path == "/mounted/echo/word/"
    assert response.resolver_match.kwargs == {"word": "word"}


async def test_a_streamed_body_is_there_to_be_consumed() -> None:
    response = await AsyncAPIClient().get("/ticks/")
    assert [part async for part in response.streaming_content] == [
        b"tick 0\n",
        b"tick 1\n",
        b"tick 2\n",
    ]


async def test_an_unhandled_exception_is_raised_here() -> None:
    with pytest.raises(LookupError, match="nobody home"):
        await AsyncAPIClient().get("/failing/other/")


async def test_or_answered_with_500() -> None:
    response = await AsyncAPIClient(raise_request_exception=False).get("/failing/other/")
    assert response.status_code == 500
    assert response.exc_info[0] is LookupError


async def test_of_simultaneous_requests_only_the_failing_one_raises() -> None:
    client = AsyncAPIClient()
    requests = []
    for number in range(8):
        requests.append(client.get("/echo/", {"n": number}))
        requests.append(client.get("/failing/other/", {"at": number}))
    answers: list[Any] = await asyncio.gather(*requests, return_exceptions=True)
    assert [answer.data["query"] for answer in answers[::2]] == [{"n": [str(n)]} for n in range(8)]
    assert [str(error) for error in answers[1::2]] == [f"nobody home at {n}" for n in range(8)]


# -- redirects beyond DRF's --------------------------------------------------------------------


async def test_a_redirect_without_djangos_redirect_class() -> None:
    response = await AsyncAPIClient().get("/api-redirect/", follow=True)
    assert response.redirect_chain == [("/echo/", 302)]
    assert response.data["path"] == "/echo/"


async def test_the_query_of_the_request_is_not_the_locations() -> None:
    response = await AsyncAPIClient().get("/api-redirect/?a=1", follow=True)
    assert response.data["query"] == {}


async def test_307_asks_for_what_the_location_says() -> None:
    response = await AsyncAPIClient().get("/redirect/307/~echo~", {"a": "1"}, follow=True)
    assert response.redirect_chain == [("/echo/?a=1", 307)]
    assert response.data["query"] == {"a": ["1"]}


async def test_307_sends_a_file_whole_again() -> None:
    client = AsyncAPIClient()
    response = await client.post("/redirect/307/~echo~", {"file": upload()}, follow=True)
    assert response.data["files"] == {"file": [("plan.txt", "text/plain", "line\r\n\xff")]}


async def test_a_redirected_head_stays_one() -> None:
    response = await AsyncAPIClient().head("/redirect/302/~raw~", follow=True)
    assert (response.status_code, response.content) == (200, b"")
    assert response.request["REQUEST_METHOD"] == "HEAD"


async def test_a_redirect_within_a_mounted_project() -> None:
    client = AsyncAPIClient(SCRIPT_NAME="/mounted")
    response = await client.get("/redirect/302/~mounted~echo~word~", follow=True)
    assert (response.status_code, response.data["path_info"]) == (200, "/echo/word/")


async def test_a_redirect_keeps_an_explicit_port() -> None:
    response = await AsyncAPIClient().get(
        "/redirect/302/https:~~shop.example:8443~echo~", follow=True
    )
    assert (response.data["host"], response.data["secure"]) == ("shop.example:8443", True)


async def test_credentials_go_along() -> None:
    client = AsyncAPIClient()
    client.credentials(HTTP_AUTHORIZATION="Name ada")
    response = await client.get("/redirect/302/~guarded~", follow=True, HTTP_X_ONE="1")
    assert (response.data["user"], response.data["headers"]["X-One"]) == ("ada", "1")


@pytest.mark.parametrize("path", ["/redirect/302/~redirect~302~", "/endless/0/"])
async def test_a_redirect_loop_ends(path: str) -> None:
    with pytest.raises(RedirectCycleError):
        await AsyncAPIClient().get(path, follow=True)


async def test_without_follow_the_redirect_is_the_answer() -> None:
    response = await AsyncAPIClient().get("/redirect/302/~echo~")
    assert (response.status_code, response.headers["Location"]) == (302, "/echo/")
    assert not hasattr(response, "redirect_chain")
