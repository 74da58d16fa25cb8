"""Migration pages whose other library not every version here can have: the blocks of both run."""

from __future__ import annotations

from pathlib import Path

import pytest

from restflow_testing.documents import run

GUIDES = Path(__file__).resolve().parents[2] / "docs/guides"


def test_from_drf_extensions(adb: None, tmp_path: Path) -> None:
    """The page marks as ``py`` what needs drf-extensions, which has no release for Django 6."""
    pytest.importorskip("rest_framework_extensions")
    text = (GUIDES / "migrating-from-drf-extensions.md").read_text()
    page = tmp_path / "migrating-from-drf-extensions.md"
    page.write_text(text.replace("```py\n", "```python\n").replace("<!-- py\n", "<!-- python\n"))
    assert run(page) > 8
