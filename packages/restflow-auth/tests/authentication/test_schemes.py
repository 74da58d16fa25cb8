"""DRF's authenticators: DRF's own answers, in both colours, with what users override."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import models
from django.test import AsyncClient, Client
from django.urls import path
from rest_framework import authentication as drf
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView as DRFAPIView

from restflow import authentication as ours
from restflow.core.steps import on_loop
from restflow.test import AsyncAPIClient, assert_hops
from restflow.views import AsyncAPIView

pytestmark = [pytest.mark.urls(__name__), pytest.mark.usefixtures("adb")]


class Key(models.Model):
    """A token of one's own, as ``TokenAuthentication.model`` allows."""

    key = models.CharField(max_length=40, primary_key=True)

    class Meta:
        app_label = "restflow_testing"
        managed = False

    def __str__(self) -> str:
        return self.key


class Keys:
    """Stands for the table: the tests need none."""

    def select_related(self, name: str) -> Any:
        return self

    def get(self, key: str) -> Any:
        user = get_user_model().objects.filter(username=key).first()
        if user is None:
            raise Key.DoesNotExist
        token = Key(key=key)
        token.user = user
        return token


class KeyModel:
    DoesNotExist = Key.DoesNotExist
    objects = Keys()


class OurToken(ours.TokenAuthentication):
    model = KeyModel


class DRFToken(drf.TokenAuthentication):
    model = KeyModel


class OurRemote(ours.RemoteUserAuthentication):
    header = "HTTP_X_REMOTE"


class DRFRemote(drf.RemoteUserAuthentication):
    header = "HTTP_X_REMOTE"


PAIRS = {
    "basic": (ours.BasicAuthentication, drf.BasicAuthentication),
    "token": (OurToken, DRFToken),
    "session": (ours.SessionAuthentication, drf.SessionAuthentication),
    "remote": (OurRemote, DRFRemote),
}


def views(name: str, mine: Any, theirs: Any) -> list[Any]:
    def get(self: Any, request: Any) -> Response:
        return Response({"user": request.user.username, "auth": request.auth is not None})

    async def aget(self: Any, request: Any) -> Response:
        return get(self, request)

    common: dict[str, Any] = {"permission_classes": [IsAuthenticated]}
    made = {
        "ours": type("Ours", (AsyncAPIView,), {"get": aget, "post": aget, **common}),
        "mixed": type("Mixed", (DRFAPIView,), {"get": get, "post": get, **common}),
        "drf": type("Theirs", (DRFAPIView,), {"get": get, "post": get, **common}),
    }
    for kind, view in made.items():
        view.authentication_classes = [theirs if kind == "drf" else mine]  # type: ignore[attr-defined]
    return [path(f"{kind}/{name}/", view.as_view()) for kind, view in made.items()]  # type: ignore[attr-defined]


urlpatterns = [each for name, pair in PAIRS.items() for each in views(name, *pair)]


def basic(text: str | bytes) -> str:
    return "Basic " + b64encode(text.encode() if isinstance(text, str) else text).decode()


HEADERS = {
    "basic": [
        basic("ada:right-password"),
        basic("ada:wrong"),
        basic("nobody:wrong"),
        basic("idle:right-password"),
        basic("no colon"),
        basic(b"\xff\xfe:x"),
        basic("ada:with:colons"),
        "Basic",
        "basic " + basic("ada:right-password")[6:],
        "Basic a b",
        "Basic !!!",
        "Bearer x",
        "",
    ],
    "token": [
        "Token ada",
        "token ada",
        "Token",
        "Token a b",
        "Token x",
        "Token idle",
        "Token \xff",
    ],
    "remote": ["ada", "new", ""],
    "session": [""],
}


@pytest.fixture(autouse=True)
def people(db: Any, settings: Any) -> None:
    create = get_user_model().objects.create_user
    create("ada", password="right-password")
    create("idle", password="right-password", is_active=False)
    settings.AUTHENTICATION_BACKENDS = [
        "django.contrib.auth.backends.ModelBackend",
        "django.contrib.auth.backends.RemoteUserBackend",
    ]
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]


@pytest.mark.parametrize(
    ("name", "header"), [(name, header) for name, listed in HEADERS.items() for header in listed]
)
async def test_the_answer_is_drfs(name: str, header: str) -> None:
    answers = []
    for kind in ("drf", "mixed", "ours"):
        headers = {"X-Remote" if name == "remote" else "Authorization": header} if header else {}
        client = AsyncAPIClient()
        response = await client.get(f"/{kind}/{name}/", headers=headers)
        challenge = response.headers.get("WWW-Authenticate")
        answers.append((response.status_code, response.json(), challenge))
    assert answers[1] == answers[0]
    assert answers[2] == answers[0]


