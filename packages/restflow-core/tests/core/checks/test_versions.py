"""E007: Django 6.1 with a DRF older than 3.18."""

from __future__ import annotations

from importlib import metadata

import django
import pytest

from restflow.core.checks import check_versions


@pytest.mark.parametrize(
    ("django_version", "drf", "ids"),
    [
        ((6, 1), "3.17.2", ["restflow.E007"]),
        ((6, 2), "3.17.9", ["restflow.E007"]),
        ((6, 1), "3.18.0", []),
        ((6, 1), "4.0", []),
        ((5, 2), "3.17.2", []),
    ],
)
def test_pairs(
    monkeypatch: pytest.MonkeyPatch, django_version: tuple[int, int], drf: str, ids: list[str]
) -> None:
    monkeypatch.setattr(django, "VERSION", (*django_version, 0, "final", 0))
    monkeypatch.setattr(metadata, "version", lambda name: drf)
    found = check_versions()
    assert [message.id for message in found] == ids
    for message in found:
        assert "djangorestframework>=3.18" in (message.hint or "")


def test_a_project_without_drf_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    assert check_versions() == []
