"""Guesses at the same time: the limit holds for all of them together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.auth.backends import ModelBackend

from restflow.test import AsyncAPIClient

pytestmark = [
    pytest.mark.urls(f"{__package__}.project"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def user(django_user_model: Any, transactional_db: Any) -> Any:
    return django_user_model.objects.create_user("ada", password="right-password")


@pytest.fixture
def guesses(monkeypatch: Any) -> list[str]:
    """The passwords that somebody looked at."""
    seen: list[str] = []
    authenticate = ModelBackend.authenticate

    def watched(self: Any, request: Any, **credentials: Any) -> Any:
        seen.append(credentials["password"])
        return authenticate(self, request, **credentials)

    monkeypatch.setattr(ModelBackend, "authenticate", watched)
    return seen


async def attempt(case: str) -> Any:
    name = "nobody" if case == "unknown" else "ada"
    body = {"username": name, "password": f"{case}-password"}
    return await AsyncAPIClient().post("/token/", body)


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_no_more_guesses_than_allowed_are_looked_at(
    kind: str, jwt: Any, user: Any, request: pytest.FixtureRequest, guesses: list[str]
) -> None:
    if kind == "redis":
        request.getfixturevalue("redis_cache")
    jwt(LOGIN_LIMIT_ACCOUNT="4/min")
    guesses.clear()
    answers = await asyncio.gather(*(attempt("wrong") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 4 + [429] * 8
    assert len(guesses) == 4
    refused = await attempt("right")
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert (await attempt("unknown")).status_code == 401  # another account
