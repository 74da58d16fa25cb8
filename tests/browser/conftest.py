"""The example shop, served by a process of its own, and headless Chromium to look at it.

These run in nox's session ``browser``, which installs selenium; elsewhere they are left out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

import pytest

from restflow_testing.services import answers, free_port, unavailable

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / ".nox" / "seen"  # screenshots and logs: what CI keeps, and git does not
PATIENCE = 30  # seconds for whatever should come
PRODUCTS = 60

collect_ignore_glob = [] if find_spec("selenium") else ["test_*.py"]


class Shop:
    """The demo as ``python3 dev.py demo`` serves it, with a database and a port of its own.

    Args:
        folder: where the database is.
        heartbeat: seconds between two signs of life of the event stream.
    """

    def __init__(self, folder: Path, heartbeat: float) -> None:
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


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[float], Shop]]:
    """Open a shop whose stream sends a sign of life each so many seconds; one for each number."""
    _require_chromium()
    shops: dict[float, Shop] = {}
    with ExitStack() as stack:

        def open_one(heartbeat: float = 15) -> Shop:
            if heartbeat not in shops:
                shop = Shop(tmp_path_factory.mktemp("shop"), heartbeat)
                shops[heartbeat] = stack.enter_context(shop)
            return shops[heartbeat]

        yield open_one


@pytest.fixture
def shop(open_shop: Callable[..., Shop]) -> Shop:
    """The shop with the settings that it comes with."""
    return open_shop()


def _require_chromium() -> None:
    for program in ("chromium", "chromedriver"):
        if shutil.which(program) is None:
            unavailable(
                f"no {program} program; install it (Debian: apt-get install chromium "
                f"chromium-driver)"
            )


@pytest.fixture
def browser(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[object]:
    """A headless Chromium with an empty profile; its last view is kept as a picture."""
    _require_chromium()
    from .chromium import Browser

    name = request.node.name.translate(str.maketrans("[]/", "-- "))
    with Browser(tmp_path / "profile", KEPT / f"{name}.png") as driver:
        yield driver
