"""Every Python block of every document runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from restflow_testing.documents import blocks, run

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    {*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/README.md")}
)


@pytest.mark.parametrize(
    "path",
    [path for path in DOCUMENTS if any(blocks(path))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_document(path: Path, adb: None) -> None:
    assert run(path) > 0


def test_the_first_example_is_among_them() -> None:
    assert any(blocks(ROOT / "README.md"))


@pytest.mark.parametrize(
    "source", ["raise KeyError('planted')", "import asyncio\nawait asyncio.sleep(0)\nassert 0"]
)
def test_a_broken_block_fails_at_its_line(tmp_path: Path, source: str) -> None:
    document = tmp_path / "broken.md"
    document.write_text(f"# Title\n\n```python\nx = 1\n```\n\n```python\n{source}\n```\n")
    with pytest.raises((KeyError, AssertionError)) as caught:
        run(document)
    assert caught.traceback[-1].lineno + 1 == 8 + source.count("\n")
    assert str(caught.traceback[-1].path) == str(document)


def test_settings_and_urls_hold_until_the_end(tmp_path: Path) -> None:
    document = tmp_path / "settings.md"
    document.write_text(
        "```python\n# settings.py\nAPPEND_SLASH = False\n```\n"
        "```python\nfrom django.urls import path\n\nurlpatterns = [path('x/', id, name='x')]\n```\n"
        "<!-- python\nfrom django.conf import settings\nfrom django.urls import reverse\n"
        "assert settings.APPEND_SLASH is False and reverse('x') == '/x/'\n-->\n"
    )
    assert run(document) == 3
