"""Import every module of an installed distribution; ``python -I`` keeps the repository out."""

from __future__ import annotations

import importlib
import json
import re
import sys
import zipfile
from importlib import metadata, util

import django
from django.conf import settings

# What installing one wheel (and its siblings') may bring, where we promise that it is little.
NOTHING_ELSE = {
    "restflow-core": {"asgiref", "django", "restflow-core", "sqlparse"},
    "restflow-caching": {"asgiref", "django", "restflow-caching", "restflow-core", "sqlparse"},
}


def check_wheel(path: str) -> None:
    """The wheel fits into the namespace and every import name in it is typed."""
    names = zipfile.ZipFile(path).namelist()
    if "restflow/__init__.py" in names:
        raise SystemExit(f"{path} ships restflow/__init__.py and would hide its siblings")
    for portion in {name.split("/")[1] for name in names if name.startswith("restflow/")}:
        if f"restflow/{portion}/py.typed" not in names:
            raise SystemExit(f"{path}: restflow.{portion} has no py.typed")


def check_company(name: str) -> None:
    """Nothing was installed that the distribution promises to do without."""
    found = {re.sub(r"[-_.]+", "-", each.name).lower() for each in metadata.distributions()}
    if name in NOTHING_ELSE and found != NOTHING_ELSE[name]:
        raise SystemExit(f"{name} brings {sorted(found ^ NOTHING_ELSE[name])} too much or too few")
    print(f"{name} installs {', '.join(sorted(found))}")


def absent(module: str, needs: dict[str, str]) -> bool:
    """Tell whether the import name of *module* needs a library that is not installed."""
    library = needs.get(".".join(module.split(".")[:2]))
    return library is not None and util.find_spec(library) is None


def modules_here(needs: dict[str, str]) -> list[str]:
    """The modules of every restflow distribution that is installed and can be imported."""
    files = [file for each in metadata.distributions() for file in each.files or []]
    names = {
        ".".join(file.with_suffix("").parts).removesuffix(".__init__")
        for file in files
        if file.suffix == ".py" and file.parts[0] == "restflow"
    }
    return sorted(name for name in names if not absent(name, needs))


def points_here(needs: dict[str, str]) -> list[metadata.EntryPoint]:
    """The entry points in groups of ours."""
    found = metadata.entry_points()
    groups = [group for group in found.groups if group.startswith("restflow.")]
    points = [point for group in groups for point in found.select(group=group)]
    return [point for point in points if not absent(point.module, needs)]


def apps(modules: list[str]) -> list[str]:
    """The Django apps among *modules*: models can only be imported inside one."""
    return [name.removesuffix(".apps") for name in modules if name.endswith(".apps")]


def main(name: str, needed: str, *wheels: str) -> None:
    """Check *wheels* (of *name* and its siblings) as installed here; *needed* is JSON."""
    needs = json.loads(needed)
    for wheel in wheels:
        check_wheel(wheel)
    check_company(name)
    modules = modules_here(needs)
    drf = util.find_spec("rest_framework") is not None
    settings.configure(
        SECRET_KEY="for-one-import-only-and-long-enough-to-sign-with",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            *(["rest_framework"] if drf else []),
            *apps(modules),
        ],
    )
    django.setup()
    for module in modules:
        importlib.import_module(module)
    for point in points_here(needs):
        point.load()
    state = "present" if drf else "absent"
    print(f"{name}: {len(modules)} modules imported; Django {django.__version__}; DRF {state}")


if __name__ == "__main__":
    main(*sys.argv[1:])
