"""The report: tables in Markdown, bars as SVG, the machine and the command that made them."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from comparison.in_process import Measured

if TYPE_CHECKING:
    from comparison.http import Served

NEAR = "hand-written"
#: The most that restflow may take of what the hand-written view takes on the same handler.
GOALS = {
    "empty": 2.0,
    "guarded": 3.5,
    "jwt": 1.3,
    "list 20": 1.4,
    "list 100": 1.25,
    "list 100 in memory": 3.5,
    "retrieve": 1.3,
    "create": 1.4,
    "filtered list": 1.25,
}
LIMIT = "hand-written on restflow's handler"
PEERS = [
    "Django",
    "djangorestframework",
    "adrf",
    "django-ninja",
    "django-modern-rest",
    "fastapi",
    "uvicorn",
    "gunicorn",
]


@dataclass
class Chapter:
    title: str
    slug: str
    text: str
    bars: dict[str, dict[str, float]]
    unit: str


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def process_chapter(found: Mapping[str, Measured], *, middleware: bool) -> Chapter:
    sides = list(dict.fromkeys(side for each in found.values() for side in each.seconds))
    ratios: dict[str, dict[str, float]] = {}
    for name, each in found.items():
        ratios[name] = {side: each.ratio(side, NEAR) for side in each.seconds}
    times = [
        [name, *(f"{ratios[name][side]:.2f}" if side in ratios[name] else "" for side in sides)]
        for name in found
    ]
    counts = [
        [
            name,
            *(
                "{hops} / {threads} / {queries}".format(**each.counts[side])
                if side in each.counts
                else ""
                for side in sides
            ),
        ]
        for name, each in found.items()
    ]
    goals = []
    for name, goal in GOALS.items():
        each = found[name]
        if "restflow" in each.seconds and LIMIT in each.seconds:
            measured = each.ratio("restflow", LIMIT)
            verdict = "reached" if measured <= goal else f"missed by {measured / goal - 1:.0%}"
            goals.append([name, f"{goal:.2f}", f"{measured:.2f}", verdict])
    stack = "with startproject's middlewares" if middleware else "without middlewares"
    text = "\n\n".join(
        [
            f"Time for one request, as a multiple of the hand-written async view on Django's own "
            f"handler, {stack}. Medians of the ratios of one round.",
            table(["endpoint", *sides], times),
            "Thread hops / threads started / SQL statements of one request, after the first.",
            table(["endpoint", *sides], counts),
            "Against the goals: restflow as a multiple of the hand-written view on the same "
            "handler.",
            table(["endpoint", "goal", "measured", ""], goals),
        ]
    )
    slug = "in-process-middleware" if middleware else "in-process"
    return Chapter(f"In process, {stack}", slug, text, ratios, "x hand-written")


def http_chapter(found: Mapping[str, Mapping[str, Served]], *, middleware: bool) -> Chapter:
    sides = list(dict.fromkeys(side for each in found.values() for side in each))

    def rows(attribute: str, pattern: str) -> list[list[str]]:
        return [
            [
                name,
                *(
                    pattern.format(getattr(each[side], attribute)) if side in each else ""
                    for side in sides
                ),
            ]
            for name, each in found.items()
        ]

    stack = "with startproject's middlewares" if middleware else "without middlewares"
    text = "\n\n".join(
        [
            f"Requests a second, 32 connections (192 on the waiting endpoint), one worker, "
            f"{stack}. ASGI sides run under uvicorn with uvloop and httptools, DRF under WSGI in "
            "gunicorn with 8 threads.",
            table(["endpoint", *sides], rows("rate", "{:.0f}")),
            "Longest wait of a prober that asks for the empty view meanwhile, in milliseconds.",
            table(["endpoint", *sides], rows("worst_lag_ms", "{:.0f}")),
            "Resident memory of the server after the load, in MB.",
            table(["endpoint", *sides], rows("memory", "{:.0f}")),
        ]
    )
    rates = {name: {side: one.rate for side, one in each.items()} for name, each in found.items()}
    slug = "http-middleware" if middleware else "http"
    return Chapter(f"Over HTTP, {stack}", slug, text, rates, "requests/s")


def machine() -> str:
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores ({model or platform.machine()}), {platform.system()}"


def plot(chapter: Chapter, path: Path) -> None:
    """One bar a side, one panel an endpoint."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "restflow"
    from matplotlib import pyplot

    count = len(chapter.bars)
    figure, panels = pyplot.subplots(
        (count + 2) // 3, 3, figsize=(15, 3 * ((count + 2) // 3)), layout="constrained"
    )
    for panel, (name, sides) in zip(panels.flat, chapter.bars.items(), strict=False):
        colours = ["#2a7f62" if side.startswith("restflow") else "#9aa5b1" for side in sides]
        panel.barh(list(sides), list(sides.values()), color=colours)
        panel.invert_yaxis()
        panel.set_title(f"{name} ({chapter.unit})", fontsize=10)
        panel.tick_params(labelsize=8)
    for panel in list(panels.flat)[count:]:
        panel.set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def publish(chapters: list[Chapter], database: str, folder: Path | None) -> None:
    engine = "PostgreSQL" if database == "postgres" else "SQLite"
    versions = ", ".join(f"{name} {version(name)}" for name in PEERS)
    today = datetime.now(UTC).date()
    lines = [
        f"# Benchmarks on {engine}",
        f"Made on {today} by `python3 dev.py --session benchmarks -- {' '.join(sys.argv[1:])}` on "
        f"{machine()}, load average {os.getloadavg()[1]:.1f}, Python {platform.python_version()}; "
        f"{versions}. Absolute figures of one machine say little: compare within a table.",
    ]
    if folder:
        folder.mkdir(exist_ok=True)
    stem = engine.lower()
    for chapter in chapters:
        lines += [f"## {chapter.title}", chapter.text]
        if folder:
            name = f"{stem}-{chapter.slug}.svg"
            plot(chapter, folder / name)
            lines.append(f"![{chapter.title}]({name})")
    text = "\n\n".join(lines) + "\n"
    if folder:
        (folder / f"{stem}.md").write_text(text)
    print(text)
