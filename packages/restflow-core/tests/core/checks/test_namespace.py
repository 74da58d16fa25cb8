"""E001 in processes of their own, each with another distribution in the way, and one without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import restflow.core

#: The folder that holds the portion of the namespace under test.
SOURCE = Path(restflow.core.__file__).parents[2]
CHECK = """
from restflow.core.checks import check_namespace
for message in check_namespace():
    print(message.id, message.msg, message.hint, sep="|")
"""


def checked(*folders: Path) -> str:
    """Run the check with *folders* first on the path and core's checks reachable."""
    path = ":".join(map(str, (*folders, *sys.path)))
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": path},
    )
    return done.stdout.strip()


def overwritten(folder: Path) -> None:
    """Lay out a site folder in which a foreign ``__init__.py`` sits among our files."""
    (folder / "restflow").mkdir()
    (folder / "restflow" / "__init__.py").touch()
    (folder / "restflow" / "core").symlink_to(SOURCE / "restflow" / "core")


def test_a_clean_environment_passes() -> None:
    assert checked() == ""


def test_the_distribution_in_the_way_is_named_with_the_command_that_removes_it(
    tmp_path: Path,
) -> None:
    overwritten(tmp_path)
    info = tmp_path / "flow_of_rest-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: flow-of-rest\nVersion: 1.0\n")
    (info / "RECORD").write_text("restflow/__init__.py,,\n")
    id_, message, hint = checked(tmp_path).split("|")
    assert id_ == "restflow.E001"
    assert f"{tmp_path}/restflow/__init__.py shadows" in message
    assert "pip uninstall flow-of-rest" in hint


def test_a_stray_file_is_named(tmp_path: Path) -> None:
    overwritten(tmp_path)
    id_, _, hint = checked(tmp_path).split("|")
    assert id_ == "restflow.E001"
    assert f"Delete {tmp_path}/restflow/__init__.py" in hint
