"""What a failed request found out stays known, although its transaction is rolled back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, connections

from restflow.authentication import RefreshToken
from restflow.test import AsyncAPIClient

from .conftest import backend

pytestmark = [
    pytest.mark.urls(f"{__package__}.project"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def user(django_user_model: Any, transactional_db: Any) -> Any:
    return django_user_model.objects.create_user("ada", password="right-password")


async def test_a_replay_under_atomic_requests(jwt: Any, user: Any) -> None:
    jwt(**backend("model"))
    client = AsyncAPIClient()
    refresh = {"refresh": str(RefreshToken.for_user(user))}
    newer = (await client.post("/token/refresh/", refresh)).json()
    connections.settings["default"]["ATOMIC_REQUESTS"] = True
    try:
        assert (await client.post("/token/refresh/", refresh)).status_code == 401
    finally:
        connections.settings["default"]["ATOMIC_REQUESTS"] = False
    assert (await client.post("/token/refresh/", newer)).status_code == 401
    assert connection.settings_dict["ATOMIC_REQUESTS"] is False
