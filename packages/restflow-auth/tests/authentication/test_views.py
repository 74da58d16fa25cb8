"""The token views: what they answer, to whom, and what they remember."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client, override_settings

from restflow.authentication import (
    AccessToken,
    RefreshToken,
    token_obtained,
    token_refreshed,
    token_reused,
    token_revoked,
)
from restflow.test import AsyncAPIClient, assert_hops, assert_queries

from .conftest import backend

pytestmark = [pytest.mark.urls(f"{__package__}.project"), pytest.mark.usefixtures("adb", "jwt")]

RIGHT = {"username": "ada", "password": "right-password"}


async def obtained(client: AsyncAPIClient) -> dict[str, str]:
    response = await client.post("/token/", RIGHT)
    assert response.status_code == 200, response.content
    found: dict[str, str] = response.json()
    return found


async def refreshed(client: AsyncAPIClient, refresh: str) -> Any:
    return await client.post("/token/refresh/", {"refresh": refresh})


async def me(client: AsyncAPIClient, access: str, path: str = "/me/") -> int:
    response = await client.get(path, headers={"Authorization": f"Bearer {access}"})
    return int(response.status_code)


@pytest.fixture
def client() -> AsyncAPIClient:
    return AsyncAPIClient()


async def test_a_login_from_beginning_to_end(store: str, user: Any, client: AsyncAPIClient) -> None:
    tokens = await obtained(client)
    assert sorted(tokens) == ["access", "refresh"]
    assert await me(client, tokens["access"]) == 200
    response = await refreshed(client, tokens["refresh"])
    assert response.status_code == 200
    newer = response.json()
    assert newer["refresh"] != tokens["refresh"]
    assert await me(client, newer["access"]) == 200
    assert await me(client, tokens["access"]) == 200
    response = await client.post("/token/blacklist/", {"refresh": newer["refresh"]})
    assert (response.status_code, response.content) == (204, b"")
    assert (await refreshed(client, newer["refresh"])).status_code == 401
    assert await me(client, newer["access"]) == 401
    assert await me(client, tokens["access"]) == 401


async def test_a_replay_ends_the_login(store: str, user: Any, client: AsyncAPIClient) -> None:
    tokens = await obtained(client)
    other = await obtained(client)
    newer = (await refreshed(client, tokens["refresh"])).json()
    heard: list[Any] = []

    def listen(token: Any, **named: Any) -> None:
        heard.append(token.jti)

    token_reused.connect(listen)
    replay = await refreshed(client, tokens["refresh"])
    token_reused.disconnect(listen)
    assert replay.status_code == 401
    assert heard == [RefreshToken.verify(tokens["refresh"]).jti]
    assert (await refreshed(client, newer["refresh"])).status_code == 401
    assert await me(client, newer["access"]) == 401
    assert await me(client, tokens["access"]) == 401
    assert await me(client, other["access"]) == 200
    assert (await refreshed(client, other["refresh"])).status_code == 200


async def test_within_the_grace_the_successor_is_the_same(
    store: str, jwt: Any, user: Any, client: AsyncAPIClient
) -> None:
    from datetime import timedelta

    jwt(REUSE_GRACE=timedelta(seconds=30), **backend(store))
    tokens = await obtained(client)
    answers = [(await refreshed(client, tokens["refresh"])).json() for _ in range(4)]
    assert len({answer["refresh"] for answer in answers}) == 1
    assert await me(client, answers[-1]["access"]) == 200


async def test_without_rotation_only_the_access_token_is_new(
    store: str, jwt: Any, user: Any, client: AsyncAPIClient
) -> None:
    jwt(ROTATE_REFRESH_TOKENS=False, **backend(store))
    tokens = await obtained(client)
    for _ in range(2):
        response = await refreshed(client, tokens["refresh"])
        assert response.status_code == 200
        assert sorted(response.json()) == ["access"]
    await client.post("/token/blacklist/", tokens)
    assert (await refreshed(client, tokens["refresh"])).status_code == 401


@pytest.mark.parametrize(
    "change", ["inactive", "password", "deleted", "secret", "secret with fallback"]
)
async def test_the_user_is_asked_again(
    change: str, store: str, user: Any, client: AsyncAPIClient, settings: Any
) -> None:
    tokens = await obtained(client)
    good = 401
    if change == "inactive":
        user.is_active = False
        await user.asave()
    elif change == "password":
        user.set_password("another-password")
        await user.asave()
    elif change == "deleted":
        await user.adelete()
    else:
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another-secret-key-" * 3
        if change == "secret with fallback":
            settings.SECRET_KEY_FALLBACKS = [old]
            good = 200
    assert await me(client, tokens["access"]) == good
    assert (await refreshed(client, tokens["refresh"])).status_code == good


async def test_checks_of_the_user_can_be_turned_off(
    jwt: Any, user: Any, client: AsyncAPIClient
) -> None:
    jwt(CHECK_USER_IS_ACTIVE=False, CHECK_REVOKE_TOKEN=False)
    tokens = await obtained(client)
    user.is_active = False
    user.set_password("another-password")
    await user.asave()
    assert await me(client, tokens["access"]) == 200
    assert (await refreshed(client, tokens["refresh"])).status_code == 200


async def test_a_rule_of_the_project_decides(jwt: Any, user: Any, client: AsyncAPIClient) -> None:
    async def only_bob(user: Any) -> bool:
        return bool(user.username == "bob")

    tokens = await obtained(client)
    jwt(USER_AUTHENTICATION_RULE=only_bob)
    assert await me(client, tokens["access"]) == 401
    assert (await refreshed(client, tokens["refresh"])).status_code == 401
    assert (await client.post("/token/", RIGHT)).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/token/", {}),
        ("/token/", {"username": "ada"}),
        ("/token/", {"username": "a\0b", "password": "x"}),
        ("/token/", {"username": ["ada"], "password": {"a": 1}}),
        ("/token/", []),
        ("/token/", {"username": "ada", "password": "x" * 5000}),
        ("/token/refresh/", {}),
        ("/token/refresh/", {"refresh": None}),
        ("/token/refresh/", {"refresh": "x" * 9000}),
        ("/token/blacklist/", {"refresh": ["a"]}),
    ],
)
async def test_bodies_that_cannot_be_read(
    path: str, body: Any, user: Any, client: AsyncAPIClient
) -> None:
    response = await client.post(path, body, format="json")
    assert response.status_code == 400
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/token/refresh/", "/token/blacklist/"])
@pytest.mark.parametrize("kind", ["garbage", "access", "expired", "no user"])
async def test_tokens_that_are_not_accepted(
    path: str, kind: str, user: Any, client: AsyncAPIClient
) -> None:
    refresh = RefreshToken.for_user(user)
    raw = {"garbage": "a.b.c", "access": str(refresh.access_token)}.get(kind)
    if kind == "expired":
        refresh["exp"] = refresh.iat - 1
    elif kind == "no user":
        del refresh["user_id"]
    response = await client.post(path, {"refresh": raw or str(refresh)})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response["Cache-Control"] == "no-store"


async def test_every_answer_is_not_to_be_stored(user: Any, client: AsyncAPIClient) -> None:
    tokens = await obtained(client)
    for path, body in [
        ("/token/", RIGHT),
        ("/token/", {**RIGHT, "password": "wrong"}),
        ("/token/refresh/", tokens),
        ("/token/blacklist/", tokens),
    ]:
        assert (await client.post(path, body))["Cache-Control"] == "no-store"
    assert (await client.get("/token/")).status_code == 405


async def test_signals_tell_what_happened(user: Any, client: AsyncAPIClient) -> None:
    heard: list[str] = []
    signals = {
        "obtained": token_obtained,
        "refreshed": token_refreshed,
        "reused": token_reused,
        "revoked": token_revoked,
    }
    receivers = []
    for name, signal in signals.items():

        def listen(sender: Any, token: Any, request: Any, name: str = name, **named: Any) -> None:
            assert sender is RefreshToken
            assert request is not None
            heard.append(name)
            raise RuntimeError("a receiver that fails stops nothing")

        signal.connect(listen)
        receivers.append((signal, listen))
    tokens = await obtained(client)
    newer = (await refreshed(client, tokens["refresh"])).json()
    await refreshed(client, tokens["refresh"])
    await client.post("/token/blacklist/", newer)
    for signal, listen in receivers:
        signal.disconnect(listen)
    assert heard == ["obtained", "refreshed", "reused", "revoked"]


async def test_custom_claims_are_inherited(user: Any, client: AsyncAPIClient) -> None:
    refresh = RefreshToken.for_user(user)
    refresh["tenant"] = 7
    answer = (await refreshed(client, str(refresh))).json()
    assert AccessToken.verify(answer["access"])["tenant"] == 7
    assert RefreshToken.verify(answer["refresh"])["tenant"] == 7


async def test_last_login_is_written_on_request(
    jwt: Any, user: Any, client: AsyncAPIClient
) -> None:
    await obtained(client)
    await user.arefresh_from_db()
    assert user.last_login is None
    jwt(UPDATE_LAST_LOGIN=True)
    await obtained(client)
    await user.arefresh_from_db()
    assert user.last_login is not None


def test_under_wsgi(user: Any) -> None:
    client = Client()
    tokens = client.post("/token/", RIGHT).json()
    newer = client.post("/token/refresh/", tokens).json()
    headers = {"Authorization": f"Bearer {newer['access']}"}
    assert client.get("/me/", headers=headers).status_code == 200
    assert client.get("/drf/me/", headers=headers).status_code == 200
    assert client.post("/token/blacklist/", newer).status_code == 204
    assert client.get("/drf/me/", headers=headers).status_code == 401


@pytest.mark.parametrize("kind", ["memory", "redis"])
async def test_what_a_guarded_list_costs(
    kind: str, request: pytest.FixtureRequest, user: Any, client: AsyncAPIClient
) -> None:
    """One query more than an anonymous one, and not one hop."""
    if kind == "redis":
        request.getfixturevalue("redis_cache")
    access = str(AccessToken.for_user(user))
    headers = {"Authorization": f"Bearer {access}"}
    assert (await client.get("/guarded/", headers=headers)).status_code == 200
    with assert_hops(1, of="view"), assert_queries(1):
        assert (await client.get("/products/")).status_code == 200
    with assert_hops(1, of="view"), assert_queries(2):
        assert (await client.get("/guarded/", headers=headers)).status_code == 200
    with assert_hops(0, of="view"), assert_queries(0):
        assert (await client.get("/stateless/", headers=headers)).status_code == 200


async def test_what_a_guarded_list_costs_with_the_model(
    jwt: Any, user: Any, client: AsyncAPIClient
) -> None:
    jwt(**backend("model"))
    headers = {"Authorization": f"Bearer {AccessToken.for_user(user)}"}
    await client.get("/guarded/", headers=headers)
    with assert_hops(1, of="view"), assert_queries(3):
        assert (await client.get("/guarded/", headers=headers)).status_code == 200
    with assert_queries(0):
        assert (await client.get("/stateless/", headers=headers)).status_code == 200


@override_settings(AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend"])
async def test_a_refresh_is_one_hop(user: Any, client: AsyncAPIClient) -> None:
    tokens = await obtained(client)
    with assert_hops(1, of="view"), assert_queries(1):
        assert (await refreshed(client, tokens["refresh"])).status_code == 200