@pytest.mark.parametrize("kind", ["drf", "mixed", "ours"])
async def test_csrf_is_enforced(kind: str) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    user = await get_user_model().objects.aget(username="ada")
    await client.aforce_login(user)
    assert (await client.get(f"/{kind}/session/")).status_code == 200
    response = await client.post(f"/{kind}/session/")
    assert (response.status_code, "CSRF Failed" in response.json()["detail"]) == (403, True)
    client.cookies["csrftoken"] = token = "a" * 32
    good = await client.post(f"/{kind}/session/", headers={"X-CSRFToken": token})
    assert good.status_code == 200
    bad = await client.post(f"/{kind}/session/", headers={"X-CSRFToken": "b" * 32})
    assert bad.status_code == 403
    form = await client.post(f"/{kind}/session/", {"csrfmiddlewaretoken": token})
    assert form.status_code == 200


def test_csrf_is_enforced_under_wsgi() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(get_user_model().objects.get(username="ada"))
    assert client.get("/ours/session/").status_code == 200
    assert client.post("/ours/session/").status_code == 403


async def test_what_brings_no_credentials_takes_no_thread() -> None:
    for name in ("basic", "token", "session"):
        with assert_hops(0, of="view"):
            await AsyncAPIClient().get(f"/ours/{name}/")


@pytest.mark.parametrize("base", [ours.BasicAuthentication, OurToken])
@pytest.mark.parametrize("colour", ["sync", "async"])
async def test_an_override_is_what_runs(base: Any, colour: str) -> None:
    """In either colour, from either colour, and never a sync one on the loop."""
    seen: list[Any] = []

    class Sync(base):  # type: ignore[misc]
        def authenticate_credentials(self, *args: Any) -> Any:
            seen.append((args[0], on_loop()))
            return super().authenticate_credentials(*args)

    class Async(base):  # type: ignore[misc]
        async def aauthenticate_credentials(self, *args: Any) -> Any:
            seen.append((args[0], on_loop()))
            return await super().aauthenticate_credentials(*args)

    authenticator = Sync() if colour == "sync" else Async()
    header = basic("ada:right-password") if base is ours.BasicAuthentication else "Token ada"
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=header)
    user, _ = await authenticator.aauthenticate(request)
    assert user.username == "ada"
    assert seen == [("ada", colour == "async")]

    from asgiref.sync import sync_to_async

    user, _ = await sync_to_async(authenticator.authenticate)(request)
    assert user.username == "ada"
    assert [name for name, _ in seen] == ["ada", "ada"]


async def test_an_override_can_refuse() -> None:
    class Never(ours.BasicAuthentication):
        def authenticate_credentials(self, userid: Any, password: Any, request: Any = None) -> Any:
            raise AuthenticationFailed("never")

    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=basic("ada:right-password"))
    with pytest.raises(AuthenticationFailed, match="never"):
        await Never().aauthenticate(request)


async def test_enforce_csrf_can_be_overridden() -> None:
    class Lax(ours.SessionAuthentication):
        def enforce_csrf(self, request: Any) -> None:
            return None

    class View(AsyncAPIView):
        authentication_classes = [Lax]

        async def post(self, request: Any) -> Response:
            return Response(request.user.username)

    request = APIRequestFactory(enforce_csrf_checks=True).post("/")
    request.user = await get_user_model().objects.aget(username="ada")
    response = await View.as_view()(request)
    assert response.data == "ada"


async def test_a_base_that_overrides_nothing_says_so() -> None:
    class Empty(ours.BaseAuthentication):
        pass

    with pytest.raises(NotImplementedError, match=r"Empty must define authenticate\(\)"):
        await Empty().aauthenticate(None)


async def test_an_async_authenticator_alone() -> None:
    class Later(ours.BaseAuthentication):
        async def aauthenticate(self, request: Any) -> Any:
            return get_user_model()(username="later"), None

    class View(AsyncAPIView):
        authentication_classes = [Later]

        async def get(self, request: Any) -> Response:
            return Response(request.user.username)

    response = await View.as_view()(APIRequestFactory().get("/"))
    assert response.data == "later"
