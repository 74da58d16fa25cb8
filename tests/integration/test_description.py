"""The description, name by name and example by example: built and tested, or listed as missing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from restflow_testing.description import Part, exists, parts

PARTS = parts(Path(__file__).with_name("description"))
by_part = pytest.mark.parametrize("part", PARTS, ids=[part.path.stem for part in PARTS])
NAMES = [(part, name) for part in PARTS for name in part.names]


@pytest.mark.parametrize(("part", "name"), NAMES, ids=[name for _, name in NAMES])
def test_name(part: Part, name: str) -> None:
    if name in part.missing:
        assert not exists(name), f"{name} exists; take it out of `missing` in {part.path.name}"
    else:
        assert exists(name), f"{name} cannot be imported; build it or list it as missing"


@by_part
def test_every_example_is_tested_or_listed_as_missing(part: Part) -> None:
    claimed = set(part.claimed())
    assert set(part.examples) - part.missing - claimed == set(), "no test claims these"
    assert claimed & part.missing == set(), f"tested; take them out of `missing` in {part.path}"


@by_part
def test_titles_are_those_of_the_part(part: Part) -> None:
    assert set(part.claimed()) <= set(part.examples), f"no such example in {part.path.name}"
    assert part.missing <= {*part.names, *part.examples}, "`missing` names what is not described"
    assert [each for each, count in Counter(part.examples).items() if count > 1] == []


def test_every_example_file_has_a_part() -> None:
    stems = {part.path.stem for part in PARTS}
    files = Path(__file__).with_name("description").glob("test_*.py")
    assert {path.stem.removeprefix("test_") for path in files} <= stems
