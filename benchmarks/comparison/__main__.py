"""Measure everything and write the report.

    python3 dev.py --session benchmarks -- [--quick] [--postgres] [--write]

``--quick`` takes few samples, to see that all sides answer; ``--write`` puts the report with its
plots into ``docs/benchmarks``, else it is printed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from comparison import http, in_process, report
from comparison.project import ROOT

FILL = "from comparison import project; project.set_up(); project.fill()"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--only", choices=["process", "http"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = "postgres" if given.postgres else str(Path(folder) / "shop.sqlite3")
        paths = os.pathsep.join([str(ROOT / "benchmarks"), str(ROOT / "testing")])
        environment = {
            **os.environ,
            "PYTHONPATH": paths,
            "RESTFLOW_BENCHMARK_DATABASE": database,
        }
        subprocess.run([sys.executable, "-c", FILL], env=environment, check=True)
        chapters = []
        if given.only != "http":
            rounds = 3 if given.quick else 15
            for middleware in (False, True):
                found = in_process.measure(database, middleware=middleware, rounds=rounds)
                chapters.append(report.process_chapter(found, middleware=middleware))
        if given.only != "process":
            seconds = 1.0 if given.quick else 5.0
            for middleware in (False, True):
                served = http.measure(environment, middleware=middleware, seconds=seconds)
                chapters.append(report.http_chapter(served, middleware=middleware))
        report.publish(chapters, database, ROOT / "docs" / "benchmarks" if given.write else None)


if __name__ == "__main__":
    main()
