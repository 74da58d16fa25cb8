"""simplejwt beside restflow: its judgement in both colours, and the way over."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework_simplejwt.authentication import JWTAuthentication as Theirs
from rest_framework_simplejwt.tokens import AccessToken as TheirAccess
from rest_framework_simplejwt.tokens import RefreshToken as TheirRefresh

from restflow.authentication import JWTAuthentication, RefreshToken
from restflow.authentication.simplejwt import SimpleJWTAuthentication
from restflow.authentication.views import SimpleJWTRefreshView
from restflow.core.steps import on_loop
from restflow.test import AsyncAPIClient, assert_hops
from restflow.views import AsyncAPIView

from .forging import b64

pytestmark = [pytest.mark.urls(__name__), pytest.mark.usefixtures("adb", "jwt")]


class Me(AsyncAPIView):
    authentication_classes = [SimpleJWTAuthentication]
    permission_classes = [IsAuthenticated]

    async def get(self, request: Any) -> Response:
        return Response({"id": request.user.pk})


class Both(Me):
    authentication_classes = [SimpleJWTAuthentication, JWTAuthentication]


class Stock(Me):
    authentication_classes = [Theirs]


urlpatterns = [
    path("me/", Me.as_view()),
    path("both/", Both.as_view()),
    path("stock/", Stock.as_view()),
    path("refresh/", SimpleJWTRefreshView.as_view()),
]


@pytest.fixture(autouse=True)
def their_key(settings: Any) -> None:
    settings.SIMPLE_JWT = {"SIGNING_KEY": "s" * 64}


async def answer(where: str, token: Any, scheme: str = "Bearer") -> tuple[int, Any]:
    headers = {"Authorization": f"{scheme} {token}"}
    response = await AsyncAPIClient().get(where, headers=headers)
    return response.status_code, response.json()


async def test_the_answer_is_simplejwts(user: Any) -> None:
    good = TheirAccess.for_user(user)
    expired = TheirAccess.for_user(user)
    expired["exp"] = 1
    nobody = TheirAccess.for_user(user)
    nobody["user_id"] = 10**6
    tokens = [good, expired, nobody, TheirRefresh.for_user(user), "a.b.c", "", f"{good}x", "a b"]
    for token in tokens:
        assert await answer("/me/", token) == await answer("/stock/", token), token
    assert await answer("/me/", good, "Other") == await answer("/stock/", good, "Other")
    assert (await answer("/me/", good))[0] == 200
    with assert_hops(1, of="view"):
        await answer("/me/", good)


async def test_hooks_of_users_run(user: Any) -> None:
    seen: list[bool] = []

    class Mine(SimpleJWTAuthentication):  # type: ignore[misc]
        def get_user(self, validated_token: Any) -> Any:
            seen.append(on_loop())
            return super().get_user(validated_token)

    token = TheirAccess.for_user(user)
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {token}")
    found, auth = await Mine().aauthenticate(request)
    assert (found, auth.payload) == (user, token.payload)
    assert seen == [False]


def test_it_is_simplejwts_class() -> None:
    assert issubclass(SimpleJWTAuthentication, Theirs)
    assert SimpleJWTAuthentication.__module__ == "restflow.authentication.simplejwt"


async def test_tokens_of_both_side_by_side(user: Any) -> None:
    theirs, ours = TheirAccess.for_user(user), RefreshToken.for_user(user).access_token
    assert (await answer("/both/", theirs))[0] == 200
    assert (await answer("/both/", ours))[0] == 200
    assert (await answer("/me/", ours))[0] == 401
    forged = ".".join(b64(each) for each in (b"{}", b'{"fam":"x"}', b"x"))
    assert (await answer("/both/", forged))[0] == 401
    assert (await answer("/both/", f"{theirs}x"))[0] == 401


async def refreshed(token: Any) -> Any:
    return await AsyncAPIClient().post("/refresh/", {"refresh": str(token)})


async def test_a_refresh_token_of_theirs_is_exchanged_once(store: str, user: Any) -> None:
    old = TheirRefresh.for_user(user)
    response = await refreshed(old)
    assert response.status_code == 200
    pair = response.json()
    assert (await answer("/both/", pair["access"]))[0] == 200
    newer = await refreshed(pair["refresh"])
    assert newer.status_code == 200
    assert (await refreshed(old)).status_code == 401


@pytest.mark.parametrize("kind", ["expired", "access", "inactive", "gone", "forged", "no user"])
async def test_what_is_not_exchanged(kind: str, user: Any) -> None:
    token: Any = TheirRefresh.for_user(user)
    if kind == "expired":
        token["exp"] = 1
    elif kind == "access":
        token = TheirAccess.for_user(user)
    elif kind == "inactive":
        user.is_active = False
        await user.asave()
    elif kind == "gone":
        await user.adelete()
    elif kind == "forged":
        token = f"{token}x"
    else:
        del token["user_id"]
    assert (await refreshed(token)).status_code == 401


def test_without_the_library_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['rest_framework_simplejwt'] = None\n"
        "import restflow.authentication.simplejwt as module\n"
        "try:\n    module.SimpleJWTAuthentication\n"
        "except ModuleNotFoundError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=None
    )
    assert "pip install 'restflow-auth[simplejwt]'" in done.stdout
