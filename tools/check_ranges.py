"""Fail when a distribution's range for a sibling excludes the sibling's version in the tree."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from tree import ROOT, Distribution, distributions


def sibling_ranges(each: Distribution, known: dict[str, Distribution]) -> Iterator[Requirement]:
    lines = each.dependencies + [line for extra in each.extras.values() for line in extra]
    for requirement in map(Requirement, lines):
        if requirement.name in known and requirement.name != each.name:
            yield requirement


def next_breaking(version: str) -> str:
    """The version that a range must not admit: 0.1.3 -> 0.2, 1.4.0 -> 2."""
    major, minor = (int(part) for part in version.split(".")[:2])
    return f"{major + 1}" if major else f"0.{minor + 1}"


def wrong(range_: SpecifierSet, version: str) -> str | None:
    if not range_:
        return "names no range"
    if not range_.contains(version, prereleases=True):
        return f"excludes {version}, the version in the tree"
    if range_.contains(next_breaking(version)):
        return f"admits {next_breaking(version)}, which may break it"
    return None


def check(root: Path) -> Iterator[str]:
    known = distributions(root)
    graph: dict[str, set[str]] = {name: set() for name in known}
    for name, each in known.items():
        for requirement in sibling_ranges(each, known):
            graph[name].add(requirement.name)
            problem = wrong(requirement.specifier, known[requirement.name].version)
            if problem is not None:
                yield f"{name}: {requirement} {problem}"
    for plugin in sorted(set(known) - {"restflow"} - graph["restflow"]):
        yield f"restflow: no extra installs {plugin}"
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        yield f"distributions depend on each other in a circle: {' -> '.join(error.args[1])}"
    else:
        print("release order:", ", ".join(order))


def main(root: Path = ROOT) -> int:
    errors = list(check(root))
    for line in errors:
        print("error:", line, file=sys.stderr)
    print(f"ranges: {len(errors)} errors")
    return bool(errors)


if __name__ == "__main__":
    raise SystemExit(main())
