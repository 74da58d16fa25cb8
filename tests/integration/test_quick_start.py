"""The quick start, followed to the letter in an empty folder: commands, files and answers."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from restflow_testing.services import answers, free_port

pytestmark = pytest.mark.load
PAGE = Path(__file__).resolve().parents[2] / "docs/guides/quick-start.md"
BLOCK = re.compile(r"^```(python|py|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# ([\w/]+\.py)\n")
#: What is done already where tests run, or is left running.
NOT_RUN = ("python3 -m venv", "pip install", "uvicorn")
OURS = {"DJANGO_SETTINGS_MODULE"}  # the suite's, not the newcomer's
ADDRESS = "http://127.0.0.1:8000"


@dataclass
class Command:
    """A line after ``$`` and what the page says it prints."""

    line: str
    printed: str


def commands(text: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, printed = part.partition("\n")
        yield Command(line, printed.strip())


class Newcomer:
    """Does what the page says, in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.asked = 0
        self._server: subprocess.Popen[bytes] | None = None
        self._env = {name: value for name, value in os.environ.items() if name not in OURS}

    def follow(self, page: Path) -> None:
        for kind, text in BLOCK.findall(page.read_text()):
            if kind == "console":
                for command in commands(text):
                    self.obey(command)
            elif match := FILE.match(text):
                self.write(match[1], text)

    def write(self, name: str, text: str) -> None:
        """Write a file of the project; settings are added to those that are there."""
        path = self.folder / ("shop/settings.py" if name == "settings.py" else name)
        before = path.read_text() if path.name == "settings.py" else ""
        path.write_text(f"{before}\n{text}")

    def obey(self, command: Command) -> None:
        if command.line.startswith("curl "):
            self.ask(command)
        elif command.line.startswith("uvicorn "):
            self.serve(command.line)
        elif not command.line.startswith(NOT_RUN):
            program, *words = shlex.split(command.line)
            program = {"django-admin": "-m django", "python": ""}[program]
            self.run(*program.split(), *words)

    def run(self, *words: str) -> None:
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self._env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def serve(self, line: str) -> None:
        words = [word for word in shlex.split(line) if word != "--reload"]
        port = self.url.rpartition(":")[2]
        self._server = subprocess.Popen(
            [sys.executable, "-m", *words, "--port", port, "--log-level", "warning"],
            cwd=self.folder,
            env=self._env,
        )
        deadline = monotonic() + 60
        while not answers("127.0.0.1", int(port), timeout=0.2):
            assert self._server.poll() is None, "the server ended"
            assert monotonic() < deadline, "the server did not start"
            sleep(0.1)

    def ask(self, command: Command) -> None:
        """Ask what ``curl`` would, and hold the answer against the page."""
        words = iter(shlex.split(command.line)[1:])
        headers, body, url = {}, None, ""
        for word in words:
            if word == "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word == "-d":
                body = next(words).encode()
            else:
                url = word
        try:
            with urlopen(Request(url.replace(ADDRESS, self.url), body, headers), timeout=60) as got:
                text = got.read().decode()
        except HTTPError as error:
            text = error.read().decode()
        if command.printed:
            assert text == command.printed, command.line
        self.last = json.loads(text)
        self.asked += 1

    def stop(self) -> None:
        if self._server is not None:
            self._server.terminate()
            self._server.wait(60)


def test_the_quick_start_can_be_followed(tmp_path: Path) -> None:
    newcomer = Newcomer(tmp_path)
    try:
        newcomer.follow(PAGE)
    finally:
        newcomer.stop()
    assert newcomer.asked == 6
    assert newcomer.last["error"]["code"] == "validation_error"
    assert "price" in json.dumps(newcomer.last["error"]["details"]["prise"])


def test_a_page_that_prints_something_else_fails(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ python -c 'raise SystemExit(3)'\n```\n")
    with pytest.raises(AssertionError):
        Newcomer(tmp_path).follow(page)
