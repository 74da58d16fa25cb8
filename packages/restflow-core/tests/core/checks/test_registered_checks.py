"""The app registers core's checks and those that the other distributions name."""

from __future__ import annotations

from importlib import metadata

import pytest
from django.core import checks
from django.core.checks.registry import registry

from restflow.core.checks import check_namespace, check_settings, check_versions, registered_checks


@pytest.mark.django_db
def test_core_checks_run_with_the_project() -> None:
    assert {check_namespace, check_settings, check_versions} <= registry.registered_checks
    found = checks.run_checks(databases=[])
    assert [m for m in found if (m.id or "").startswith("restflow.E00")] == []


def test_checks_of_other_distributions(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        metadata.EntryPoint("b", "json:dumps", "restflow.checks"),
        metadata.EntryPoint("a", "no_such_library:x", "restflow.checks"),
    ]
    monkeypatch.setattr(metadata, "entry_points", lambda group: points)
    assert [check.__name__ for check in registered_checks()][5:] == ["dumps"]


def test_a_check_that_is_broken_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    point = metadata.EntryPoint("a", "restflow.no_such_module:x", "restflow.checks")
    monkeypatch.setattr(metadata, "entry_points", lambda group: [point])
    with pytest.raises(ModuleNotFoundError):
        list(registered_checks())
