"""The demo's document: clean, the same every time, as the snapshot has it, and true."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOP = ROOT / "examples" / "shop"
SNAPSHOT = Path(__file__).with_name("openapi_demo.yaml")

pytestmark = [
    pytest.mark.load,
    pytest.mark.skipif(
        find_spec("drf_spectacular_sidecar") is None,
        reason="the demo needs drf-spectacular-sidecar",
    ),
]


def shop(*arguments: str, folder: Path, seed: str = "0") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=SHOP,
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "SHOP_DATABASE": str(folder / "shop.sqlite3"),
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(SHOP), os.environ.get("PYTHONPATH", "")]),
        },
    )


def generated(folder: Path, seed: str) -> str:
    target = folder / f"{seed}.yaml"
    command = ["manage.py", "spectacular", "--validate", "--fail-on-warn", "--file", str(target)]
    done = shop(*command, folder=folder, seed=seed)
    assert done.returncode == 0, done.stderr
    return target.read_text()


def test_the_document_is_clean_and_comes_out_the_same(tmp_path: Path) -> None:
    first, second = (generated(tmp_path, seed) for seed in ("1", "2"))
    assert first == second
    assert "ErrorEnvelope" in first, "DEFAULT_SCHEMA_CLASS is not RestflowAutoSchema"
    if os.environ.get("RESTFLOW_SNAPSHOT") == "write":
        SNAPSHOT.write_text(first)
    assert first == SNAPSHOT.read_text(), (
        "The demo's API changed. If it was meant to: RESTFLOW_SNAPSHOT=write, and look at the diff."
    )


KIT = """
import sys, unittest
import django
django.setup()
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test.runner import DiscoverRunner
from restflow.authentication import AccessToken
from restflow.test import APIConformanceTestCase

class TestShop(APIConformanceTestCase):
    examples = 50
    seconds = 60

    @classmethod
    def setUpTestData(cls):
        call_command("seed", products=20, verbosity=0)

    def get_headers(self):
        boss = get_user_model().objects.get(username="boss")
        return {"Authorization": f"Bearer {AccessToken.for_user(boss)}"}

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["anon"] = "1000000/min"
runner = DiscoverRunner(verbosity=0)
old = runner.setup_databases()
runner.setup_test_environment()
suite = unittest.defaultTestLoader.loadTestsFromTestCase(TestShop)
result = unittest.TextTestRunner().run(suite)
runner.teardown_test_environment()
runner.teardown_databases(old)
sys.exit(not result.wasSuccessful())
"""


def test_the_document_is_true(tmp_path: Path) -> None:
    done = shop("-c", KIT, folder=tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    assert "Ran 4 tests" in done.stderr
