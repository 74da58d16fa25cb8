"""``manage.py restflow_cache`` on functions that were imported."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from restflow.caching import ArgsKeyField, KeyConstructor, cache_result
from restflow.caching.wrapper import CachedWrapper


class K(KeyConstructor):
    user = ArgsKeyField("user_id", partition=True)
    page = ArgsKeyField("page")

    class Meta:
        namespace = "command"


@pytest.fixture
def rows() -> CachedWrapper[..., list[int], list[int]]:
    def rows(user_id: int, page: int = 1) -> list[int]:
        return [user_id, page]

    return cache_result(K)(rows)


def manage(*words: str) -> str:
    output = StringIO()
    call_command("restflow_cache", *words, stdout=output)
    return output.getvalue()


def test_list(rows: CachedWrapper[..., list[int], list[int]]) -> None:
    [line] = manage("list").splitlines()
    assert line.startswith(rows.name)
    assert "cache=default" in line
    assert "partition=user_id" in line


def test_explain(rows: CachedWrapper[..., list[int], list[int]]) -> None:
    found = json.loads(manage("explain", rows.name, "42", "page=3"))
    assert found["key"] == rows.cache_key(42, 3)
    assert found["suffix"] == [{"field": "page", "text": "3"}]
    with pytest.raises(CommandError, match="user_id"):
        manage("explain", rows.name)


def test_wipe(rows: CachedWrapper[..., list[int], list[int]]) -> None:
    def status(user_id: int) -> str:
        return str(rows.get_with_metadata(user_id)[1]["cache_status"])

    status(1)
    status(2)
    assert manage("wipe", rows.name, "user_id=1") == "Wiped.\n"
    assert [status(1), status(2)] == ["MISS", "HIT"]
    assert manage("wipe", rows.name, "--all") == "Wiped.\n"
    assert [status(1), status(2)] == ["MISS", "MISS"]
    for words in ([], ["42"], ["page=1"]):
        with pytest.raises(CommandError):
            manage("wipe", rows.name, *words)
    with pytest.raises(CommandError, match="--module"):
        manage("wipe", "nobody.knows", "--all")


def test_stats(rows: CachedWrapper[..., list[int], list[int]]) -> None:
    rows(1)
    rows(1)
    lines = manage("stats").splitlines()
    assert lines[0].startswith("cache default: answers in")
    assert '"hit": 1' in lines[1]
    assert manage("stats", rows.name).splitlines()[1] == lines[1]


def test_a_module_is_imported_on_demand() -> None:
    with pytest.raises(ModuleNotFoundError):
        manage("--module", "no.such.module", "list")
