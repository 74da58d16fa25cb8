"""DRF's own tests, run with our serializers in the place of DRF's.

``python tools/drf_suite.py [pytest arguments]`` downloads the source distribution of the DRF that
is installed, by name from the package index, and runs its tests of serializers, fields, relations,
validators and generic views. Loaded as a pytest plugin, this file does the replacing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest

MODULES = (
    "test_serializer",
    "test_serializer_bulk_update",
    "test_serializer_lists",
    "test_serializer_nested",
    "test_model_serializer",
    "test_write_only_fields",
    "test_fields",
    "test_relations",
    "test_relations_hyperlink",
    "test_relations_pk",
    "test_relations_slug",
    "test_one_to_many_with_inheritance",
    "test_multitable_inheritance",
    "test_prefetch_related",
    "test_lazy_hyperlinks",
    "test_bound_fields",
    "test_serializers",
    "test_validation",
    "test_validation_error",
    "test_validators",
    "test_generics",
    "test_metadata",
    "test_renderers",
    "test_filters",
)
#: DRF's name -> ours.
REPLACED = ("Serializer", "ModelSerializer", "HyperlinkedModelSerializer", "ListSerializer")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put our classes into DRF's module, once DRF's conftest has configured Django."""
    from rest_framework import serializers as theirs

    from restflow import serializers as ours

    for name in REPLACED:
        setattr(theirs, name, getattr(ours, name))


def pytest_report_header() -> str:
    return "restflow: the serializer classes of rest_framework.serializers are restflow's"


def source(folder: Path) -> Path:
    """Download the source distribution of the installed DRF and return its unpacked folder."""
    wanted = f"djangorestframework=={version('djangorestframework')}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", str(folder)]
    subprocess.run([*command, "--no-binary", "djangorestframework", wanted], check=True)
    (archive,) = folder.glob("djangorestframework-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def main(arguments: list[str]) -> int:
    """Run the suite and return pytest's exit status."""
    folder = Path(tempfile.mkdtemp(prefix="restflow-drf-"))
    try:
        unpacked = source(folder)
        # The tests import the installed package, not the sources around them.
        shutil.rmtree(unpacked / "rest_framework")
        tests = [f"tests/{name}.py" for name in MODULES if _exists(unpacked / "tests" / name)]
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "pytest", "-p", "drf_suite", "-q", *tests, *arguments]
        return subprocess.run(
            command, cwd=unpacked, env={**os.environ, "PYTHONPATH": path}
        ).returncode
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _exists(path: Path) -> bool:
    return path.with_suffix(".py").is_file()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
