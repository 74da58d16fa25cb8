"""Requests a second over HTTP: each side under its server, a load from another process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError

from comparison.endpoints import ENDPOINTS, Endpoint
from comparison.project import ROOT
from comparison.sides import SIDES, Side

CONNECTIONS = 32
#: One address asks: a throttle would answer 429, rightly.
LEFT_OUT = {"guarded", "create"}


@dataclass
class Served:
    """Of one endpoint on one side: requests a second, milliseconds, MB."""

    rate: float
    median_ms: float
    worst_lag_ms: float
    memory: float


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def command(side: Side, port: int) -> list[str]:
    application = "comparison.applications:application"
    if side.handler == "wsgi":
        return [
            *(sys.executable, "-m", "gunicorn", application, "--workers", "1", "--threads", "8"),
            *("--worker-class", "gthread", "--keep-alive", "30", "--bind", f"127.0.0.1:{port}"),
            *("--log-level", "error"),
        ]
    return [
        *(sys.executable, "-m", "uvicorn", application, "--port", str(port), "--no-access-log"),
        *("--log-level", "error", "--loop", "uvloop", "--http", "httptools", "--lifespan", "off"),
    ]


def answers(port: int, endpoint: Endpoint, token: str) -> int:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{endpoint.target}")
    if endpoint.authorized:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except HTTPError as error:
        return error.code


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/empty/", timeout=5).close()
            return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise RuntimeError(f"{process.args} does not answer")


def memory(pid: int) -> float:
    """The resident memory of *pid* and its children, in MB."""
    pids = [pid]
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            pids.append(int(folder.name))
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure(
    environment: dict[str, str], *, middleware: bool, seconds: float
) -> dict[str, dict[str, Served]]:
    found: dict[str, dict[str, Served]] = {}
    for name, side in SIDES.items():
        port = free_port()
        env = {
            **environment,
            "RESTFLOW_BENCHMARK_SIDE": name,
            "RESTFLOW_BENCHMARK_MIDDLEWARE": "1" if middleware else "0",
        }
        ask = [sys.executable, "-m", "comparison.applications"]
        secret = subprocess.check_output(ask, env=env, text=True).strip()
        process = subprocess.Popen(command(side, port), env=env, cwd=ROOT)
        try:
            wait_for(port, process)
            for endpoint in ENDPOINTS.values():
                if endpoint.name in LEFT_OUT or answers(port, endpoint, secret) != 200:
                    continue
                print(f"{name}: {endpoint.name}", file=sys.stderr)
                order = {
                    "port": port,
                    "target": endpoint.target,
                    "token": secret if endpoint.authorized else "",
                    "seconds": seconds,
                    "connections": CONNECTIONS * (6 if endpoint.name == "await 50 ms" else 1),
                    "probe": "/empty/",
                }
                done = subprocess.run(
                    [sys.executable, "-m", "comparison.load", json.dumps(order)],
                    env=env,
                    check=True,
                    stdout=subprocess.PIPE,
                )
                found.setdefault(endpoint.name, {})[name] = Served(
                    **json.loads(done.stdout), memory=memory(process.pid)
                )
        finally:
            process.terminate()
            process.wait(15)
    return found
