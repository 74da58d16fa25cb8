"""Whatever ``REST_FRAMEWORK`` may name is importable while DRF's views are being imported."""

from __future__ import annotations

import subprocess
import sys
from textwrap import dedent

import pytest
from rest_framework.settings import DEFAULTS

from restflow_testing.description import exists

# What a project lists: every name of ours that fits, whether the setting takes one or many.
NAMED = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "restflow.authentication.JWTAuthentication",
        "restflow.authentication.SessionAuthentication",
    ],
    "DEFAULT_FILTER_BACKENDS": ["restflow.filters.RestflowFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "restflow.pagination.PageNumberPagination",
    "DEFAULT_PARSER_CLASSES": ["restflow.parsers.JSONParser"],
    "DEFAULT_PERMISSION_CLASSES": ["restflow.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["restflow.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["restflow.throttling.AnonRateThrottle"],
    "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
}


def built(value: str | list[str]) -> str | list[str] | None:
    """*value* without the names that nobody built yet; the description lists those."""
    if isinstance(value, str):
        return value if exists(value) else None
    return [name for name in value if exists(name)] or None


def started(rest_framework: dict[str, object], then: str) -> subprocess.CompletedProcess[str]:
    """Start Django in a process of its own with these settings, and run *then* in it."""
    script = f"""
        import sys
        import django
        from django.conf import settings
        settings.configure(
            SECRET_KEY="for-one-process-only-and-long-enough-to-sign-with",
            INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
            REST_FRAMEWORK={rest_framework!r},
        )
    """
    code = dedent(script) + dedent(then)
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_all_settings_at_once() -> None:
    settings = {name: value for name, listed in NAMED.items() if (value := built(listed))}
    assert set(settings) <= set(DEFAULTS)
    done = started(
        {**settings, "DEFAULT_THROTTLE_RATES": {"anon": "9/day"}},
        """
        django.setup()
        from rest_framework.views import APIView
        from rest_framework.settings import api_settings
        for name in settings.REST_FRAMEWORK:
            getattr(api_settings, name)
        assert APIView().get_renderers()
        """,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", NAMED)
def test_one_before_the_views_of_drf(name: str) -> None:
    value = built(NAMED[name])
    if value is None:
        return  # the description lists it as missing
    names = [value] if isinstance(value, str) else value
    # drf-spectacular's class, which ours derives from, stands on DRF's views itself. DRF imports
    # the schema class when somebody asks a view for its schema.
    may_import_views = name == "DEFAULT_SCHEMA_CLASS"
    done = started(
        {},
        f"""
        from django.utils.module_loading import import_string
        for name in {names!r}:
            import_string(name)
        assert {may_import_views!r} or "rest_framework.views" not in sys.modules
        assert "restflow.views" not in sys.modules
        """,
    )
    assert done.returncode == 0, done.stderr
