"""Every check of the repository; ``nox --list`` names them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import nox

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "tools"))

import pythons  # noqa: E402
import tree  # noqa: E402
import wheels  # noqa: E402

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "uv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False  # explicit: CI=true would turn skips to failures
nox.options.tags = ["test"]
nox.options.allow_parallel = True

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
DJANGOS = ["5.2", "6.0", "6.1"]
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"
DISTRIBUTIONS = tree.distributions()
PLUGINS = sorted(
    (name for name, each in DISTRIBUTIONS.items() if each.portions),
    key=lambda name: (len(tree.with_siblings(name)), name),
)
WITHOUT_DRF = ["restflow-caching", "restflow-core"]
SOURCES = [f"packages/{name}/src" for name in PLUGINS]
GROUPS = nox.project.load_toml("pyproject.toml")
MEASURED = ROOT / ".nox" / "measured"

FOUND = pythons.offer(PYTHONS)
os.environ.pop("PYTHONPATH", None)  # would lead isolated runs past their wheels
os.environ |= {"UV_PYTHON_PREFERENCE": "only-system", "UV_PYTHON_DOWNLOADS": "never"}


def group(name: str) -> list[str]:
    return list(nox.project.dependency_groups(GROUPS, name))


def built(name: str) -> list[str]:
    """The wheels of *name* and of the siblings it needs."""
    return [str(wheels.wheel(each)) for each in tree.with_siblings(name)]


def on_path() -> dict[str, str]:
    """The environment in which the sources themselves can be imported."""
    return {"PYTHONPATH": os.pathsep.join(str(ROOT / path) for path in [*SOURCES, "testing"])}


def pytest(session: nox.Session, *arguments: str, measured: bool = True) -> None:
    """Run pytest; if *measured*, keep what it covered for the ``coverage`` session."""
    MEASURED.mkdir(parents=True, exist_ok=True)
    env = {"COVERAGE_FILE": str(MEASURED / ".coverage"), "DJANGO_SETTINGS_MODULE": None}
    command = ["coverage", "run", "-m", "pytest"] if measured else ["pytest"]
    if "-m" not in arguments:
        arguments = ("-m", "not load", *arguments)
    session.run(*command, *arguments, *session.posargs, env=env)


@nox.session(tags=["test"])
def lint(session: nox.Session) -> None:
    """Ruff, the import contracts, and the rules of the tree that no linter knows."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("lint-imports", "--no-cache", env=on_path())
    session.run("python", "tools/check_tree.py")
    session.run("python", "tools/check_imports.py")


@nox.session(tags=["test"])
def types(session: nox.Session) -> None:
    """Strict mypy over every source path; mypy and pyright over what users write."""
    session.install(*group("types"), *declared("restflow"))
    session.run("mypy", *SOURCES, "testing", "typing_tests", env=on_path())
    session.run("mypy", "noxfile.py", "dev.py", "tools", env={"MYPYPATH": "tools"})
    session.run("pyright", "--project", "typing_tests", env=on_path())


@nox.session(reuse_venv=False, tags=["test"])
@nox.parametrize("package", PLUGINS, ids=PLUGINS)
def tests(session: nox.Session, package: str) -> None:
    """One distribution against its wheel and only what that wheel declares."""
    session.install(*built(package), *group("test"), *DISTRIBUTIONS[package].test_group)
    pytest(session, f"packages/{package}")


CELLS = [(python, django) for python in reversed(PYTHONS) for django in reversed(DJANGOS)]
CELLS = [cell for cell in CELLS if cell[0] != "3.11" or cell[1] == "5.2"]
HOME = next(cell for cell in CELLS if cell[0] == HERE)
NEWEST, FULL = [cell for cell in [*CELLS, HOME] if cell[0] in FOUND][:2]


def matrix() -> list[Any]:
    """Every supported pair of Python and Django, and one cell with the older DRF."""
    cells = [(*cell, "3.18", "{}-django{}".format(*cell)) for cell in CELLS]
    cells += [("3.11", "5.2", "3.17", "3.11-django5.2-drf3.17")]
    home = (*HOME, "3.18")
    return [
        nox.param(*cell, id=name, tags=["test" if tuple(cell) == home else "ci"])
        for *cell, name in cells
    ]


