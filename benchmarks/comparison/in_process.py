"""Ratios within one run: every side in its own process, asked in turns, round by round."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from comparison.endpoints import ENDPOINTS
from comparison.project import ROOT
from comparison.sides import SIDES

CALLS = {"await 50 ms": 1, "list 100": 10, "list 100 in memory": 10}


class Worker:
    """A side's process, and the words it understands."""

    def __init__(self, side: str, database: str, middleware: bool) -> None:
        paths = [str(ROOT / "benchmarks"), str(ROOT / "testing")]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "comparison.worker", side, "middleware" if middleware else "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                "RESTFLOW_BENCHMARK_DATABASE": database,
            },
        )

    def ask(self, **order: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.process.args} ended")
        found: dict[str, Any] = json.loads(answer)
        return found

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(10)


@dataclass
class Measured:
    """Of one endpoint: what each side needed, and what it did for it."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    counts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def ratio(self, side: str, to: str) -> float:
        pairs = zip(self.seconds[side], self.seconds[to], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)


def measure(
    database: str, *, middleware: bool, rounds: int, sides: list[str] | None = None
) -> dict[str, Measured]:
    """All endpoints on all *sides*; a side that has no such endpoint is left out of it."""
    workers = {name: Worker(name, database, middleware) for name in sides or SIDES}
    found: dict[str, Measured] = {}
    try:
        for endpoint in ENDPOINTS.values():
            each = found[endpoint.name] = Measured()
            able = []
            for name, worker in workers.items():
                worker.ask(endpoint=endpoint.name, count=True)  # imports, plans, connections
                counts = worker.ask(endpoint=endpoint.name, count=True)
                if counts.get("status") == endpoint.status:
                    each.counts[name] = counts
                    each.seconds[name] = []
                    able.append(name)
                elif counts.get("status") != 404:
                    raise RuntimeError(f"{name}: {endpoint.name}: {counts}")
            calls = CALLS.get(endpoint.name, 20)
            for turn in range(rounds):
                # Whoever comes first in a round must not be the same one every time.
                shift = turn % len(able)
                for name in able[shift:] + able[:shift]:
                    answer = workers[name].ask(endpoint=endpoint.name, calls=calls)
                    if "error" in answer:
                        raise RuntimeError(f"{name}: {endpoint.name}: {answer['error']}")
                    each.seconds[name].append(answer["seconds"] / calls)
    finally:
        for worker in workers.values():
            worker.close()
    return found
