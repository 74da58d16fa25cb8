"""Rates as text: ``100/hour``, ``10/30s``."""

from __future__ import annotations

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
RATE = re.compile(
    r"\s*(\d+)\s*/\s*(\d*)\s*"
    r"(s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?)\s*",
    re.ASCII,
)


def parsed_rate(rate: str) -> tuple[int, int]:
    """Return the number of requests and the seconds of *rate*.

    Raises:
        ValueError: *rate* is no rate, or its period is 0.
    """
    match = RATE.fullmatch(str(rate))
    if match is not None:
        span = int(match[2] or 1) * SECONDS[match[3][0]]
        if span:
            return int(match[1]), span
    raise ValueError(
        f"{rate!r} is no rate. Write a number and a period, such as '100/hour' or '10/30s'; "
        f"periods are s, min, hour and day."
    )
