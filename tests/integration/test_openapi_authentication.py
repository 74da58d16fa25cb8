"""restflow's authenticators and token views in the document."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import path

from restflow import authentication
from restflow.authentication.views import (
    JWKSView,
    TokenBlacklistView,
    TokenObtainView,
    TokenRefreshView,
    TokenSessionListView,
    TokenSessionView,
)
from restflow.permissions import IsAuthenticated
from restflow.serializers import Serializer
from restflow.test import Document, Recorder
from restflow.views import AsyncAPIView

BEARER = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
SCHEMES = [
    ("JWTAuthentication", "jwtAuth", BEARER),
    ("JWTStatelessUserAuthentication", "jwtAuth", BEARER),
    (
        "JWTCookieAuthentication",
        "jwtCookieAuth",
        {"type": "apiKey", "in": "cookie", "name": "access_token"},
    ),
    (
        "SessionAuthentication",
        "cookieAuth",
        {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    ),
    ("BasicAuthentication", "basicAuth", {"type": "http", "scheme": "basic"}),
    (
        "TokenAuthentication",
        "tokenAuth",
        {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": 'Token-based authentication with required prefix "Token"',
        },
    ),
]


class ThingSerializer(Serializer):
    id: int


def documented(settings: Any, **views: Any) -> Document:
    settings.REST_FRAMEWORK = {
        "DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema",
        "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
    }
    settings.RESTFLOW_SETTINGS = {"JWT": {"SIGNING_KEY": "long-enough-to-sign-tokens-with-it"}}
    patterns = [path(f"{name}/", view) for name, view in views.items() if name != "one"]
    patterns += [path("one/<int:pk>/", views["one"])] if "one" in views else []
    return Document.of_project(patterns=patterns)


def guarded(*names: str) -> Any:
    class Guarded(AsyncAPIView):
        authentication_classes = [getattr(authentication, name) for name in names]
        permission_classes = [IsAuthenticated]
        serializer_class = ThingSerializer

        async def get(self, request: Any) -> Any: ...

        async def post(self, request: Any) -> Any: ...

    return Guarded.as_view()


@pytest.mark.parametrize(("name", "scheme", "definition"), SCHEMES)
def test_schemes(name: str, scheme: str, definition: Any, settings: Any) -> None:
    document = documented(settings, x=guarded(name))
    assert document.contents["components"]["securitySchemes"] == {scheme: definition}
    operation = document.operation("GET", "/x/")
    assert operation is not None
    assert operation.described["security"] == [{scheme: []}]


def test_several_classes_of_one_scheme(settings: Any) -> None:
    document = documented(
        settings, x=guarded("JWTAuthentication", "JWTStatelessUserAuthentication")
    )
    assert list(document.contents["components"]["securitySchemes"]) == ["jwtAuth"]


def test_another_word_than_bearer(settings: Any) -> None:
    view = guarded("JWTAuthentication")
    settings.RESTFLOW_SETTINGS = {}
    document = documented(settings, x=view)
    assert "jwtAuth" in document.contents["components"]["securitySchemes"]


def test_cookies_bring_the_csrf_check(settings: Any) -> None:
    document = documented(settings, x=guarded("JWTCookieAuthentication"))
    posted = document.operation("POST", "/x/")
    assert posted is not None
    assert "403" in posted.described["responses"]


def test_a_remote_user(settings: Any) -> None:
    document = documented(settings, x=guarded("RemoteUserAuthentication"))
    assert "securitySchemes" not in document.contents["components"]


def statuses(document: Document, method: str, where: str) -> list[str]:
    operation = document.operation(method, where)
    assert operation is not None
    return sorted(operation.described["responses"])


def test_token_views(settings: Any) -> None:
    document = documented(
        settings,
        token=TokenObtainView.as_view(),
        refresh=TokenRefreshView.as_view(),
        blacklist=TokenBlacklistView.as_view(),
        sessions=TokenSessionListView.as_view(),
        one=TokenSessionView.as_view(),
        jwks=JWKSView.as_view(),
    )
    assert statuses(document, "POST", "/token/") == ["200", "400", "401", "406", "415", "429"]
    assert statuses(document, "POST", "/refresh/") == ["200", "400", "401", "406", "415"]
    assert statuses(document, "POST", "/blacklist/") == ["204", "400", "401", "406", "415"]
    assert "204" in statuses(document, "DELETE", "/sessions/")
    assert {"204", "404"} < set(statuses(document, "DELETE", "/one/1/"))
    listed = document.operation("GET", "/sessions/")
    assert listed is not None
    content = listed.described["responses"]["200"]["content"]["application/json"]
    assert content["schema"]["type"] == "array"
    keys = document.operation("GET", "/jwks/")
    assert keys is not None
    assert list(keys.described["responses"]["200"]["content"]) == ["application/jwk-set+json"]


def test_tokens_in_cookies(settings: Any) -> None:
    document = documented(
        settings,
        token=TokenObtainView.as_view(transport="cookie"),
        refresh=TokenRefreshView.as_view(transport="cookie"),
    )
    renewed = document.operation("POST", "/refresh/")
    assert renewed is not None
    assert "requestBody" not in renewed.described
    assert statuses(document, "POST", "/refresh/") == ["200", "401", "403", "406"]
    schema = renewed.described["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"access_expires_in"}
    assert Recorder(document).problems == []
