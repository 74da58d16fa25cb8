"""Every exception class of DRF and Django, found by looking: one shape, and the protocol kept."""

from __future__ import annotations

import inspect
import json
from importlib import import_module
from typing import Any

import pytest
from django.core import exceptions as django_exceptions
from django.http.request import UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.authentication import BasicAuthentication
from rest_framework.views import exception_handler as drf_handler

from restflow.exceptions import ErrorCode
from restflow_testing.models import Category

MODULES = [
    "django.core.exceptions",
    "django.core.files.uploadhandler",
    "django.core.paginator",
    "django.core.serializers.base",
    "django.core.signing",
    "django.db.models.deletion",
    "django.db.transaction",
    "django.db.utils",
    "django.http",
    "django.http.multipartparser",
    "django.http.request",
    "django.http.response",
    "django.template.exceptions",
    "django.urls.exceptions",
    "django.utils.datastructures",
    "django.utils.encoding",
    "django.utils.http",
    "rest_framework.exceptions",
    "rest_framework.fields",
    "rest_framework.relations",
    "rest_framework.request",
]
SECRET = "s3cret-of-the-exception"

#: Where we answer better than the 500 of Django and DRF; everything else follows them.
OURS = {
    django_exceptions.ValidationError: 400,
    django_exceptions.RequestAborted: 400,
    UnreadablePostError: 400,
}


def classes() -> list[type[Exception]]:
    found: dict[type[Exception], None] = {}
    for name in MODULES:
        for value in vars(import_module(name)).values():
            if (
                isinstance(value, type)
                and issubclass(value, Exception)
                and value.__module__.startswith(("django.", "rest_framework."))
            ):
                found[value] = None
    return sorted(found, key=lambda cls: (cls.__module__, cls.__qualname__))


def made(cls: type[Exception]) -> Exception:
    """An instance of *cls*: a secret for each argument it needs, and for one if Django made it."""
    if issubclass(cls, UnicodeDecodeError):
        return cls("utf-8", SECRET.encode(), 0, 1, SECRET)
    if issubclass(cls, drf.Throttled):
        return cls(wait=6.5)
    needed = 0 if issubclass(cls, drf.APIException) else 1
    if inspect.isfunction(cls.__init__):
        parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]
        positional = [p for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        needed = max(needed, sum(p.default is p.empty for p in positional))
    return cls(*[SECRET] * needed)


CLASSES = classes()


def test_the_table_is_not_empty() -> None:
    names = {cls.__name__ for cls in CLASSES}
    assert names >= {"Throttled", "Http404", "TooManyFilesSent", "IntegrityError", "BadRequest"}


@pytest.mark.parametrize("asgi", [False, True], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: f"{cls.__module__}.{cls.__qualname__}")
def test_one_shape_and_the_protocol(
    cls: type[Exception], asgi: bool, answer: Any, db: None, atomic_requests: None
) -> None:
    view = {"authentication_classes": [BasicAuthentication]}
    stock = answer(made(cls), view={**view, "get_exception_handler": lambda self: drf_handler})
    assert not Category.objects.exists()

    response = answer(made(cls), asgi=asgi, view=view)

    assert response.status_code == OURS.get(cls, stock.status_code)
    assert response["Content-Type"] == "application/json"
    body = json.loads(response.content)
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "details"]
    assert isinstance(body["error"]["code"], str)
    assert isinstance(body["error"]["message"], str)
    assert body["error"]["message"]
    assert isinstance(body["error"]["details"], dict)
    for name in ("WWW-Authenticate", "Retry-After"):
        assert response.get(name) == stock.get(name)
    assert response["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert not Category.objects.exists(), "the request's transaction was not rolled back"
    if issubclass(cls, drf.APIException) and cls not in (drf.APIException, drf.ValidationError):
        assert body["error"]["code"] == cls.default_code
    else:
        assert body["error"]["code"] in set(ErrorCode)
    if response.status_code == 500 and not issubclass(cls, drf.APIException):
        assert body["error"]["code"] == "internal_error"
        assert body["error"]["details"] == {"request_id": response["X-Request-ID"]}
        told = response.content.decode() + str(dict(response.items()))
        assert SECRET not in told
        assert cls.__name__ not in told


def test_without_an_error_the_row_stays(answer: Any, db: None, atomic_requests: None) -> None:
    """Or else the rollbacks above would prove nothing."""
    assert answer(None).status_code == 200
    assert Category.objects.exists()
