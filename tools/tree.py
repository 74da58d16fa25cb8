"""What is in this checkout: its distributions, their metadata, and the import names they ship."""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAME = re.compile(r"[\w.-]+")
VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


def required(requirement: str) -> str:
    """The distribution that a requirement line asks for: ``restflow-core[drf]~=0.1`` -> core."""
    match = NAME.match(requirement)
    if match is None:
        raise ValueError(f"{requirement!r} is no requirement line")
    return match[0]


class Distribution:
    """One folder of ``packages/``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = folder.name
        self.source = folder / "src" / "restflow"

    @cached_property
    def table(self) -> dict[str, Any]:
        return tomllib.loads((self.folder / "pyproject.toml").read_text())

    @property
    def dependencies(self) -> list[str]:
        return list(self.table["project"].get("dependencies", []))

    @property
    def extras(self) -> dict[str, list[str]]:
        return dict(self.table["project"].get("optional-dependencies", {}))

    @property
    def test_group(self) -> list[str]:
        """What its suite needs beyond what its wheel declares."""
        return list(self.table.get("dependency-groups", {}).get("test", []))

    @property
    def needs(self) -> dict[str, str]:
        """Import names that need an optional library, and that library's import name."""
        return dict(self.table["tool"].get("restflow", {}).get("needs", {}))

    @property
    def version(self) -> str:
        project = self.table["project"]
        if "version" in project:
            return str(project["version"])
        path = self.folder / self.table["tool"]["hatch"]["version"]["path"]
        match = VERSION.search(path.read_text())
        if match is None:
            raise SystemExit(f'{path} has no line __version__ = "..."')
        return match[1]

    @property
    def portions(self) -> list[str]:
        """Its import names: ``restflow.core``, ``restflow.exceptions``..."""
        if not self.source.is_dir():
            return []
        return sorted(
            f"restflow.{path.name}"
            for path in self.source.iterdir()
            if path.is_dir() and any(path.glob("*.py"))
        )

    @property
    def modules(self) -> list[Path]:
        return sorted(self.source.rglob("*.py"))


def distributions(root: Path = ROOT) -> dict[str, Distribution]:
    """Every distribution under *root* by name."""
    paths = sorted(root.glob("packages/*/pyproject.toml"))
    return {path.parent.name: Distribution(path.parent) for path in paths}


def with_siblings(name: str, root: Path = ROOT) -> list[str]:
    """*name* and every distribution of this checkout that it needs, directly or not."""
    known = distributions(root)
    found = [name]
    for each in found:  # grows while it is walked
        lines = known[each].dependencies
        if each == "restflow":
            lines += [line for extra in known[each].extras.values() for line in extra]
        names = (required(line) for line in lines)
        found += sorted({needed for needed in names if needed in known} - set(found))
    return found
