"""Python source as the form of a plan: written field by field, compiled once, run many times."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import CodeType
from typing import Any

__all__ = ["Source"]


class Source:
    """A function under construction: lines of code, and the objects that they name.

    Values never become text: a line refers to them by the name that :meth:`name` gives out, so two
    serializers of one shape share their code object and nothing a user wrote is ever parsed.
    """

    def __init__(self, signature: str) -> None:
        self._signature = signature
        self._lines: list[str] = []
        self._names: dict[str, Any] = {}

    def name(self, value: Any) -> str:
        """Return the name under which the code finds *value*."""
        name = f"c{len(self._names)}"
        self._names[name] = value
        return name

    def line(self, text: str, depth: int = 1) -> None:
        """Append one line, indented *depth* levels."""
        self._lines.append("    " * depth + text)

    def function(self) -> Callable[..., Any]:
        """Return the finished function."""
        text = "\n".join([f"def plan({self._signature}):", *self._lines])
        names = dict(self._names)
        exec(_compiled(text), names)
        function: Callable[..., Any] = names["plan"]
        return function


@lru_cache(maxsize=1024)
def _compiled(text: str) -> CodeType:
    return compile(text, "<restflow plan>", "exec")
