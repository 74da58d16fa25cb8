"""Clients that generators make of the demo's document: they compile, and talk to the demo."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from restflow_testing.services import unavailable

from ..demo import PRODUCTS, ROOT, Shop

pytestmark = pytest.mark.load
HERE = Path(__file__).parent
SHOP = ROOT / "examples" / "shop"


def run(*command: object, folder: Path, **env: str) -> str:
    """Run a program in *folder*; return what it printed."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PATH": beside, "NO_COLOR": "1", **env},
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-6000:]}\n{done.stderr[-6000:]}"
    return done.stdout


def copied(name: str, folder: Path) -> Path:
    """A copy of what is kept here for one language: generators write beside it."""
    return Path(shutil.copytree(HERE / name, folder / name))


@pytest.fixture
def typescript(tmp_path: Path, shop: Shop) -> list[str]:
    """The command of the TypeScript client, compiled."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            unavailable(f"no {program} program; install Node.js 20 or later")
    folder = copied("typescript", tmp_path)
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    run("npm", "ci", *quiet, folder=folder)
    programs = folder / "node_modules" / ".bin"
    options = ["--read-write-markers", "-o", "shop.d.ts"]
    run(programs / "openapi-typescript", f"{shop.url}/api/schema/", *options, folder=folder)
    run(programs / "tsc", folder=folder)
    return ["node", str(folder / "out" / "calls.js")]


@pytest.fixture
def python(tmp_path: Path) -> list[str]:
    """The command of the Python client, its types checked."""
    folder = copied("python", tmp_path)
    run(
        *(sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"),
        *("--custom-settings", "generation.SETTINGS", "--file", folder / "shop.yaml"),
        folder=SHOP,
        DJANGO_SETTINGS_MODULE="shop.settings",
        SHOP_DATABASE=str(tmp_path / "shop.sqlite3"),
        PYTHONPATH=os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
    )
    run(
        *("openapi-python-client", "generate", "--path", "shop.yaml"),
        *("--meta", "none", "--output-path", "shop_client"),
        folder=folder,
    )
    operations = (folder / "shop.yaml").read_text().count("operationId:")
    modules = list(folder.glob("shop_client/api/*/[!_]*.py"))
    assert len(modules) == operations, "the generator left operations out"
    run(*(sys.executable, "-m", "mypy", "--config-file", "mypy.ini"),
        *("-p", "shop_client", "-m", "calls"), folder=folder)  # fmt: skip
    return [sys.executable, str(folder / "calls.py")]


@pytest.mark.parametrize("language", ["typescript", "python"])
def test_it_talks_to_the_demo(
    language: str, shop: Shop, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """What the client says is what anybody gets who asks without one."""
    command = request.getfixturevalue(language)
    products, sku = f"{shop.url}/api/products/", uuid4().hex[:12]
    filters = {"category__in": "inks,erasers", "ordering": "-price,name"}
    with httpx.Client(timeout=30) as plain:
        listed = plain.get(products).json()
        filtered = plain.get(products, params=filters).json()
        refused = plain.get(products, params={"price__gte": "cheap"})

        said = json.loads(run(*command, shop.url, sku, folder=tmp_path))
        created = plain.get(f"{products}{said['id']}/").json()

    assert said["list"] == listed
    assert listed["count"] >= PRODUCTS
    assert said["next"] == listed["next"]
    assert said["prices"] == [row["price"] for row in listed["results"]]

    assert said["filtered"] == filtered
    assert {row["category"] for row in filtered["results"]} == {"inks", "erasers"}

    assert refused.status_code == 400
    assert said["refused"] == refused.json()
    assert said["messages"] == refused.json()["error"]["details"]["price__gte"]

    assert moments(said["created"]) == moments(created)
    assert created["sku"] == sku


def moments(product: dict[str, Any]) -> dict[str, Any]:
    """*product* with a moment for its text: clients may write Z as +00:00."""
    return product | {"created_at": datetime.fromisoformat(product["created_at"])}
