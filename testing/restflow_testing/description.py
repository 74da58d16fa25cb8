"""What the description of restflow promises, part by part, and how much of it stands.

Each part is a TOML file of names and examples. Tests claim examples with the mark
``describes("title", ...)``; what nobody built yet is listed in the file as ``missing``.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """One file of the description and the tests that stand next to it."""

    path: Path
    names: tuple[str, ...]
    examples: tuple[str, ...]
    missing: frozenset[str]

    @property
    def tests(self) -> Path:
        return self.path.with_name(f"test_{self.path.stem}.py")

    def claimed(self) -> list[str]:
        """The titles that the part's tests claim, in the order of the file."""
        if not self.tests.is_file():
            return []
        return list(_claims(ast.parse(self.tests.read_text())))


def _claims(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("describes"):
            for argument in node.args:
                yield ast.literal_eval(argument)


def parts(folder: Path) -> list[Part]:
    """Every part of the description under *folder*."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        table = tomllib.loads(path.read_text())
        missing = frozenset(table.get("missing", ()))
        found.append(Part(path, tuple(table["names"]), tuple(table["examples"]), missing))
    return found


def exists(name: str) -> bool:
    """Tell whether a dotted name can be reached: a module, or an attribute of one."""
    path, attributes = name, list[str]()
    while path:
        try:
            found: object = import_module(path)
        except ModuleNotFoundError as error:
            if error.name is None or not name.startswith(error.name):
                raise  # the module is there and one of its own imports is not
            path, _, attribute = path.rpartition(".")
            attributes.insert(0, attribute)
            continue
        for attribute in attributes:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False
