"""What the checks say of rules, and what start-up imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test.utils import isolate_apps

from restflow.caching import InvalidatingManager, InvalidationRule, cache_result
from restflow.caching.rules import bound_rules
from restflow.caching.rules.checks import check_rules
from restflow_testing.models import Tag


def cached(*rules: InvalidationRule) -> Any:
    def func(name: str) -> str:
        return name

    return cache_result(invalidates_on=rules)(func)


def test_rules_that_miss_writes_or_come_late() -> None:
    wrapper = cached(InvalidationRule(Tag, {"name": "name"}))
    messages = check_rules()
    assert [message.id for message in messages] == ["restflow.W110", "restflow.W111"]
    assert all(message.hint for message in messages)
    assert "restflow_testing.Tag.objects" in messages[1].msg
    assert "func" in messages[1].msg
    for bound in bound_rules:
        bound.late = False
    assert [message.id for message in check_rules()] == ["restflow.W111"]
    assert wrapper.rules


@isolate_apps("restflow_testing")
def test_the_manager_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tag._meta, "local_managers", [])
    monkeypatch.delitem(vars(Tag._meta), "managers", raising=False)
    manager: Any = InvalidatingManager()
    manager.name, manager.model = "objects", Tag
    monkeypatch.setattr(Tag._meta, "local_managers", [manager])
    monkeypatch.delitem(vars(Tag._meta), "managers", raising=False)
    wrapper = cached(InvalidationRule(Tag, {"name": "name"}))
    try:
        assert [message.id for message in check_rules()] == ["restflow.W110"]
    finally:
        vars(Tag._meta).pop("managers", None)
    assert wrapper.rules


@pytest.mark.parametrize("options", [{"dispatcher": "nobody"}, {"dispatcher": "no.such.path"}])
def test_what_is_not_there(options: Any) -> None:
    wrapper = cached(InvalidationRule(Tag, {"name": "name"}, **options))
    other = cached(InvalidationRule(Tag, invalidator="nowhere.at.all"))
    assert "restflow.E110" in [message.id for message in check_rules()]
    assert wrapper.rules
    assert other.rules


PROGRAM = """
import sys
from django.conf import settings
import restflow_testing.settings as base
names = {n: getattr(base, n) for n in dir(base) if n.isupper()}
names["INSTALLED_APPS"] = [*names["INSTALLED_APPS"], "shelf"]
names["ROOT_URLCONF"] = "shelf.urls"
names["RESTFLOW_SETTINGS"] = {"CACHING": {"RULE_MODULES": ["named_rules"]}}
settings.configure(**names)
import django
django.setup()
found = {name for name in sys.modules if name.split(".")[0] in ("shelf", "named_rules")}
print(sorted(found - {"shelf", "shelf.models"}))
from restflow.caching.rules import bound_rules
print(sorted((bound.function_name, bound.late) for bound in bound_rules))
"""


@pytest.mark.load
def test_what_start_up_imports(tmp_path: Path) -> None:
    rule = (
        "from restflow.caching import InvalidationRule, cache_result\n"
        "rule = InvalidationRule('restflow_testing.Tag', {'name': 'name'})\n"
        "@cache_result(invalidates_on=[rule])\n"
        "def rows(name: str): return name\n"
    )
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "__init__.py").write_text("")
    for name in ("caches", "views", "urls", "tasks", "signals"):
        (shelf / f"{name}.py").write_text(rule)
    (tmp_path / "named_rules.py").write_text(rule)
    (tmp_path / "other_rules.py").write_text(rule)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    modules, rules = done.stdout.splitlines()
    assert modules == "['named_rules', 'shelf.caches']"
    assert rules == "[('named_rules.rows', False), ('shelf.caches.rows', False)]"
