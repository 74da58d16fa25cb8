"""Tokens in cookies: HttpOnly, secure, and useless to another site."""

from __future__ import annotations

from typing import Any

import pytest

from restflow.authentication import RefreshToken
from restflow.test import AsyncAPIClient

pytestmark = [pytest.mark.urls(f"{__package__}.project"), pytest.mark.usefixtures("adb", "jwt")]

RIGHT = {"username": "ada", "password": "right-password"}
CSRF = "a" * 32


@pytest.fixture
def client() -> AsyncAPIClient:
    """A browser that has our CSRF cookie."""
    client = AsyncAPIClient(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = CSRF
    return client


async def post(client: AsyncAPIClient, path: str, body: Any = None, csrf: str = CSRF) -> Any:
    headers = {"X-CSRFToken": csrf} if csrf else {}
    return await client.post(path, body or {}, headers=headers)


async def test_a_login_by_cookie(user: Any, client: AsyncAPIClient) -> None:
    response = await post(client, "/cookie/", RIGHT)
    assert response.status_code == 200
    assert list(response.json()) == ["access_expires_in"]
    assert 290 < response.json()["access_expires_in"] <= 300
    for name, life in (("access_token", 300), ("refresh_token", 86400)):
        cookie = response.cookies[name]
        assert cookie["httponly"]
        assert cookie["secure"]
        assert cookie["samesite"] == "Lax"
        assert life - 10 < int(cookie["max-age"]) <= life
    first = response.cookies["refresh_token"].value
    assert (await client.get("/by-cookie/")).json() == {"id": user.pk}
    response = await post(client, "/cookie/refresh/")
    assert response.status_code == 200
    assert response.cookies["refresh_token"].value != first
    assert first not in response.content.decode()
    assert (await client.get("/by-cookie/")).status_code == 200
    response = await post(client, "/cookie/blacklist/")
    assert response.status_code == 204
    assert {cookie.value for cookie in response.cookies.values()} == {""}
    assert (await client.get("/by-cookie/")).status_code == 401


@pytest.mark.parametrize("path", ["/cookie/", "/cookie/refresh/", "/cookie/blacklist/"])
@pytest.mark.parametrize("csrf", ["", "b" * 32])
async def test_another_site_can_do_nothing(
    path: str, csrf: str, user: Any, client: AsyncAPIClient
) -> None:
    await post(client, "/cookie/", RIGHT)
    refused = await post(client, path, RIGHT, csrf)
    assert refused.status_code == 403
    assert not refused.cookies
    assert (await post(client, "/by-cookie/", csrf=csrf)).status_code == 403
    assert (await post(client, "/by-cookie/")).status_code == 200
    assert (await post(client, "/cookie/refresh/")).status_code == 200  # nothing was used up


async def test_a_header_needs_no_csrf_token(user: Any, client: AsyncAPIClient) -> None:
    access = RefreshToken.for_user(user).access_token
    headers = {"Authorization": f"Bearer {access}"}
    assert (await client.post("/by-cookie/", headers=headers)).status_code == 200
    assert (await client.get("/by-cookie/")).status_code == 401


async def test_a_wrong_cookie_is_refused(user: Any, client: AsyncAPIClient) -> None:
    client.cookies["access_token"] = "a.b.c"
    assert (await client.get("/by-cookie/")).status_code == 401
    client.cookies["access_token"] = str(RefreshToken.for_user(user))
    assert (await client.get("/by-cookie/")).status_code == 401


async def test_the_plain_authenticator_reads_no_cookie(user: Any, client: AsyncAPIClient) -> None:
    client.cookies["access_token"] = str(RefreshToken.for_user(user).access_token)
    assert (await client.get("/by-cookie/")).status_code == 200
    assert (await client.get("/me/")).status_code == 401


async def test_without_a_refresh_cookie(user: Any, client: AsyncAPIClient) -> None:
    assert (await post(client, "/cookie/refresh/")).status_code == 401
    assert (await post(client, "/cookie/blacklist/")).status_code == 401


async def test_the_setting_turns_every_view(user: Any, client: AsyncAPIClient, jwt: Any) -> None:
    jwt(
        TRANSPORT="cookie",
        COOKIE_REFRESH_NAME="__Secure-refresh",
        COOKIE_REFRESH_PATH="/token/",
        COOKIE_SAMESITE="Strict",
        COOKIE_DOMAIN="shop.example",
    )
    response = await post(client, "/token/", RIGHT)
    cookie = response.cookies["__Secure-refresh"]
    assert (cookie["path"], cookie["samesite"], cookie["domain"]) == (
        "/token/",
        "Strict",
        "shop.example",
    )
    assert "refresh" not in response.json()
    assert (await post(client, "/token/refresh/")).status_code == 200