@nox.session
@nox.parametrize("python,django,drf", matrix())
def integration(session: nox.Session, django: str, drf: str) -> None:
    """Everything installed together, for one Python, Django and DRF.

    In the cell of ``dev.py test`` this is the integration suite alone: the sessions ``tests`` have
    just run every distribution's own suite on these versions.
    """
    versions = [f"Django~={django}.0", f"djangorestframework~={drf}.0"]
    session.install(*built("restflow"), *versions, *group("integration"))
    cell = (session.python, django)
    if "CI" in os.environ and cell == FULL:
        session.env["RESTFLOW_GENERATED"] = "5"  # all of them take longer than all the rest
    suites = ["tests"] if (*cell, drf) == (*HOME, "3.18") else []
    # Measuring nearly doubles the time, and cells between the ends show nothing new.
    pytest(session, *suites, measured=cell in (HOME, NEWEST) and drf == "3.18")


@nox.session
def load(session: nox.Session) -> None:
    """What needs the machine for itself: tests of many processes, servers stopped, seconds of load.

    Every other session leaves these out; ``dev.py test`` runs this one last and alone.
    """
    session.install(*built("restflow"), *group("integration"))
    pytest(session, "-m", "load")


@nox.session(reuse_venv=False, tags=["ci"])
@nox.parametrize("package", WITHOUT_DRF, ids=WITHOUT_DRF)
def bare(session: nox.Session, package: str) -> None:
    """A distribution that promises to work without DRF, where DRF is absent."""
    extra = [
        line
        for line in DISTRIBUTIONS[package].test_group
        if tree.required(line) != "djangorestframework"
    ]
    session.install(*built(package), *group("test"), *extra)
    session.run(
        "python", "-c", "import importlib.util as u; assert not u.find_spec('rest_framework')"
    )
    pytest(session, f"packages/{package}")


def declared(package: str) -> list[str]:
    """What the wheels of *package* and its siblings require from others."""
    return sorted(
        {
            line
            for name in tree.with_siblings(package)
            for line in DISTRIBUTIONS[name].dependencies
            if tree.required(line) not in DISTRIBUTIONS
        }
    )


@nox.session(python=PYTHONS[0], reuse_venv=False, tags=["ci"])
@nox.parametrize("package", PLUGINS, ids=PLUGINS)
def lowest(session: nox.Session, package: str) -> None:
    """One distribution with the lowest versions that it claims to support."""
    # lowest-direct lowers only what is named here, so what the wheels declare is named too.
    lines = [*declared(package), *group("test"), *DISTRIBUTIONS[package].test_group]
    session.install("--resolution=lowest-direct", *built(package), *lines)
    pytest(session, f"packages/{package}", "-W", "default", measured=False)


@nox.session(name="drf-suite", tags=["ci"])
@nox.parametrize("drf", ["3.17", "3.18"], ids=["drf3.17", "drf3.18"])
def drf_suite(session: nox.Session, drf: str) -> None:
    """DRF's own tests, with restflow's classes in the place of DRF's."""
    theirs = ["dj-database-url", "pip", "pytest>=8.4", "pytest-django>=4.11", "pytz"]
    session.install(*built("restflow-views"), f"djangorestframework~={drf}.0", *theirs)
    session.run("python", "tools/drf_suite.py", *session.posargs)


@nox.session(name="django-suite", tags=["ci"])
@nox.parametrize(
    "python,django",
    [nox.param("3.11", "5.2", id="django5.2"), nox.param("3.12", "6.1", id="django6.1")],
)
def django_suite(session: nox.Session, django: str) -> None:
    """Django's own tests of ASGI and middlewares, with restflow's handler in its place."""
    session.install(*built("restflow-core"), f"Django~={django}.0", "pip")
    session.run("python", "tools/django_suite.py", *session.posargs)


