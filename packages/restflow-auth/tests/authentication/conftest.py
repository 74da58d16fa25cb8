"""Settings with a key, and somebody to log in."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from .forging import jwt_settings


@pytest.fixture
def jwt(settings: Any) -> Any:
    """Settings with a secret; call it with changes to the section JWT."""

    def change(algorithm: str = "HS256", **changes: Any) -> None:
        settings.RESTFLOW_SETTINGS = jwt_settings(algorithm, **changes)

    change()
    return change


@pytest.fixture
def user(db: Any, django_user_model: Any) -> Any:
    return django_user_model.objects.create_user("ada", password="right-password")


@pytest.fixture
def redis_cache(settings: Any, redis_url: str) -> str:
    """The shared Redis as the default cache, under keys of this test's own."""
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis_url,
            "KEY_PREFIX": f"restflow-auth-{uuid4().hex}",
        },
    }
    return redis_url


@pytest.fixture(params=["memory", "redis", "model"])
def store(request: pytest.FixtureRequest, jwt: Any) -> str:
    """Every blacklist in turn; ``jwt(...)`` afterwards has to choose it again: ``backend``."""
    kind = str(request.param)
    if kind == "redis":
        request.getfixturevalue("redis_cache")
    jwt(**backend(kind))
    return kind


def backend(kind: str) -> dict[str, Any]:
    """The settings that choose a blacklist."""
    name = "ModelBlacklistBackend" if kind == "model" else "CacheBlacklistBackend"
    return {"BLACKLIST_BACKEND": f"restflow.authentication.{name}"}
