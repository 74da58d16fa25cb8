"""E008 and W001 to W003: the ASGI section, the handler, the middlewares around it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.checks.registry import registry
from django.core.handlers.asgi import ASGIHandler
from django.utils.decorators import sync_only_middleware

from restflow.core.asgi import RestflowASGIHandler
from restflow.core.asgi import application as application_module
from restflow.core.checks import check_asgi, check_deployment

django_s = ASGIHandler()
ours = RestflowASGIHandler()
wrapped = ASGIStaticFilesHandler(ours)


class Router:
    application_mapping = {"http": django_s}


routed = Router()


@sync_only_middleware
def keeps_a_thread(get_response: Any) -> Any:
    return get_response


def ids(messages: Any) -> list[str]:
    return [message.id for message in messages]


@pytest.mark.parametrize(("threads", "expected"), [(-1, ["restflow.E008"]), (0, []), (32, [])])
def test_idle_threads(settings: Any, threads: int, expected: list[str]) -> None:
    settings.RESTFLOW_SETTINGS = {"ASGI": {"IDLE_THREADS": threads}}
    assert ids(check_asgi()) == expected


def test_an_unknown_django(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(check_asgi()) == []
    monkeypatch.setattr(application_module.django, "VERSION", (7, 0, 0, "final", 0))
    assert ids(check_asgi()) == ["restflow.W001"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("django_s", ["restflow.W002"]),
        ("routed", ["restflow.W002"]),
        ("ours", []),
        ("wrapped", []),
        ("nothing_of_this_name", []),
    ],
)
def test_the_application(settings: Any, name: str, expected: list[str]) -> None:
    settings.ASGI_APPLICATION = f"{__name__}.{name}"
    assert ids(check_deployment()) == expected


def test_a_project_without_asgi_is_left_alone(settings: Any) -> None:
    settings.ASGI_APPLICATION = None
    settings.MIDDLEWARE = [f"{__name__}.keeps_a_thread"]
    assert check_deployment() == []


def test_sync_only_middleware(settings: Any) -> None:
    settings.ASGI_APPLICATION = f"{__name__}.ours"
    settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "no.such.middleware"]
    assert check_deployment() == []
    settings.MIDDLEWARE = [f"{__name__}.keeps_a_thread"]
    (message,) = check_deployment()
    assert message.id == "restflow.W003"
    assert "keeps_a_thread" in message.msg


def test_deployment_is_checked_on_deployment_only() -> None:
    assert check_asgi in registry.get_checks()
    assert check_deployment not in registry.get_checks()
    assert check_deployment in registry.get_checks(include_deployment_checks=True)
