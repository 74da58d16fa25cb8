"""The example shop, served by a process of its own, with a database and a port of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest

from restflow_testing.services import answers, free_port

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".nox" / "seen"  # screenshots and logs: what CI keeps, and git does not
PATIENCE = 30  # seconds for whatever should come
PRODUCTS = 60


class Shop:
    """The demo as ``python3 dev.py demo`` serves it.

    Args:
        folder: where the database is.
        heartbeat: seconds between two signs of life of the event stream.
    """

    def __init__(self, folder: Path, heartbeat: float = 15) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._heartbeat = heartbeat

    def __enter__(self) -> Shop:
        command = [sys.executable, str(ROOT / "examples/shop/serve.py")]
        command += ["--port", str(self.port), "--products", str(PRODUCTS)]
        env = dict(
            os.environ,
            SHOP_DATABASE=str(self._folder / "shop.sqlite3"),
            SHOP_HEARTBEAT=str(self._heartbeat),
            DJANGO_SETTINGS_MODULE="shop.settings",
        )
        KEPT.mkdir(parents=True, exist_ok=True)
        self.log = KEPT / f"shop-{self.port}.log"
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        deadline = monotonic() + 2 * PATIENCE
        while not answers("127.0.0.1", self.port, timeout=0.2):
            if self._process.poll() is not None or monotonic() > deadline:
                self.__exit__()
                pytest.fail(f"the shop did not start:\n{self.log.read_text()}", pytrace=False)
            sleep(0.1)
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
