"""Build every wheel once per state of its source; whoever asks again gets the same path."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from tree import ROOT, distributions

SHELF = ROOT / ".nox" / "wheels"


def digest(folder: Path) -> str:
    """A name for what goes into the wheel of the distribution in *folder*."""
    paths = [folder / "pyproject.toml", folder / "README.md", folder / "LICENSE"]
    paths += (path for path in folder.glob("src/**/*") if path.is_file())
    state = hashlib.sha256()
    for path in sorted(paths):
        if "__pycache__" not in path.parts:
            state.update(f"{path.relative_to(folder)}\0{path.stat().st_size}\0".encode())
            state.update(path.read_bytes())
    return state.hexdigest()[:16]


def wheel(name: str) -> Path:
    """The wheel of distribution *name* as the checkout is now."""
    folder = distributions()[name].folder
    shelf = SHELF / name / digest(folder)
    if not shelf.exists():
        shelf.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shelf.parent, prefix=".building-") as room:
            out = Path(room) / "out"
            subprocess.check_call([*uv(), "build", "--quiet", "--wheel", "-o", out, folder])
            (out / ".gitignore").unlink(missing_ok=True)
            try:
                out.rename(shelf)
            except OSError:  # another run was quicker
                if not shelf.exists():
                    raise
    return next(shelf.glob("*.whl"))


def uv() -> list[str]:
    """The uv that is installed next to nox."""
    return [sys.executable, "-m", "uv"]
