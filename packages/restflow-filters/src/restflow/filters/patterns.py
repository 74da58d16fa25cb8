"""Regular expressions from strangers: the part of the language that no database chokes on."""

from __future__ import annotations

import re

#: A pattern this long still runs in no time; longer ones are refused.
MAX_LENGTH = 200
#: Each repetition multiplies the work of a failing match by the length of the text.
MAX_REPETITIONS = 3

_ATOM = re.compile(
    r"""
      \\[-\\.^$|?*+()\[\]{}/]                      # a quoted special character
    | \.
    | \[ \^? (?: [A-Za-z0-9_\ ](?:-[A-Za-z0-9])? )+ \]   # a set of letters, digits and ranges
    | [^\\.^$|?*+()\[\]{}]                         # any other character stands for itself
    """,
    re.VERBOSE,
)
_REPETITION = re.compile(r"[*+?]")


def objection(pattern: str) -> str | None:
    """Return why *pattern* is refused, None if it may run.

    Allowed are literals, ``.``, ``[a-z]``, ``^``, ``$``, ``|`` and a few of ``*``, ``+`` and
    ``?``: no groups, so nothing repeats a repetition, and nothing that databases read differently.
    """
    if len(pattern) > MAX_LENGTH:
        return f"Ensure this pattern has no more than {MAX_LENGTH} characters."
    repetitions = 0
    for branch in _branches(pattern):
        at, end = 0, len(branch)
        if branch.startswith("^"):
            at = 1
        if branch.endswith("$") and not branch.endswith("\\$"):
            end -= 1
        if at >= end:
            return "A branch of the pattern is empty."
        while at < end:
            atom = _ATOM.match(branch, at, end)
            if atom is None:
                return "This part of the pattern is not supported: " + branch[at : at + 20]
            at = atom.end()
            if at < end and _REPETITION.match(branch, at):
                at += 1
                repetitions += 1
    if repetitions > MAX_REPETITIONS:
        return f"A pattern may hold at most {MAX_REPETITIONS} of * + and ?."
    try:
        re.compile(pattern)
    except re.error:
        return "This is not a regular expression."
    return None


def _branches(pattern: str) -> list[str]:
    """Split at each ``|`` that is not quoted (none can stand inside a set)."""
    return re.split(r"(?<!\\)\|", pattern.replace("\\\\", "\\/"))
