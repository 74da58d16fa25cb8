"""Logging in: nobody can tell what was wrong, guess for long, or block the loop."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import AnonymousUser
from django.http.request import HttpHeaders

from restflow.authentication.limits import address, normalized
from restflow.authentication.login import logged_in
from restflow.core.steps import arun, on_loop
from restflow.test import AsyncAPIClient, assert_hops

pytestmark = [pytest.mark.urls(f"{__package__}.project"), pytest.mark.usefixtures("adb", "jwt")]

CASES = {
    "right": ("ada", "right-password"),
    "wrong": ("ada", "wrong-password"),
    "unknown": ("nobody", "right-password"),
    "inactive": ("idle", "right-password"),
    "inactive, wrong": ("idle", "wrong-password"),
    "unusable": ("robot", "right-password"),
}


class Watched(PBKDF2PasswordHasher):
    """One iteration, and a record of who asked and where."""

    iterations = 1
    calls: list[tuple[bool, str]] = []

    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        self.calls.append((on_loop(), threading.current_thread().name))
        return super().encode(password, salt, iterations)


@pytest.fixture
def people(user: Any, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Watched"]
    create = get_user_model().objects.create_user
    user.set_password("right-password")
    user.save()
    create("idle", password="right-password", is_active=False)
    create("robot", password=None)


async def attempt(case: str, **headers: str) -> Any:
    name, password = CASES[case]
    body = {"username": name, "password": password}
    return await AsyncAPIClient().post("/token/", body, headers=headers or None)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize(
    "backend",
    [
        "django.contrib.auth.backends.ModelBackend",
        "django.contrib.auth.backends.AllowAllUsersModelBackend",
    ],
)
async def test_one_hash_each_and_in_a_thread(
    case: str, backend: str, people: None, settings: Any
) -> None:
    settings.AUTHENTICATION_BACKENDS = [backend]
    await attempt("right")  # the first one loads what is loaded once
    Watched.calls.clear()
    with assert_hops(1, of="view"):
        await attempt(case)
    assert [loop for loop, _ in Watched.calls] == [False]


async def test_the_password_is_never_hashed_on_the_loop(people: None) -> None:
    """Whoever calls the decision, and whatever came before it."""
    request = SimpleNamespace(_request=None, META={"REMOTE_ADDR": "192.0.2.1"})
    credentials = {"username": "ada", "password": "right-password"}
    Watched.calls.clear()
    user = await arun(logged_in(request, credentials))
    assert user.username == "ada"
    assert [loop for loop, _ in Watched.calls] == [False]


async def test_refusals_are_the_same(people: None) -> None:
    answers = {case: await attempt(case) for case in CASES}
    assert answers.pop("right").status_code == 200
    assert {answer.status_code for answer in answers.values()} == {401}
    assert len({answer.content for answer in answers.values()}) == 1
    kept = [{k: v for k, v in answer.items() if k != "Date"} for answer in answers.values()]
    assert all(each == kept[0] for each in kept)


async def test_an_inactive_user_needs_more_than_a_rule(
    jwt: Any, people: None, settings: Any
) -> None:
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.AllowAllUsersModelBackend"]
    jwt(USER_AUTHENTICATION_RULE=lambda user: True)
    assert (await attempt("inactive")).status_code == 401
    jwt(USER_AUTHENTICATION_RULE=lambda user: True, CHECK_USER_IS_ACTIVE=False)
    assert (await attempt("inactive")).status_code == 200


async def test_an_unknown_account_is_limited_too(jwt: Any, people: None) -> None:
    jwt(LOGIN_LIMIT_ACCOUNT="2/min")
    assert [(await attempt("unknown")).status_code for _ in range(3)] == [401, 401, 429]


async def test_an_address_is_limited_whatever_it_tries(jwt: Any, people: None) -> None:
    jwt(LOGIN_LIMIT_ADDRESS="3/min")
    cases = ["wrong", "unknown", "inactive", "unusable"]
    assert [(await attempt(case)).status_code for case in cases] == [401, 401, 401, 429]
    client = AsyncAPIClient()
    other = await client.post(
        "/token/", {"username": "ada", "password": "right-password"}, REMOTE_ADDR="192.0.2.9"
    )
    assert other.status_code in (200, 429)


async def test_logins_that_succeed_do_not_count(jwt: Any, people: None) -> None:
    jwt(LOGIN_LIMIT_ACCOUNT="2/min", LOGIN_LIMIT_ADDRESS="2/min")
    assert {(await attempt("right")).status_code for _ in range(6)} == {200}
    assert [(await attempt("wrong")).status_code for _ in range(3)] == [401, 401, 429]


async def test_limits_can_be_turned_off(jwt: Any, people: None) -> None:
    jwt(LOGIN_LIMIT_ACCOUNT=None, LOGIN_LIMIT_ADDRESS=None)
    assert {(await attempt("wrong")).status_code for _ in range(20)} == {401}


@pytest.mark.parametrize("passes", [False, True])
async def test_while_nobody_can_count(passes: bool, jwt: Any, people: None, settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "broken": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:9/0",
        },
    }
    jwt(LOGIN_LIMIT_CACHE_ALIAS="broken", LOGIN_PASSES_ON_OUTAGE=passes)
    assert (await attempt("right")).status_code == (200 if passes else 503)
    assert (await attempt("wrong")).status_code == (401 if passes else 503)


async def test_an_error_while_looking_does_not_count(
    jwt: Any, people: None, monkeypatch: Any
) -> None:
    jwt(LOGIN_LIMIT_ACCOUNT="1/min")

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("the directory does not answer")

    with monkeypatch.context() as patch:
        patch.setattr("django.contrib.auth.backends.ModelBackend.authenticate", broken)
        for _ in range(3):
            with pytest.raises(ConnectionError):
                await attempt("right")
    assert (await attempt("right")).status_code == 200


class Request:
    user = AnonymousUser()

    def __init__(self, **meta: str) -> None:
        self.META = meta
        self.headers = HttpHeaders(meta)


def test_a_client_cannot_choose_its_address() -> None:
    forged = Request(REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR="203.0.113.5")
    assert address(forged) == "192.0.2.1"


def test_behind_proxies_their_word_counts(settings: Any) -> None:
    settings.REST_FRAMEWORK = {"NUM_PROXIES": 1}
    request = Request(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.5, 198.51.100.7")
    assert address(request) == "198.51.100.7"


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("192.0.2.1", "192.0.2.1"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_what_one_client_is(given: str, counted: str) -> None:
    assert address(Request(REMOTE_ADDR=given)) == counted


def test_spellings_of_one_account() -> None:
    spellings = ["Ada", "ADA", " ada ", "\uff21da"]
    assert {normalized(each) for each in spellings} == {"ada"}
