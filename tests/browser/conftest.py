"""The example shop, served by a process of its own, and headless Chromium to look at it.

These run in nox's session ``browser``, which installs selenium; elsewhere they are left out.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

import pytest

from restflow_testing.services import unavailable

from ..demo import KEPT, Shop

collect_ignore_glob = [] if find_spec("selenium") else ["test_*.py"]


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
