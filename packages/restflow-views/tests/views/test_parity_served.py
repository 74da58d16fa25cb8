"""The whole table over HTTP: ours under ``runserver`` and uvicorn as DRF's under ``runserver``."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from restflow_testing.counts import full

from .scenarios import SCENARIOS, Scenario

pytestmark = pytest.mark.load

HERE = Path(__file__).parent
#: What a server adds by itself, and what differs between two runs.
OF_THE_SERVER = {"date", "server", "connection", "content-length", "transfer-encoding"}


@contextmanager
def served(stack: str, server: str, folder: Path) -> Iterator[httpx.Client]:
    """Start a server process, wait until it answers, and stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = folder / f"{stack}-{server}.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "served.py", stack, server, str(port), str(database)],
        cwd=HERE,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment(),
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            until_ready(client, process)
            yield client
    finally:
        process.terminate()
        process.wait(10)


def environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def until_ready(client: httpx.Client, process: Any) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.get("/echo/")
        except httpx.TransportError:
            continue
        return
    raise AssertionError("the server did not start")


def answered(client: httpx.Client, scenario: Scenario) -> Any:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-"): value
        for name, value in scenario.headers.items()
    }
    response = client.request(
        scenario.method,
        scenario.path,
        content=scenario.body,
        headers={**headers, "content-type": scenario.content_type},
    )
    kept = {name: value for name, value in response.headers.items() if name not in OF_THE_SERVER}
    port = client.base_url.port
    body = response.content.replace(f"127.0.0.1:{port}".encode(), b"host")
    body = re.sub(rb'csrf(Token": |middlewaretoken" value=)"\w+"', b"", body)
    return response.status_code, kept, body


@pytest.mark.parametrize("server", ["runserver", "uvicorn"])
def test_same_answers_over_http(server: str, tmp_path: Path) -> None:
    with (
        served("drf", "runserver", tmp_path) as theirs,
        served("ours", server, tmp_path) as ours,
    ):
        different = [
            str(scenario)
            for scenario in (SCENARIOS if full() else SCENARIOS[::15])
            if answered(theirs, scenario) != answered(ours, scenario)
        ]
    assert different == []
