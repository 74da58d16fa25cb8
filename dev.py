"""Bootstrap for a machine with only Python and pip: ``python3 dev.py test`` or ``... demo``.

It puts nox in ``.venv/`` and hands every other word to it; ``python3 dev.py --list`` names them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
TOOLS = ["nox[uv]>=2026.10"]
SHORTCUTS = {
    "test": [
        ["--parallel", "auto", "--report", ".nox/test.json", "--tags", "test"],
        ["--report", ".nox/load.json", "--session", "load"],
    ],
    "demo": [["--session", "demo"]],
}


def main(argv: list[str]) -> int:
    if sys.version_info < (3, 11):
        raise SystemExit(f"restflow needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    installed = VENV / "installed.txt"  # written last, so that a broken set-up starts over
    if not installed.exists() or installed.read_text() != repr((sys.version, TOOLS)):
        venv.create(VENV, with_pip=True, clear=True)
        subprocess.check_call([PYTHON, "-m", "pip", "install", "--quiet", *TOOLS])
        installed.write_text(repr((sys.version, TOOLS)))
    word, *rest = argv or ["--list"]
    (ROOT / ".nox").mkdir(exist_ok=True)
    os.chdir(ROOT)
    commands = SHORTCUTS.get(word, [[word]])
    codes = [subprocess.call([PYTHON, "-m", "nox", *words, *rest]) for words in commands]
    return next((code for code in codes if code), 0)  # one that was killed has a negative code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
