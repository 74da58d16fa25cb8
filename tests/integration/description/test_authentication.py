"""The authentication of the description, as written there."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.serializers import ModelSerializer

from restflow.authentication import (
    AccessToken,
    BasicAuthentication,
    JWTAuthentication,
    RefreshToken,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from restflow.authentication.blacklist.cache import token_key
from restflow.authentication.models import BlacklistedToken
from restflow.authentication.views import (
    TokenBlacklistView,
    TokenObtainView,
    TokenRefreshView,
)
from restflow.permissions import IsAuthenticated
from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory
from restflow.views import AsyncAPIView, AsyncListAPIView
from restflow_testing.models import Product

EXAMPLE = {
    "JWT": {
        "SIGNING_KEY": "change-me-in-production",
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    },
}

pytestmark = [pytest.mark.urls(__name__), pytest.mark.usefixtures("adb")]


class ProductSerializer(ModelSerializer[Product]):
    class Meta:
        model = Product
        fields = ["name"]


class ProductView(AsyncListAPIView):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]


urlpatterns = [
    path("auth/token/", TokenObtainView.as_view()),
    path("auth/refresh/", TokenRefreshView.as_view()),
    path("auth/blacklist/", TokenBlacklistView.as_view()),
    path("products/", ProductView.as_view()),
]


@pytest.fixture(autouse=True)
def example(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = EXAMPLE


@pytest.fixture
def user(db: Any) -> Any:
    return get_user_model().objects.create_user("ada", password="right-password")


async def answered(authenticator: Any, **request: Any) -> Any:
    class View(AsyncAPIView):
        authentication_classes = [authenticator]
        permission_classes = [IsAuthenticated]

        async def get(self, request: Any) -> Response:
            return Response(request.user.username)

    user = request.pop("user", None)
    made: Any = AsyncAPIRequestFactory().get("/", **request)
    if user is not None:
        made.user = user
    return await View.as_view()(made)


@pytest.mark.describes("scheme: BasicAuthentication")
async def test_basic(user: Any) -> None:
    for password, status in (("right-password", 200), ("wrong", 401)):
        text = b64encode(f"ada:{password}".encode()).decode()
        response = await answered(BasicAuthentication, headers={"Authorization": f"Basic {text}"})
        assert response.status_code == status


@pytest.mark.describes("scheme: TokenAuthentication")
async def test_token(user: Any) -> None:
    class Tokens(TokenAuthentication):
        def authenticate_credentials(self, key: str) -> Any:
            return get_user_model().objects.get(username=key), key

    response = await answered(Tokens, headers={"Authorization": "Token ada"})
    assert response.data == "ada"
    assert (await answered(Tokens)).status_code == 401


@pytest.mark.describes("scheme: SessionAuthentication")
async def test_session(user: Any) -> None:
    assert (await answered(SessionAuthentication, user=user)).data == "ada"
    assert (await answered(SessionAuthentication)).status_code == 403


@pytest.mark.describes("scheme: RemoteUserAuthentication")
async def test_remote_user(settings: Any) -> None:
    class Proxy(RemoteUserAuthentication):
        header = "HTTP_X_REMOTE_USER"

    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
    response = await answered(Proxy, headers={"X-Remote-User": "ada"})
    assert response.data == "ada"


@pytest.mark.describes("settings: the JWT section of the example")
def test_settings(user: Any) -> None:
    access, refresh = AccessToken.for_user(user), RefreshToken.for_user(user)
    assert access.exp - access.iat == 15 * 60
    assert refresh.exp - refresh.iat == 7 * 24 * 3600


@pytest.mark.describes("tokens: for_user and access_token")
def test_tokens(user: Any) -> None:
    access = AccessToken.for_user(user)
    refresh = RefreshToken.for_user(user)
    new_access = refresh.access_token
    assert AccessToken.verify(str(access)).payload["token_type"] == "access"
    assert RefreshToken.verify(str(refresh)).jti == refresh.jti
    assert AccessToken.verify(new_access.raw).user_id == user.id


@pytest.mark.describes("views: obtain, refresh and blacklist by URL")
async def test_views(user: Any) -> None:
    client = AsyncAPIClient()
    credentials = {"username": "ada", "password": "right-password"}
    tokens = (await client.post("/auth/token/", credentials)).json()
    newer = (await client.post("/auth/refresh/", {"refresh": tokens["refresh"]})).json()
    body = {"refresh": newer["refresh"]}
    assert (await client.post("/auth/blacklist/", body)).status_code == 204
    assert (await client.post("/auth/refresh/", body)).status_code == 401


@pytest.mark.describes("blacklist: the cache backend keeps an entry for the token's remaining life")
async def test_cache_backend(user: Any) -> None:
    access = AccessToken.for_user(user)
    await access.ablacklist()
    assert await access.ais_blacklisted()
    store: Any = cache
    left = store._expire_info[store.make_key(token_key(access))] - access.exp
    assert -1 <= left <= 3


@pytest.mark.describes("blacklist: the model backend keeps rows")
async def test_model_backend(user: Any) -> None:
    name = "restflow.authentication.ModelBlacklistBackend"
    with override_settings(
        RESTFLOW_SETTINGS={"JWT": {**EXAMPLE["JWT"], "BLACKLIST_BACKEND": name}}
    ):
        access = AccessToken.for_user(user)
        await access.ablacklist()
        row = await BlacklistedToken.objects.aget()
        assert row.name == access.jti
        assert await access.ais_blacklisted()


@pytest.mark.describes("protecting a view with JWTAuthentication and IsAuthenticated")
async def test_protecting_a_view(user: Any) -> None:
    client = AsyncAPIClient()
    assert (await client.get("/products/")).status_code == 401
    client.credentials(headers={"Authorization": f"Bearer {AccessToken.for_user(user)}"})
    assert (await client.get("/products/")).json() == []


@pytest.mark.describes("simplejwt: its validation with an async user lookup")
async def test_simplejwt(user: Any, settings: Any) -> None:
    pytest.importorskip("rest_framework_simplejwt")
    settings.SIMPLE_JWT = {"SIGNING_KEY": "s" * 64}
    from rest_framework_simplejwt.tokens import AccessToken as TheirToken

    from restflow.authentication.simplejwt import SimpleJWTAuthentication

    token = TheirToken.for_user(user)
    header = {"Authorization": f"Bearer {token}"}
    assert (await answered(SimpleJWTAuthentication, headers=header)).data == "ada"
    header = {"Authorization": f"Bearer {token}x"}
    assert (await answered(SimpleJWTAuthentication, headers=header)).status_code == 401
