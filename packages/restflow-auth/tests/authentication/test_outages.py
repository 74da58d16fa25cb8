"""A blacklist that gives no answer lets nobody in."""

from __future__ import annotations

from typing import Any

import pytest

from restflow.authentication import BlacklistUnavailable, RefreshToken
from restflow.test import AsyncAPIClient

pytestmark = [pytest.mark.urls(f"{__package__}.project"), pytest.mark.usefixtures("adb", "jwt")]

CACHES = {
    "django": {"BACKEND": "django.core.cache.backends.redis.RedisCache"},
    "django-redis": {"BACKEND": "django_redis.cache.RedisCache"},
    "django-redis, ignoring errors": {
        "BACKEND": "django_redis.cache.RedisCache",
        "OPTIONS": {"IGNORE_EXCEPTIONS": True},
    },
}


async def statuses(client: AsyncAPIClient, refresh: RefreshToken) -> list[int]:
    headers = {"Authorization": f"Bearer {refresh.access_token}"}
    body = {"refresh": str(refresh)}
    return [
        (await client.get("/me/", headers=headers)).status_code,
        (await client.get("/stateless/", headers=headers)).status_code,
        (await client.post("/token/refresh/", body)).status_code,
        (await client.post("/token/blacklist/", body)).status_code,
    ]


@pytest.mark.load
@pytest.mark.parametrize("kind", CACHES)
async def test_redis_stopped(kind: str, user: Any, settings: Any, redis_server: Any) -> None:
    """Revoked tokens stay refused, and no other one passes unchecked; then it goes on."""
    settings.CACHES = {"default": {**CACHES[kind], "LOCATION": redis_server.url}}
    client = AsyncAPIClient()
    revoked, good = RefreshToken.for_user(user), RefreshToken.for_user(user)
    await revoked.ablacklist()
    assert (await statuses(client, revoked))[:3] == [401, 401, 401]
    redis_server.stop()
    assert await statuses(client, revoked) == [503] * 4
    assert await statuses(client, good) == [503] * 4
    redis_server.start()
    headers = {"Authorization": f"Bearer {good.access_token}"}
    assert (await client.get("/me/", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "backend",
    [
        "django.core.cache.backends.dummy.DummyCache",
        "django.core.cache.backends.memcached.PyMemcacheCache",
    ],
)
async def test_caches_that_cannot_hold_a_blacklist(backend: str, user: Any, settings: Any) -> None:
    if "memcached" in backend:
        pytest.importorskip("pymemcache")
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "127.0.0.1:9"}}
    refresh = RefreshToken.for_user(user)
    assert await statuses(AsyncAPIClient(), refresh) == [503] * 4
    with pytest.raises(BlacklistUnavailable):
        await refresh.arotate()


async def test_a_database_that_does_not_answer(jwt: Any, user: Any, monkeypatch: Any) -> None:
    from django.db.utils import OperationalError

    from restflow.authentication.models import BlacklistQuerySet

    jwt(BLACKLIST_BACKEND="restflow.authentication.ModelBlacklistBackend")

    def down(self: Any, token: Any) -> Any:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(BlacklistQuerySet, "concerning", down)
    refresh = RefreshToken.for_user(user)
    headers = {"Authorization": f"Bearer {refresh.access_token}"}
    client = AsyncAPIClient()
    assert (await client.get("/me/", headers=headers)).status_code == 503
    body = {"refresh": str(refresh)}
    assert (await client.post("/token/refresh/", body)).status_code == 503


async def test_a_blacklist_that_is_off_cannot_revoke(jwt: Any, user: Any) -> None:
    jwt(BLACKLIST_ENABLED=False)
    refresh = RefreshToken.for_user(user)
    assert await statuses(AsyncAPIClient(), refresh) == [200, 200, 200, 503]


async def test_an_entry_of_somebody_else_is_no_answer(user: Any, settings: Any) -> None:
    """What is under the key but cannot be ours counts as an outage, never as good."""
    from django.core.cache import cache

    from restflow.authentication.blacklist.cache import family_key

    refresh = RefreshToken.for_user(user)
    cache.set(family_key(refresh.family), {"not": "ours"})
    assert (await statuses(AsyncAPIClient(), refresh))[:3] == [503, 503, 503]
