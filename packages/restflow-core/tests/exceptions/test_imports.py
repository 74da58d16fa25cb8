"""What importing the package costs and needs, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

import restflow.exceptions
from restflow.exceptions import __all__ as names

CONFIGURE = """
import sys
from django.conf import settings
settings.configure(
    SECRET_KEY="x" * 50,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    REST_FRAMEWORK={"EXCEPTION_HANDLER": "restflow.exceptions.exception_handler"},
)
"""


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_package_alone_imports_no_drf() -> None:
    code = """
import sys
import restflow.exceptions.conf, restflow.exceptions.checks
print(restflow.exceptions.ErrorCode.CONFLICT, [m for m in sys.modules if "rest_framework" in m])
"""
    assert python(code) == "conflict []"


def test_without_drf() -> None:
    """The section can be read; what needs DRF says what to run."""
    code = """
import sys
sys.modules["rest_framework"] = None
from django.conf import settings
settings.configure(RESTFLOW_SETTINGS={"ERRORS": {"DETAILS": "full"}})
from restflow.exceptions.conf import error_settings
print(error_settings.DETAILS)
try:
    from restflow.exceptions import APIException
except ModuleNotFoundError as error:
    print(error)
"""
    assert python(code).splitlines() == [
        "full",
        "restflow.exceptions.APIException needs Django REST Framework. "
        "Run: python -m pip install 'djangorestframework>=3.17.2'",
    ]


def test_other_missing_modules_are_not_blamed_on_drf() -> None:
    code = """
import sys
sys.modules["restflow.core.steps"] = None
try:
    from restflow.exceptions import exception_handler
except ModuleNotFoundError as error:
    print(error.name, "djangorestframework" in str(error))
"""
    assert python(CONFIGURE + code) == "restflow.core.steps False"


def test_the_leaf_rule() -> None:
    """All of it imports before ``django.setup()`` and before DRF's views, and leaves them alone."""
    imports = "\n".join(f"restflow.exceptions.{name}" for name in names)
    code = f"""{CONFIGURE}
import restflow.exceptions
{imports}
assert "rest_framework.views" not in sys.modules
import django
from django.apps import apps
assert not apps.ready
django.setup()
from rest_framework.views import APIView
assert APIView().get_exception_handler() is restflow.exceptions.exception_handler
print("imported")
"""
    assert python(code) == "imported"


def test_drf_imports_it_from_settings() -> None:
    code = f"""{CONFIGURE}
import django
django.setup()
import rest_framework.views
print(rest_framework.views.APIView().get_exception_handler().__name__)
"""
    assert python(code) == "exception_handler"


def test_names() -> None:
    assert set(names) <= set(dir(restflow.exceptions))
    for name in names:
        assert getattr(restflow.exceptions, name).__name__ == name
        assert name in vars(restflow.exceptions), "looked up once"
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        restflow.exceptions.nonsense  # noqa: B018
