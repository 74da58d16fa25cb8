"""Closes a run of the integration suite with what the description promises and nobody built yet."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill

import pytest

from restflow_testing.description import parts


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    described = parts(Path(__file__).with_name("description"))
    missing = {part.path.stem: sorted(part.missing) for part in described if part.missing}
    if not missing:
        return
    whole = sum(len(part.names) + len(part.examples) for part in described)
    count = sum(map(len, missing.values()))
    terminalreporter.section(f"described and not built yet: {count} of {whole}")
    for part, entries in missing.items():
        text = f"{part} ({len(entries)}): {'; '.join(entries)}"
        terminalreporter.line(fill(text, 110, subsequent_indent="  ", break_long_words=False))
