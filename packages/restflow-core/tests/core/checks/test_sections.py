"""Each check of ``RESTFLOW_SETTINGS`` with a project that fails it and one that passes."""

from __future__ import annotations

from datetime import timedelta
from importlib import metadata
from typing import Any, Literal

import pytest
from django.test import override_settings

from restflow.core.checks import check_settings
from restflow.core.settings import Section, restflow_settings


class ParcelSettings(Section, name="PARCEL", import_strings=("CARRIER",)):
    SIZE: Literal["small", "large"] = "small"
    LIFETIME: timedelta = timedelta(days=1)
    LIMIT: int | None = None
    CODES: tuple[str, ...] = ()
    STRICT: bool = True
    SECRET: Any = None
    CARRIER: Any = "json.dumps"


parcel = ParcelSettings()


@pytest.fixture(autouse=True)
def _declared(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {
        "PARCEL": metadata.EntryPoint("PARCEL", "json:dumps", "restflow.settings"),
        "ABSENT": metadata.EntryPoint("ABSENT", "no_such_library:x", "restflow.settings"),
    }
    monkeypatch.setattr(restflow_settings, "_entry_points", points)
    monkeypatch.setitem(vars(restflow_settings), "PARCEL", parcel)


def found(value: Any) -> list[tuple[str | None, str, str | None]]:
    with override_settings(RESTFLOW_SETTINGS=value):
        return [(m.id, m.msg, m.hint) for m in check_settings()]


GOOD: dict[str, Any] = {
    "SIZE": "large",
    "LIFETIME": timedelta(hours=1),
    "LIMIT": None,
    "CODES": ["a"],
    "STRICT": False,
    "CARRIER": "json.loads",
}


def test_a_project_without_the_setting_and_one_with_good_values_pass() -> None:
    assert found(None) == []
    assert found({"PARCEL": GOOD}) == []
    assert found({"PARCEL": {"CARRIER": len, "LIMIT": 3}}) == []
    assert found({"PARCEL": {"SECRET": b"anything"}}) == []
    assert found({"ABSENT": {"ANY": 1}}) == []  # its package needs a library that is not there


@pytest.mark.parametrize(
    ("value", "id_", "says", "hint"),
    [
        ({"PARCELS": {}}, "restflow.E002", "no section 'PARCELS'", "Did you mean 'PARCEL'?"),
        ({"ZZZ": {}}, "restflow.E002", "no section 'ZZZ'", "Known sections: ABSENT, PARCEL."),
        ({"PARCEL": {"sise": "small"}}, "restflow.E003", "['sise']", "Did you mean 'SIZE'?"),
        ({"PARCEL": {"QQQQ": 1}}, "restflow.E003", "['QQQQ']", "Known keys: CARRIER"),
        ({"PARCEL": ["SIZE"]}, "restflow.E004", "list, not a dict", "{...}"),
        (["PARCEL"], "restflow.E004", "must be a dict", "docs"),
        ({"PARCEL": {"CARRIER": "a.b"}}, "restflow.E005", "'a.b'", "dotted path"),
        ({"PARCEL": {"SIZE": "huge"}}, "restflow.E006", "'huge'", "'small' or 'large'"),
        ({"PARCEL": {"LIFETIME": 300}}, "restflow.E006", "300", "timedelta"),
        ({"PARCEL": {"LIMIT": "3"}}, "restflow.E006", "'3'", "int or None"),
        ({"PARCEL": {"LIMIT": True}}, "restflow.E006", "True", "int"),
        ({"PARCEL": {"CODES": "abc"}}, "restflow.E006", "'abc'", "tuple"),
        ({"PARCEL": {"STRICT": 1}}, "restflow.E006", "1", "bool"),
    ],
)
def test_what_each_check_finds(value: Any, id_: str, says: str, hint: str) -> None:
    (message,) = found(value)
    assert message[0] == id_
    assert says in message[1]
    assert hint in (message[2] or "")
