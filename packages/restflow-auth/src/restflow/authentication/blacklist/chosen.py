"""The blacklist that the settings name."""

from __future__ import annotations

from typing import Any

from django.core.signals import setting_changed

from ..conf import jwt_settings

_made: dict[Any, Any] = {}


def blacklist_backend() -> Any:
    """Return the project's blacklist, None when ``BLACKLIST_ENABLED`` is off."""
    if not jwt_settings.BLACKLIST_ENABLED:
        return None
    cls = jwt_settings.BLACKLIST_BACKEND
    backend = _made.get(cls)
    if backend is None:
        backend = _made[cls] = cls() if isinstance(cls, type) else cls
    return backend


def _forget(*, setting: str, **_: Any) -> None:
    if setting == "RESTFLOW_SETTINGS":
        _made.clear()


setting_changed.connect(_forget)
