"""The package as it is installed."""

from __future__ import annotations

from importlib.metadata import version

import restflow.authentication


def test_the_version_is_the_installed_one() -> None:
    assert restflow.authentication.__version__ == version("restflow-auth")
