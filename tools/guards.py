"""Plant one violation for each guard in a copy of the tree, and see that the guard catches it.

A guard that lets its violation pass, or that fails on the clean copy, fails this script.
``python tools/guards.py WORD...`` runs only the plants whose title holds one of the words.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tree import ROOT

CORE = "packages/restflow-core/src/restflow"
CACHING = "packages/restflow-caching/src/restflow"
VIEWS = "packages/restflow-views/src/restflow"
AUTH = "packages/restflow-auth/src/restflow"
FILTERS = "packages/restflow-filters/src/restflow"

LAYERS = ("lint-imports", "--no-cache")
IMPORTS = (sys.executable, "tools/check_imports.py")
TREE = (sys.executable, "tools/check_tree.py")
RANGES = (sys.executable, "tools/check_ranges.py")


def session(name: str, *words: str) -> tuple[str, ...]:
    """Run a nox session of the copy with the Python that runs the outer nox."""
    return (os.environ.get("NOX_PYTHON", sys.executable), "-m", "nox", "--session", name, *words)


@dataclass(frozen=True)
class Plant:
    """A violation: what is done to the tree, which guard runs, and what the guard must say."""

    title: str
    edit: Callable[[Path], None]
    guard: tuple[str, ...]
    says: str


def append(path: str, text: str) -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        with (tree / path).open("a") as file:
            file.write(f"\n{text}\n")

    return edit


def create(path: str, text: str = "") -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)

    return edit


def remove(path: str) -> Callable[[Path], None]:
    return lambda tree: (tree / path).unlink()


def replace(path: str, pattern: str, text: str) -> Callable[[Path], None]:
    def edit(tree: Path) -> None:
        old = (tree / path).read_text()
        new = re.sub(pattern, text, old, count=1, flags=re.MULTILINE)
        if new == old:
            raise SystemExit(f"the plant in {path} found nothing to change")
        (tree / path).write_text(new)

    return edit


def untold_change(tree: Path) -> None:
    shutil.rmtree(tree / "packages/restflow-core/changelog.d")
    append(f"{CORE}/core/__init__.py", "planted = 1")(tree)


PLANTS = [
    Plant(
        "layer: core imports views",
        create(f"{CORE}/core/planted.py", "import restflow.views\n"),
        LAYERS,
        r"restflow\.core is not allowed to import restflow\.views",
    ),
    Plant(
        "layer: caching imports filters",
        create(f"{CACHING}/caching/planted.py", "import restflow.filters\n"),
        LAYERS,
        r"restflow\.caching is not allowed to import restflow\.filters",
    ),
    Plant(
        "layer: views import caching",
        create(f"{VIEWS}/views/planted.py", "import restflow.caching\n"),
        LAYERS,
        r"restflow\.views is not allowed to import restflow\.caching",
    ),
    Plant(
        "layer: a permission imports views",
        create(f"{VIEWS}/permissions/planted.py", "import restflow.views\n"),
        LAYERS,
        r"restflow\.permissions is not allowed to import restflow\.views",
    ),
    Plant(
        "no DRF: caching imports DRF",
        create(f"{CACHING}/caching/planted.py", "from rest_framework import serializers\n"),
        LAYERS,
        r"restflow\.caching is not allowed to import rest_framework",
    ),
    Plant(
        "leaf rule: a throttle imports DRF's views",
        create(f"{VIEWS}/throttling/planted.py", "from rest_framework.views import APIView\n"),
        IMPORTS,
        r"imports rest_framework\.views at module level",
    ),
    Plant(
        "leaf rule: naming an authenticator imports views",
        append(f"{AUTH}/authentication/__init__.py", "import restflow.views"),
        LAYERS,
        r"restflow\.authentication is not allowed to import restflow\.views",
    ),
    Plant(
        "leaf rule: an authenticator imports models",
        create(
            f"{AUTH}/authentication/planted.py", "from django.contrib.auth.models import User\n"
        ),
        IMPORTS,
        "imports models at module level",
    ),
    Plant(
        "private name: filters use what core does not export",
        create(f"{FILTERS}/filters/planted.py", "from restflow.core import hidden\n"),
        IMPORTS,
        "imports hidden, which is not in __all__ of restflow.core",
    ),
    Plant(
        "missing dependency: read from the source",
        create(f"{CACHING}/caching/planted.py", "import orjson\n"),
        IMPORTS,
        "imports orjson, but restflow-caching does not declare it",
    ),
    Plant(
        "missing dependency: met by the wheel alone",
        create(f"{CACHING}/caching/planted.py", "import orjson\n"),
        session("smoke(restflow-caching)"),
        "No module named 'orjson'",
    ),
    Plant(
        "missing dependency: met by the isolated suite",
        append(f"{CORE}/core/__init__.py", "import jwt"),
        session("tests(restflow-core)", "--", "--collect-only", "--quiet"),
        "No module named 'jwt'",
    ),
    Plant(
        "without DRF: a dependency brings it in",
        replace(
            "packages/restflow-caching/pyproject.toml",
            r"^dependencies = \[",
            'dependencies = [\n  "djangorestframework>=3.17.2",',
        ),
        session("smoke(restflow-caching)"),
        r"restflow-caching brings \['djangorestframework'\] too much",
    ),
    Plant(
        "range: core moves out of what its dependants declare",
        replace(f"{CORE}/core/__init__.py", r'__version__ = ".*"', '__version__ = "0.9.0"'),
        RANGES,
        r"restflow-caching: restflow-core~=.* excludes 0\.9\.0",
    ),
    Plant(
        "range: one that admits the next breaking version",
        replace(
            "packages/restflow-caching/pyproject.toml",
            r"restflow-core~=[\d.]+",
            "restflow-core~=0.1",
        ),
        RANGES,
        r"admits 0\.2",
    ),
    Plant(
        "range: two distributions need each other",
        replace(
            "packages/restflow-core/pyproject.toml",
            r"^dependencies = \[",
            'dependencies = [\n  "restflow-views~=0.1.0",',
        ),
        RANGES,
        "depend on each other in a circle",
    ),
    Plant(
        "namespace: restflow/__init__.py in the tree",
        create(f"{VIEWS}/__init__.py"),
        TREE,
        "this file must never exist",
    ),
    Plant(
        "namespace: restflow/__init__.py in a wheel",
        create(f"{CACHING}/__init__.py"),
        session("smoke(restflow-caching)"),
        "would hide its siblings",
    ),
    Plant("typing: no py.typed", remove(f"{VIEWS}/views/py.typed"), TREE, "has no py.typed"),
    Plant(
        "typing: an import name that is a single file",
        create(f"{VIEWS}/planted.py"),
        TREE,
        "must be a package",
    ),
    Plant(
        "lists: an import name that the tools do not know",
        create(f"{VIEWS}/planted/__init__.py"),
        TREE,
        r"importlinter\.root_packages lacks restflow\.planted",
    ),
    Plant(
        "changelog: a fragment that no release would show",
        create("packages/restflow-views/changelog.d/planted.md", "New.\n"),
        TREE,
        "is not <slug>",
    ),
    Plant(
        "changelog: a change that nobody tells",
        untold_change,
        TREE,
        "restflow-core: src changed since CHANGELOG.md was written",
    ),
]


def copy(to: Path) -> Path:
    """The files that git knows or would know, in a repository of their own."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    author = ["-c", "user.name=guards", "-c", "user.email=guards@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-q", "-m", "copy"]):
        subprocess.run(["git", "-C", str(to), *words], check=True)
    return to


