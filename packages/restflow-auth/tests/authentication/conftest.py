"""Settings with a key, and somebody to log in."""

from __future__ import annotations

from typing import Any

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
