"""Misconfiguration is found by ``manage.py check``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest
from django.core.checks.registry import registry
from django.test import override_settings

from restflow.caching import cache_result
from restflow.caching.checks import check_caching, check_deployment
from restflow.caching.conf import caching_settings


def ids(**caching: Any) -> list[str | None]:
    with override_settings(RESTFLOW_SETTINGS={"CACHING": caching}):
        return [message.id for message in check_caching()]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("MAX_KEY_LENGTH", 10, "restflow.E101"),
        ("REPLICA_LAG", -1, "restflow.E101"),
        ("DEADLINE", "soon", "restflow.E101"),
        ("COMPRESS_ABOVE", None, None),
        ("KEY_HASH_ALGORITHM", "rot13", "restflow.E102"),
        ("KEY_HASH_ALGORITHM", "sha256", None),
        ("CODEC", "yaml", "restflow.E103"),
        ("CODEC", "restflow.caching.entries.JSONCodec", None),
        ("CODEC", "json.JSONEncoder", "restflow.E103"),
    ],
)
def test_settings(key: str, value: Any, expected: str | None) -> None:
    assert ids(**{key: value}) == ([] if expected is None else [expected])


def test_every_message_has_a_hint() -> None:
    with override_settings(RESTFLOW_SETTINGS={"CACHING": {"LEASE": 0, "CODEC": "yaml"}}):
        assert all(message.hint for message in check_caching())


def test_caches() -> None:
    @cache_result
    def rows(row: int) -> int:
        return row

    assert check_caching() == []
    [message] = check_deployment()
    assert message.id == "restflow.W101"
    assert check_deployment in registry.deployment_checks  # not part of a plain `check`
    assert check_caching in registry.registered_checks
    caches = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "KEY_PREFIX": "x" * 200,
        }
    }
    with override_settings(CACHES=caches):
        assert [message.id for message in check_caching()] == ["restflow.E105"]
    with override_settings(CACHES={"other": caches["default"]}):
        assert [message.id for message in check_caching()] == ["restflow.E104"]
    assert rows(1) == 1


def test_what_the_distribution_declares_is_there() -> None:
    pyproject = Path(__file__).parents[2] / "pyproject.toml"
    declared = tomllib.loads(pyproject.read_text())["project"]["entry-points"]
    [(name, target)] = declared["restflow.settings"].items()
    assert name == caching_settings.name
    assert resolve_name(target) is caching_settings
    assert resolve_name(declared["restflow.checks"]["caching"]) is check_caching
