"""How many cases generated tests run: a twentieth, or as ``RESTFLOW_GENERATED`` says.

``full`` is all of them; a number is the part of them to run: ``5`` is a fifth.
"""

from __future__ import annotations

import os

FEWEST = 5


def full() -> bool:
    """Tell whether this run owes the full counts (``RESTFLOW_GENERATED=full``)."""
    return os.environ.get("RESTFLOW_GENERATED") == "full"


def cases(count: int) -> int:
    """*count* in a full run, else a part of it, but never fewer than a handful."""
    part = os.environ.get("RESTFLOW_GENERATED") or "20"
    return count if full() else max(min(count, FEWEST), count // int(part))
