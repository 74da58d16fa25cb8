"""Django settings that fit whatever is installed, so that an isolated run sees only its own apps.

``RESTFLOW_TEST_DATABASE`` picks the engine: ``sqlite`` (the default), ``postgres`` or ``mariadb``.
"""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from restflow_testing.services import MARIADB, POSTGRES

SCRATCH = Path(tempfile.gettempdir()) / f"restflow-tests-{os.getpid()}"


def _ships_app(name: str) -> bool:
    """Tell whether *name* can be an app, without importing it before Django is set up."""
    top, _, rest = name.partition(".")
    spec = find_spec(top)
    folders = (spec and spec.submodule_search_locations) or ()
    return any((Path(folder) / rest / "apps.py").is_file() for folder in folders)


def _sqlite(name: str) -> dict[str, Any]:
    """A file, not ``:memory:``: each thread has its own connection and waits for others' locks."""
    SCRATCH.mkdir(exist_ok=True)
    path = str(SCRATCH / f"{name}.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
        "TEST": {"NAME": path},
    }


def _databases(engine: str) -> dict[str, dict[str, Any]]:
    service = {"postgres": POSTGRES, "mariadb": MARIADB}.get(engine)
    default = service.django_database() if service else _sqlite("default")
    return {"default": default, "other": _sqlite("other")}


SECRET_KEY = "for-the-test-suite-only-and-long-enough-to-sign-with"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "restflow_testing.urls"
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES = _databases(os.environ.get("RESTFLOW_TEST_DATABASE", "sqlite"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "restflow-tests",
    },
    "dummy": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STATIC_URL = "static/"
MEDIA_ROOT = str(SCRATCH / "media")
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *filter(
        _ships_app,
        (
            "rest_framework",
            "drf_spectacular",
            "restflow.core",
            "restflow.caching",
            "restflow.authentication",
        ),
    ),
    "restflow_testing",
]
# Django's tables are made without migrations: faster, and early enough for our foreign keys.
MIGRATION_MODULES = {"auth": None, "contenttypes": None, "sessions": None}
RESTFLOW_SETTINGS: dict[str, dict[str, Any]] = {}
