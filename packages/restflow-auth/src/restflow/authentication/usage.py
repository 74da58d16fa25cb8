"""Whether, and how, a project uses JWT: what its settings and the views in its URLs say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from .bearer import JWTAuthentication
from .conf import jwt_settings
from .cookies import JWTCookieAuthentication


@dataclass(frozen=True)
class Usage:
    """What was found; views by the name of one of them, None if there is none."""

    jwt: bool
    cookies: bool
    issuing: str | None
    logging_in: str | None
    revoking: str | None
    sessions: str | None


def usage() -> Usage:
    """Return what the settings and the views in the URLs say."""
    from rest_framework.settings import api_settings

    from .views import TokenBlacklistView, TokenObtainView, TokenRefreshView
    from .views.sessions import SessionsView

    views = list(_views())
    listed = list(api_settings.DEFAULT_AUTHENTICATION_CLASSES or ())
    for view, _ in views:
        listed += getattr(view, "authentication_classes", None) or ()
        for config in (getattr(view, "action_configs", None) or {}).values():
            classes = getattr(config, "authentication_classes", ())
            listed += classes if isinstance(classes, (list, tuple)) else ()

    def first(*classes: type) -> str | None:
        names = [_name(view) for view, _ in views if issubclass(view, classes)]
        return min(names, default=None)

    issuing = first(TokenObtainView, TokenRefreshView)
    return Usage(
        jwt=any(_is(each, JWTAuthentication) for each in listed)
        or first(TokenObtainView, TokenRefreshView, TokenBlacklistView, SessionsView) is not None
        or bool(jwt_settings.user_values()),
        cookies=any(_is(each, JWTCookieAuthentication) for each in listed)
        or any(getattr(view, "transport", None) == "cookie" for view, _ in views)
        or any(kwargs.get("transport") == "cookie" for _, kwargs in views),
        issuing=issuing,
        logging_in=first(TokenObtainView),
        revoking=first(TokenBlacklistView),
        sessions=first(SessionsView),
    )


def _views() -> Iterator[tuple[Any, dict[str, Any]]]:
    if not getattr(settings, "ROOT_URLCONF", None):
        return
    pending: list[Any] = list(get_resolver().url_patterns)
    while pending:
        pattern = pending.pop()
        if isinstance(pattern, URLResolver):
            pending += pattern.url_patterns
        elif isinstance(pattern, URLPattern):
            cls = getattr(pattern.callback, "cls", None)
            if isinstance(cls, type):
                yield cls, getattr(pattern.callback, "initkwargs", None) or {}


def _is(cls: Any, base: type) -> bool:
    return isinstance(cls, type) and issubclass(cls, base)


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
