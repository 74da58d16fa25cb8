"""Fail when the tree breaks a rule that no linter knows: namespace, typing, lists, changelogs."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tree import ROOT, Distribution, distributions, required

WALL = 450
REQUIRED = {"django", "djangorestframework"}  # the matrix names their versions itself
FRAGMENT = re.compile(r"[a-z0-9+][a-z0-9-]*\.(added|changed|fixed)\.md")
MARK = "<!-- towncrier release notes start -->"


def namespace(root: Path) -> Iterator[str]:
    """PEP 420: one ``restflow/__init__.py`` would hide every other distribution's part."""
    for path in root.glob("**/restflow/__init__.py"):
        if not {".nox", ".venv"} & set(path.relative_to(root).parts):
            yield f"{path.relative_to(root)}: this file must never exist (PEP 420); delete it"


def portions(known: dict[str, Distribution]) -> Iterator[str]:
    """Every import name is a typed package, in one distribution."""
    owners: dict[str, str] = {}
    for name, each in known.items():
        if not each.source.is_dir():
            continue
        for path in each.source.glob("*.py"):
            if path.name != "__init__.py":
                yield f"{name}: {path.name} must be a package: single files are untyped to others"
        for portion in each.portions:
            folder = each.source / portion.partition(".")[2]
            for needed in ("__init__.py", "py.typed"):
                if not (folder / needed).is_file():
                    yield f"{name}: {portion} has no {needed}"
            if portion in owners:
                yield f"{portion} is shipped by {owners[portion]} and by {name}"
            owners[portion] = name


def sizes(known: dict[str, Distribution]) -> Iterator[str]:
    """A module holds one concept; past the wall it holds two."""
    for each in known.values():
        for path in each.modules:
            lines = path.read_text().count("\n")
            if lines > WALL:
                yield f"{path.relative_to(each.folder.parent)}: {lines} lines, {WALL} at most"


def lists(root: Path, known: dict[str, Distribution]) -> Iterator[str]:
    """What pyproject.toml has to spell out agrees with the tree."""
    table = tomllib.loads((root / "pyproject.toml").read_text())
    tool, groups = table["tool"], table["dependency-groups"]
    names = {portion for each in known.values() for portion in each.portions}
    sources = {f"packages/{name}/src" for name, each in known.items() if each.portions}
    written = {
        "importlinter.root_packages": (set(tool["importlinter"]["root_packages"]), names),
        "coverage.paths": ({f"restflow.{key}" for key in tool["coverage"]["paths"]}, names),
        "mypy.mypy_path": (set(tool["mypy"]["mypy_path"]) - {"testing"}, sources),
    }
    for place, (listed, real) in written.items():
        for name in sorted(real - listed):
            yield f"pyproject.toml: {place} lacks {name}"
        for name in sorted(listed - real):
            yield f"pyproject.toml: {place} names {name}, which does not exist"
    together = [line for name in ("test", "integration") for line in groups[name]]
    there = {required(line).lower() for line in together if isinstance(line, str)}
    for name, each in known.items():
        lines = [*each.test_group, *(line for extra in each.extras.values() for line in extra)]
        for line in lines:
            if required(line) not in known and required(line).lower() not in there | REQUIRED:
                yield f"pyproject.toml: the group integration lacks {line}, which {name} tests with"


def fragments(known: dict[str, Distribution]) -> Iterator[str]:
    """Who changes a distribution tells its users, in a file that towncrier can place."""
    for name, each in known.items():
        log = each.folder / "CHANGELOG.md"
        if not log.is_file() or MARK not in log.read_text():
            yield f"{name}: CHANGELOG.md has no line {MARK!r}; towncrier writes below it"
            continue
        told = [path for path in each.folder.glob("changelog.d/*.md")]
        for path in told:
            if not FRAGMENT.fullmatch(path.name):
                yield f"{name}: {path.name} in changelog.d is not <slug>.<added|changed|fixed>.md"
            elif not path.read_text().strip():
                yield f"{name}: {path.name} in changelog.d says nothing"
        if not told and changed_since_release(each):
            yield f"{name}: src changed since CHANGELOG.md was written; add a file to changelog.d/"


def changed_since_release(each: Distribution) -> bool:
    """Tell whether the committed source differs from what the changelog was last written for."""

    def git(*words: str) -> subprocess.CompletedProcess[str]:
        command = ["git", "-C", str(each.folder), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    written = git("log", "-1", "--format=%H", "--", "CHANGELOG.md").stdout.strip()
    return bool(written) and git("diff", "--quiet", written, "--", "src").returncode == 1


def main(root: Path = ROOT) -> int:
    known = distributions(root)
    errors = [
        *namespace(root),
        *portions(known),
        *sizes(known),
        *lists(root, known),
        *fragments(known),
    ]
    for line in errors:
        print("error:", line, file=sys.stderr)
    print(f"tree: {len(known)} distributions, {len(errors)} errors")
    return bool(errors)


if __name__ == "__main__":
    raise SystemExit(main())