def run(guard: tuple[str, ...], tree: Path) -> tuple[int, str]:
    """The exit code and the words of *guard* in *tree*."""
    env = dict(os.environ)
    env["PYTHONPATH"] = os.pathsep.join(str(path) for path in tree.glob("packages/*/src"))
    done = subprocess.run(guard, cwd=tree, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def caught(plant: Plant, clean: Path, room: Path) -> str | None:
    """What went wrong with *plant*, if anything."""
    tree = shutil.copytree(clean, room / "planted", ignore=shutil.ignore_patterns(".nox"))
    try:
        plant.edit(tree)
        code, words = run(plant.guard, tree)
    finally:
        shutil.rmtree(tree)
    if code == 0:
        return "the guard let it pass"
    if not re.search(plant.says, words):
        return f"the guard failed, but not with {plant.says!r}:\n{words}"
    return None


def main(*words: str) -> int:
    plants = [plant for plant in PLANTS if all(word in plant.title for word in words)]
    failures = 0
    with tempfile.TemporaryDirectory(prefix="restflow-guards-") as name:
        clean = copy(Path(name) / "clean")
        for guard in dict.fromkeys(plant.guard for plant in plants):
            code, said = run(guard, clean)
            if code:
                print(f"FAILED   on the clean copy: {' '.join(guard)}\n{said}")
                failures += 1
        for plant in plants:
            problem = caught(plant, clean, Path(name))
            failures += problem is not None
            print(f"{'caught ' if problem is None else 'MISSED '}  {plant.title}", flush=True)
            if problem is not None:
                print(problem)
    print(f"guards: {len(plants)} planted, {failures} failures")
    return bool(failures)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
