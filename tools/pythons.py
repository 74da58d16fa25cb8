"""Put the interpreters of this machine where nox and uv look for them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


def works(command: str, version: str) -> bool:
    """Tell whether *command* runs Python *version*; a pyenv shim exists for versions it refuses."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([command, "-c", code], capture_output=True, text=True, check=False)
    except OSError:
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def offer(versions: list[str]) -> list[str]:
    """Extend ``PATH`` so that ``python3.x`` is found for each of *versions* that pyenv holds.

    Return those of *versions* that this machine has.
    """
    there = []
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    for version in versions:
        found = shutil.which(f"python{version}")
        if found is not None and works(found, version):
            there.append(version)
            continue
        for folder in sorted(root.glob(f"versions/{version}.*/bin"), reverse=True):
            if works(str(folder / f"python{version}"), version):
                os.environ["PATH"] = os.pathsep.join([str(folder), os.environ["PATH"]])
                there.append(version)
                break
    return there
