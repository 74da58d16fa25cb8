"""The Django project that all sides share; each side brings only its URLs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "testing"), str(ROOT / "benchmarks")]

ROWS = 300
TOKEN_KEY = "only-for-benchmarks-and-long-enough-for-hs256"
RATE = "100/min"
STARTPROJECT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def database() -> dict[str, Any]:
    """PostgreSQL where ``RESTFLOW_BENCHMARK_DATABASE`` is a URL of it, else a SQLite file."""
    from restflow_testing.services import POSTGRES

    name = os.environ["RESTFLOW_BENCHMARK_DATABASE"]
    if name == "postgres":
        found = POSTGRES.django_database()
        return {**found, "NAME": "restflow_benchmark", "CONN_MAX_AGE": 60}
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
    }


def set_up(urlpatterns: list[Any] | None = None, *, middleware: bool = False) -> None:
    """Configure Django; once per process."""
    import django
    from django.conf import settings

    urls = ModuleType("restflow_benchmark_urls")
    vars(urls)["urlpatterns"] = [] if urlpatterns is None else urlpatterns
    sys.modules[urls.__name__] = urls
    settings.configure(
        SECRET_KEY=TOKEN_KEY,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=urls.__name__,
        USE_TZ=True,
        DATABASES={"default": database()},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        MIDDLEWARE=STARTPROJECT if middleware else [],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "rest_framework",
            "restflow_testing",
        ],
        TEMPLATES=[
            {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
        ],
        LOGGING_CONFIG=None,
        SIMPLE_JWT={"SIGNING_KEY": TOKEN_KEY, "ALGORITHM": "HS256"},
        REST_FRAMEWORK={
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "DEFAULT_PERMISSION_CLASSES": [],
            "DEFAULT_THROTTLE_RATES": {"anon": RATE},
            "UNAUTHENTICATED_USER": None,
        },
        RESTFLOW_SETTINGS={"JWT": {"SIGNING_KEY": TOKEN_KEY}},
    )
    django.setup()


def fill() -> None:
    """Make the tables and their rows anew."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command

    from restflow_testing.models import Category, Product

    call_command("migrate", run_syncdb=True, verbosity=0)
    call_command("flush", interactive=False, verbosity=0)
    category = Category.objects.create(pk=1, name="Pens", slug="pens")
    Product.objects.bulk_create(
        Product(pk=number, name=f"pen {number}", price=number, stock=number, category=category)
        for number in range(1, ROWS + 1)
    )
    get_user_model().objects.create_user("robin", pk=1)


def token() -> str:
    """An access token that PyJWT, simplejwt and restflow all accept."""
    import time
    import uuid

    import jwt

    now = int(time.time())
    claims = {
        "token_type": "access",
        "user_id": "1",
        "iat": now,
        "exp": now + 86_400,
        "jti": uuid.uuid4().hex,
        "family": uuid.uuid4().hex,
    }
    return jwt.encode(claims, TOKEN_KEY, "HS256")
