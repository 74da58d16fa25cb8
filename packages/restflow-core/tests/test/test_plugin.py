"""The pytest plugin, in a project of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROJECT = """
import pytest
from django.http import JsonResponse
from django.urls import path
from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory

async def hello(request):
    return JsonResponse({"hello": "you"})

urlpatterns = [path("hello/", hello)]
pytestmark = pytest.mark.urls(__name__)

async def test_client(async_api_client):
    assert isinstance(async_api_client, AsyncAPIClient)
    assert (await async_api_client.get("/hello/")).json() == {"hello": "you"}

def test_factory(async_api_factory):
    assert isinstance(async_api_factory, AsyncAPIRequestFactory)

async def test_rows_1(adb):
    from django.contrib.auth.models import User
    await User.objects.acreate(username="ada")
    assert await User.objects.acount() == 1

async def test_rows_2(adb):
    from django.contrib.auth.models import User
    assert await User.objects.acount() == 0
"""
SETTINGS = """
SECRET_KEY = "for-this-test-only-and-long-enough-to-sign-something-with"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3",
                         "TEST": {"NAME": "test.sqlite3"}}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
MIGRATION_MODULES = {"auth": None, "contenttypes": None}
ROOT_URLCONF = "own_settings"
urlpatterns = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""


def test_fixtures(tmp_path: Path) -> None:
    (tmp_path / "own_settings.py").write_text(SETTINGS)
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["restflow.test.plugin"]\n')
    (tmp_path / "test_hello.py").write_text(PROJECT)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nDJANGO_SETTINGS_MODULE = own_settings\npythonpath = .\n"
    )
    plugins = ["-p", "pytest_asyncio.plugin", "-p", "pytest_django.plugin"]
    environment = {name: value for name, value in os.environ.items() if "DJANGO" not in name}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        env={**environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # others' take seconds to load
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout
