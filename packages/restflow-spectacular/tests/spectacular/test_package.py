"""The package as it is installed."""

from __future__ import annotations

from importlib.metadata import version

import restflow.spectacular


def test_the_version_is_the_installed_one() -> None:
    assert restflow.spectacular.__version__ == version("restflow-spectacular")
