"""System checks of the error handlers."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from django.urls import include, path

from restflow.core.checks import check_settings
from restflow.core.settings import restflow_settings
from restflow.exceptions import exception_handler
from restflow.exceptions.checks import check_exceptions

PATH = "restflow.exceptions.exception_handler"
PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
DECLARED = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["entry-points"]


class Empty:
    urlpatterns: list[Any] = []


class Inner:
    urlpatterns: list[Any] = []
    handler404 = "restflow.exceptions.handler404"


def ids(settings: Any, *, drf: Any = None, urls: Any = Empty, ours: Any = None) -> list[str]:
    settings.REST_FRAMEWORK = {} if drf is None else {"EXCEPTION_HANDLER": drf}
    settings.ROOT_URLCONF = urls
    settings.RESTFLOW_SETTINGS = {} if ours is None else {"ERRORS": ours}
    found = check_exceptions()
    assert all(message.hint for message in found)
    return [str(message.id) for message in found]


@pytest.mark.parametrize(
    "handler", ["restflow.exceptions.exception_handle", "nowhere.handler", "restflow", 5]
)
def test_e010_a_handler_that_cannot_be_called(settings: Any, handler: Any) -> None:
    assert ids(settings, drf=handler) == ["restflow.E010"]


def test_e010_a_module_is_no_handler(settings: Any) -> None:
    assert ids(settings, drf="restflow.exceptions.handler") == ["restflow.E010"]


@pytest.mark.parametrize("handler", [None, PATH, exception_handler, "rest_framework.views.View"])
def test_e010_passes(settings: Any, handler: Any) -> None:
    assert ids(settings, drf=handler) == []


def test_w010_a_handler_in_an_included_urlconf(settings: Any) -> None:
    class Middle:
        urlpatterns = [path("", include(Inner))]

    class Root:
        urlpatterns = [path("api/", include(Middle))]

    assert ids(settings, drf=PATH, urls=Root) == ["restflow.W010"]


def test_w010_passes(settings: Any) -> None:
    class Root:
        urlpatterns = [path("api/", include(Empty)), path("list/", include([]))]
        handler404 = "restflow.exceptions.handler404"

    assert ids(settings, drf=PATH, urls=Root) == []


def test_w011_handlers_for_urls_and_none_for_views(settings: Any) -> None:
    assert ids(settings, urls=Inner) == ["restflow.W011"]


def test_w011_imported_handlers_count(settings: Any) -> None:
    from restflow.exceptions import handler500

    class Root:
        urlpatterns: list[Any] = []

    Root.handler500 = staticmethod(handler500)  # type: ignore[attr-defined]
    assert ids(settings, urls=Root) == ["restflow.W011"]


def test_w011_settings_that_nobody_reads(settings: Any) -> None:
    assert ids(settings, ours={"DETAILS": "full"}) == ["restflow.W011"]


@pytest.mark.parametrize("drf", [PATH, "rest_framework.views.exception_handler"])
def test_w011_passes(settings: Any, drf: str) -> None:
    assert ids(settings, drf=drf, urls=Inner, ours={"DETAILS": "full"}) == []


def test_without_a_root_urlconf(settings: Any) -> None:
    assert ids(settings, urls=None) == []


def test_values_of_the_section(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Core checks them by the annotations: this is about our annotations."""
    points = {"ERRORS": EntryPoint("ERRORS", DECLARED["restflow.settings"]["ERRORS"], "")}
    monkeypatch.setattr(restflow_settings, "_entry_points", points)
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"DETAILS": "everything", "FORMAT": "xml"}}
    assert [message.id for message in check_settings()] == ["restflow.E006"] * 2
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"DETAILS": "full", "FORMAT": "problem+json"}}
    assert check_settings() == []


def test_the_distribution_names_the_check() -> None:
    value = DECLARED["restflow.checks"]["exceptions"]
    assert EntryPoint("exceptions", value, "").load() is check_exceptions
