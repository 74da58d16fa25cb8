"""Close a CI log: minutes per nox session, then pytest's totals over all of them.

``python tools/summary.py LOG REPORT...`` takes the log of the run and nox's report files.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

CLOSING = re.compile(r"^(?:=+ )?((?:\d+ [a-z ]+(?:, )?)+) in [\d.]+s(?: \([\d:]+\))?(?: =+)?$")
COLOURS = re.compile(r"\x1b\[[\d;]*m")


def totals(log: str) -> Counter[str]:
    """What pytest's closing lines count: ``{"passed": 812, "skipped": 3}``."""
    counted: Counter[str] = Counter()
    for line in COLOURS.sub("", log).splitlines():
        closing = CLOSING.match(line.strip())
        for number, word in re.findall(r"(\d+) ([a-z ]+)", closing[1]) if closing else ():
            counted["error" if word == "errors" else word] += int(number)
    return counted


def title(session: dict[str, Any]) -> str:
    """Its full name; nox's reports keep the parameters in the signatures."""
    return str(session["signatures"][0] if session["signatures"] else session["name"])


def main(log: str, *reports: str) -> int:
    sessions = [
        session for path in reports for session in json.loads(Path(path).read_text())["sessions"]
    ]
    print("\nminutes  session")
    for session in sorted(sessions, key=lambda each: -each["duration"]):
        print(f"{session['duration'] / 60:7.1f}  {title(session)}")
    print(f"{sum(each['duration'] for each in sessions) / 60:7.1f}  in all\n")
    broken = [each for each in sessions if each["result"] not in ("success", "skipped")]
    for session in sessions:
        if session["result"] == "skipped":
            print(f"NOT RUN: {title(session)}: {session['reason']}")
    for session in broken:
        print(f"FAILED: {title(session)}")
    counted = totals(Path(log).read_text(errors="replace"))
    failed = counted["failed"] + counted["error"]
    skipped = f", {counted['skipped']} skipped" if counted["skipped"] else ""
    print(f"{counted['passed']} passed, {failed} failed{skipped}")
    return bool(broken or failed)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