@nox.session(tags=["ci"])
def ranges(session: nox.Session) -> None:
    """The ranges that distributions declare for each other admit the versions in the tree."""
    session.install("packaging>=25")
    session.run("python", "tools/check_ranges.py")


@nox.session(reuse_venv=False, tags=["ci"])
@nox.parametrize("package", list(DISTRIBUTIONS), ids=list(DISTRIBUTIONS))
def smoke(session: nox.Session, package: str) -> None:
    """Install one wheel alone and import every module that it ships."""
    extras = "[all]" if package == "restflow" else ""
    paths = built(package)
    session.install(f"{paths[0]}{extras}", *paths[1:])
    needs = json.dumps({k: v for each in DISTRIBUTIONS.values() for k, v in each.needs.items()})
    session.run("python", "-I", "tools/smoke.py", package, needs, *paths)


@nox.session(tags=["ci"])
def guards(session: nox.Session) -> None:
    """Plant one violation for each guard in a copy of the tree and see it caught."""
    session.install(*group("lint"), "packaging>=25")
    env = {"NOX_PYTHON": sys.executable}
    session.run("python", "tools/guards.py", *session.posargs, env=env)


@nox.session(tags=["ci"])
def docs(session: nox.Session) -> None:
    """Build the documentation site, offline; a warning is an error."""
    session.install(*group("docs"), *declared("restflow"))
    options = ["--fail-on-warning", "--keep-going", "--quiet", "--fresh-env"]
    session.run("sphinx-build", *options, "-b", "html", "docs", "site", env=on_path())


@nox.session
def benchmarks(session: nox.Session) -> None:
    """restflow beside its peers (``-- --quick``: a glance; ``-- --write``: the report)."""
    session.install(*built("restflow"), *group("benchmarks"))
    env = {"PYTHONPATH": os.pathsep.join(str(ROOT / each) for each in ("benchmarks", "testing"))}
    session.run("python", "-m", "comparison", *session.posargs, env=env)


@nox.session
def build(session: nox.Session) -> None:
    """Build the sdist of every distribution and from it the wheel, into dist/."""
    for name, each in DISTRIBUTIONS.items():
        session.log(f"{name} {each.version}")
        words = [*wheels.uv(), "build", "--quiet", "--out-dir", "dist", str(each.folder)]
        session.run(*words, external=True)


@nox.session
def changelog(session: nox.Session) -> None:
    """Show what the next changelog of every distribution would say."""
    session.install(*group("release"))
    for name in DISTRIBUTIONS:
        words = ["build", "--draft", "--version", "next", "--dir", f"packages/{name}"]
        session.run("towncrier", *words)


@nox.session
def coverage(session: nox.Session) -> None:
    """Merge what all sessions covered since the last call into one report."""
    session.install("coverage[toml]>=7.10")
    env = {"COVERAGE_FILE": str(MEASURED / ".coverage")}
    session.run("coverage", "combine", "--quiet", str(MEASURED), env=env)
    session.run("coverage", "report", *session.posargs, env=env)


# What the example shop needs beside the distributions.
DEMO = ["drf-spectacular-sidecar>=2025.1", "httpx>=0.28", "uvicorn>=0.34"]


@nox.session
def browser(session: nox.Session) -> None:
    """The demo in headless Chromium; what it showed is kept in .nox/seen/."""
    session.install(*built("restflow"), *group("test"), *DEMO, "selenium>=4.30")
    session.run("pytest", "tests/browser", *session.posargs)


@nox.session
def clients(session: nox.Session) -> None:
    """Clients generated from the demo's document compile and talk to it (needs Node.js)."""
    generators = ["mypy==2.4.1", "openapi-python-client==0.29.1"]
    session.install(*built("restflow"), *group("test"), *DEMO, *generators)
    session.run("pytest", "tests/clients", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Serve the example shop on port 8000 (``-- --check``: ask it everything and stop)."""
    editable = [word for name in PLUGINS for word in ("-e", f"packages/{name}")]
    session.install(*editable, *DEMO)
    session.run("python", "examples/shop/serve.py", *session.posargs)
