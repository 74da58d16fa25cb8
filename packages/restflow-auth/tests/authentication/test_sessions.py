"""Logins: listed, ended one by one and all at once."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.utils import timezone

from restflow.authentication import RefreshToken, alog_out_everywhere, token_revoked
from restflow.authentication.models import BlacklistedToken, TokenSession
from restflow.test import AsyncAPIClient

from .conftest import backend

pytestmark = [pytest.mark.urls(f"{__package__}.project"), pytest.mark.usefixtures("adb", "jwt")]

RIGHT = {"username": "ada", "password": "right-password"}


async def login(agent: str = "Browser") -> tuple[AsyncAPIClient, dict[str, str]]:
    client = AsyncAPIClient()
    response = await client.post("/token/", RIGHT, headers={"User-Agent": agent})
    tokens: dict[str, str] = response.json()
    client.credentials(headers={"Authorization": f"Bearer {tokens['access']}"})
    return client, tokens


async def test_a_user_sees_and_ends_logins(jwt: Any, user: Any) -> None:
    jwt(**backend("model"))
    phone, phone_tokens = await login("Phone")
    desk, _ = await login("Desk")
    await get_user_model().objects.acreate_user("bob", password="right-password")
    other = AsyncAPIClient()
    bobs = (await other.post("/token/", {**RIGHT, "username": "bob"})).json()
    other.credentials(headers={"Authorization": f"Bearer {bobs['access']}"})

    listed = (await desk.get("/sessions/")).json()
    assert [(each["user_agent"], each["current"]) for each in listed] == [
        ("Desk", True),
        ("Phone", False),
    ]
    assert listed[0]["ip_address"] == "127.0.0.1"
    number = listed[1]["id"]
    assert (await other.delete(f"/sessions/{number}/")).status_code == 404
    assert (await desk.delete(f"/sessions/{number}/")).status_code == 204
    assert (await desk.delete(f"/sessions/{number}/")).status_code == 404
    assert (await phone.get("/me/")).status_code == 401
    refresh = {"refresh": phone_tokens["refresh"]}
    assert (await AsyncAPIClient().post("/token/refresh/", refresh)).status_code == 401
    assert len((await desk.get("/sessions/")).json()) == 1
    assert len((await other.get("/sessions/")).json()) == 1


async def test_log_out_everywhere(jwt: Any, user: Any) -> None:
    jwt(**backend("model"))
    first, _ = await login()
    second, _ = await login()
    unseen = RefreshToken.for_user(user)  # the model backend has not heard of it
    response = await second.delete("/sessions/")
    assert response.status_code == 204
    assert (await first.get("/me/")).status_code == 401
    assert (await second.get("/me/")).status_code == 401
    assert await unseen.ais_blacklisted()
    third, tokens = await login()
    assert (await third.get("/me/")).status_code == 200
    assert len((await third.get("/sessions/")).json()) == 1
    refreshed = await third.post("/token/refresh/", tokens)
    assert refreshed.status_code == 200


async def test_log_out_everywhere_from_code(store: str, user: Any) -> None:
    heard: list[Any] = []

    def listen(user_id: Any, token: Any, **named: Any) -> None:
        heard.append((user_id, token))

    client, tokens = await login()
    token_revoked.connect(listen)
    await alog_out_everywhere(user)
    token_revoked.disconnect(listen)
    assert heard == [(user.pk, None)]
    assert (await client.get("/me/")).status_code == 401
    assert (await client.post("/token/refresh/", tokens)).status_code == 401
    client, tokens = await login()
    assert (await client.get("/me/")).status_code == 200
    refreshed = (await AsyncAPIClient().post("/token/refresh/", tokens)).json()
    newer = await AsyncAPIClient().post("/token/refresh/", refreshed)
    assert newer.status_code == 200


async def test_answers_are_not_stored_and_need_a_user(jwt: Any, user: Any) -> None:
    jwt(**backend("model"))
    response = await AsyncAPIClient().get("/sessions/")
    assert (response.status_code, response["Cache-Control"]) == (401, "no-store")


def test_prune(user: Any, jwt: Any) -> None:
    jwt(**backend("model"))
    kept = RefreshToken.for_user(user)
    kept.blacklist()
    count = BlacklistedToken.objects.count()
    old = timezone.now() - timedelta(seconds=1)
    for number in range(5):
        BlacklistedToken.objects.create(kind="token", name=f"t{number}", expires_at=old)
        TokenSession.objects.create(family=f"f{number}", user=user, expires_at=old)
    TokenSession.objects.create(family="f", user=user, expires_at=timezone.now() + timedelta(1))
    out = io.StringIO()
    call_command("prune_tokens", batch=2, stdout=out)
    assert out.getvalue() == "blacklisted tokens: 5\ntoken sessions: 5\n"
    assert BlacklistedToken.objects.count() == count
    assert TokenSession.objects.count() == 1
    assert kept.is_blacklisted()


def test_migrations_are_complete() -> None:
    call_command("makemigrations", "restflow_authentication", check=True, dry_run=True, verbosity=0)


def test_the_admin_shows_and_ends(user: Any, jwt: Any, rf: Any) -> None:
    from django.contrib.admin import AdminSite
    from django.contrib.messages.storage.base import BaseStorage

    from restflow.authentication.admin import BlacklistedTokenAdmin, TokenSessionAdmin

    jwt(**backend("model"))
    refresh = RefreshToken.for_user(user)
    later = timezone.now() + timedelta(1)
    TokenSession.objects.create(family=refresh.family, user=user, expires_at=later)
    request = rf.post("/")
    request._messages = BaseStorage(request)
    page = TokenSessionAdmin(TokenSession, AdminSite())
    assert not page.has_add_permission(request)
    assert not page.has_change_permission(request)
    page.end(request, TokenSession.objects.all())
    assert refresh.is_blacklisted()
    assert TokenSession.objects.get().revoked_at is not None
    entries = BlacklistedTokenAdmin(BlacklistedToken, AdminSite())
    assert str(BlacklistedToken.objects.get()) == f"family {refresh.family}"
    assert not entries.has_add_permission(request)
