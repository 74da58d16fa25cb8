"""Projects as people have them: a fresh one with the guide's settings, and other user models."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

pytestmark = pytest.mark.load

SETTINGS = """
from datetime import timedelta

INSTALLED_APPS += {apps!r}
{more}
RESTFLOW_SETTINGS = {{
    "JWT": {{
        "SIGNING_KEY": "change-me-in-production",
        "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
        "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
        {jwt}
    }},
}}
"""
URLS = """
from django.urls import path
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from restflow.authentication import JWTAuthentication
from restflow.authentication.views import TokenBlacklistView, TokenObtainView, TokenRefreshView
from restflow.views import AsyncAPIView


class Me(AsyncAPIView):
    authentication_classes = [JWTAuthentication]
    permission_classes = [IsAuthenticated]

    async def get(self, request):
        return Response({"pk": str(request.user.pk)})


urlpatterns = [
    path("auth/token/", TokenObtainView.as_view()),
    path("auth/refresh/", TokenRefreshView.as_view()),
    path("auth/blacklist/", TokenBlacklistView.as_view()),
    path("me/", Me.as_view()),
]
"""
USE = """
import asyncio, django, sys
django.setup()
from django.core.management import call_command
for app in sys.argv[1:]:
    call_command("makemigrations", app, verbosity=0)
call_command("migrate", verbosity=0)
call_command("check")
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client
from django.test.utils import setup_test_environment
setup_test_environment()

model = get_user_model()
name = model.USERNAME_FIELD
user = model(**{name: "ada@shop.example", "is_active": True})
user.set_password("a-long-password")
user.save()
right = {name: "ada@shop.example", "password": "a-long-password"}


def session(client):
    tokens = yield "post", "/auth/token/", right, 200
    yield "get", "/me/", tokens["access"], 200
    newer = yield "post", "/auth/refresh/", {"refresh": tokens["refresh"]}, 200
    yield "post", "/auth/refresh/", {"refresh": "a.b.c"}, 401
    yield "post", "/auth/token/", {**right, "password": "wrong"}, 401
    yield "post", "/auth/token/", {}, 400
    yield "post", "/auth/blacklist/", {"refresh": newer["refresh"]}, 204
    yield "get", "/me/", newer["access"], 401
    yield "post", "/auth/refresh/", {"refresh": newer["refresh"]}, 401


def asked(client, method, path, body):
    if method == "get":
        return client.get(path, headers={"Authorization": f"Bearer {body}"})
    return client.post(path, body, content_type="application/json")


def judged(response, expected):
    assert response.status_code == expected, (response.status_code, response.content[:500])
    return response.json() if expected == 200 else None


client = Client()
steps = session(client)
answer = None
try:
    while True:
        method, path, body, expected = steps.send(answer)
        answer = judged(asked(client, method, path, body), expected)
except StopIteration:
    pass


async def main():
    client = AsyncClient()
    steps = session(client)
    answer = None
    try:
        while True:
            method, path, body, expected = steps.send(answer)
            answer = judged(await asked(client, method, path, body), expected)
    except StopIteration:
        pass


asyncio.run(main())
print("done", user.pk)
"""
MODELS = """
import uuid
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models


class Member(AbstractBaseUser):
    {pk}
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    USERNAME_FIELD = "email"
    objects = BaseUserManager()
"""


def run(folder: Path, *apps: str) -> str:
    """Migrate, check and use the project; return what it said."""
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-c", USE, *apps],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "shop.settings"},
        timeout=240,
    )
    assert done.returncode == 0, (done.stderr + done.stdout)[-3000:]
    return done.stdout + done.stderr


def started(folder: Path, apps: list[str], jwt: str = "", more: str = "") -> None:
    command = [sys.executable, "-m", "django", "startproject", "shop", str(folder)]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, check=True, env=environment, timeout=120)
    settings = folder / "shop" / "settings.py"
    settings.write_text(settings.read_text() + SETTINGS.format(apps=apps, jwt=jwt, more=more))
    (folder / "shop" / "urls.py").write_text(URLS)


def test_the_settings_of_the_guide_on_a_fresh_project(tmp_path: Path) -> None:
    """Warned about, and nothing answers 500."""
    started(tmp_path, ["rest_framework", "restflow.core"])
    said = run(tmp_path)
    for number in ("W401", "W402", "W403"):
        assert f"restflow.{number}" in said
    assert "restflow.E" not in said
    assert "done" in said


@pytest.mark.parametrize(
    ("pk", "backend"),
    [
        ("id = models.UUIDField(primary_key=True, default=uuid.uuid4)", "Model"),
        ("id = models.CharField(max_length=40, primary_key=True, default='m-1')", "Cache"),
    ],
)
def test_user_models_of_ones_own(tmp_path: Path, pk: str, backend: str) -> None:
    members = tmp_path / "members"
    members.mkdir()
    (members / "__init__.py").touch()
    (members / "models.py").write_text(dedent(MODELS).format(pk=pk))
    jwt = f'"BLACKLIST_BACKEND": "restflow.authentication.{backend}BlacklistBackend",'
    apps = ["rest_framework", "restflow.core", "restflow.authentication", "members"]
    more = (
        'AUTH_USER_MODEL = "members.Member"\nINSTALLED_APPS.remove("django.contrib.admin")\n'
        'TEMPLATES[0]["OPTIONS"]["context_processors"] = []\n'
        'PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]'
    )
    started(tmp_path, apps, jwt, more)
    said = run(tmp_path, "members")
    assert "restflow.E" not in said
    assert "done" in said
