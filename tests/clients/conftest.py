"""The example shop, for clients that were generated from its document.

These run in nox's session ``clients``, which installs a generator; elsewhere they are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from ..demo import Shop

collect_ignore_glob = ["python/*", "typescript/*"]
if find_spec("openapi_python_client") is None:
    collect_ignore_glob += ["test_*.py"]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with Shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop
