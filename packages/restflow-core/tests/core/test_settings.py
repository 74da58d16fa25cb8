"""Sections: defaults, the project's values, reloading, dotted paths."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from restflow.core.settings import RestflowSettings, Section


class MailSettings(Section, name="MAIL", import_strings=("BACKEND", "FILTERS")):
    SENDER: str = "nobody@shop.example"
    HEADERS: dict[str, str] = {}
    BACKEND: Any = "json.dumps"
    FILTERS: Any = ("json.loads", len)


mail = MailSettings()


def given(**values: Any) -> Any:
    return override_settings(RESTFLOW_SETTINGS={"MAIL": values})


def test_defaults_and_project_values() -> None:
    assert mail.SENDER == "nobody@shop.example"
    with given(SENDER="ada@shop.example"):
        assert mail.SENDER == "ada@shop.example"
        assert mail.is_set("SENDER")
    assert mail.SENDER == "nobody@shop.example"
    assert not mail.is_set("SENDER")


def test_a_falsy_value_is_a_value() -> None:
    with given(SENDER=None):
        assert mail.SENDER is None


def test_dotted_paths_are_imported_on_access_also_in_sequences() -> None:
    assert mail.BACKEND is json.dumps
    assert (json.loads, len) == mail.FILTERS
    with given(BACKEND="json.no_such_thing"):
        assert mail.SENDER == "nobody@shop.example"  # nothing else is imported or broken
        with pytest.raises(ImproperlyConfigured, match=r"\['MAIL'\]\['BACKEND'\].*no_such_thing"):
            _ = mail.BACKEND


def test_mutable_defaults_are_not_shared() -> None:
    mail.HEADERS["X-Test"] = "1"
    with given():
        assert mail.HEADERS == {}


def test_a_key_that_nobody_declared() -> None:
    with pytest.raises(AttributeError, match=r"RESTFLOW_SETTINGS\['MAIL'\] has no key 'COLOUR'"):
        _ = mail.COLOUR


@pytest.mark.parametrize("value", [["JWT"], {"MAIL": ["SENDER"]}])
def test_a_setting_of_the_wrong_shape(value: Any) -> None:
    with (
        override_settings(RESTFLOW_SETTINGS=value),
        pytest.raises(ImproperlyConfigured, match="must be a dict"),
    ):
        _ = mail.SENDER


def test_import_strings_must_name_keys() -> None:
    with pytest.raises(TypeError, match="SENDR"):
        type("Wrong", (Section,), {"SENDER": ""}, name="WRONG", import_strings=("SENDR",))


def test_a_value_is_looked_up_once() -> None:
    class Counting(dict[str, Any]):
        reads = 0

        def __getitem__(self, key: str) -> Any:
            Counting.reads += 1
            return super().__getitem__(key)

    with override_settings(RESTFLOW_SETTINGS={"MAIL": Counting(SENDER="x")}):
        assert [mail.SENDER, mail.SENDER, mail.SENDER] == ["x"] * 3
    assert Counting.reads == 1


class TestRestflowSettings:
    @pytest.fixture
    def installed(self, monkeypatch: pytest.MonkeyPatch) -> RestflowSettings:
        from importlib import metadata

        point = metadata.EntryPoint("MAIL", f"{__name__}:mail", "restflow.settings")
        both = RestflowSettings()
        both._entry_points = {"MAIL": point}
        monkeypatch.setattr(metadata.EntryPoint, "load", lambda point: mail)
        return both

    def test_sections_of_packages_nobody_imported(self, installed: RestflowSettings) -> None:
        assert list(installed) == ["MAIL"]
        assert installed.MAIL.SENDER == "nobody@shop.example"

    def test_a_section_that_nobody_declares(self, installed: RestflowSettings) -> None:
        with pytest.raises(AttributeError, match=r"declares the section.*'POST'"):
            _ = installed.POST
