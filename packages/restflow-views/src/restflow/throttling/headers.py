"""``RateLimit`` and ``RateLimit-Policy``: what a client may still ask for, before it is refused."""

from __future__ import annotations

from math import ceil
from typing import Any

from .counting import Verdict


def announce(view: Any, name: str, limit: int, seconds: int, verdict: Verdict) -> None:
    """Add one limit to the headers that *view* puts on its response.

    The fields are lists, so each throttle adds a member: the policy with its quota ``q`` and its
    window ``w`` in seconds, and the state with the requests that remain, ``r``, and the seconds
    until some of the quota comes back, ``t``. Who is counted (``pk``) is not said.
    https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/

    Args:
        view: DRF's view or ours; one without ``headers``, outside of a request, is left alone.
        name: what the limit is called.
        limit: requests in each window.
        seconds: the length of a window.
        verdict: what counting this request gave.
    """
    headers = getattr(view, "headers", None)
    if not isinstance(headers, dict):
        return
    text = as_string(name)
    _add(headers, "RateLimit-Policy", f"{text};q={limit};w={seconds}")
    _add(headers, "RateLimit", f"{text};r={verdict.left};t={ceil(verdict.reset)}")


def as_string(text: str) -> str:
    """Return *text* as a String of Structured Fields (RFC 9651); it knows printable ASCII only."""
    plain = "".join(char if " " <= char <= "~" else "?" for char in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _add(headers: dict[str, str], name: str, member: str) -> None:
    headers[name] = f"{headers[name]}, {member}" if name in headers else member
