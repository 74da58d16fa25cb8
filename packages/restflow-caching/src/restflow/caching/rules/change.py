"""What happened to one row, as it was when the signal fired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Change"]

#: Column values of a row by the names that somebody asked for.
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """One row that was written; what a custom ``invalidator`` is given.

    Nothing in it changes afterwards, and it can be sent to a worker.

    Args:
        model: ``"app_label.Model"`` of the rule.
        action: ``"created"``, ``"updated"``, ``"deleted"``, or ``"related"`` for a row whose
            relations were changed elsewhere.
        pk: primary key of the row.
        using: alias of the database.
        old: values before the write, empty where there was no row or nobody knows.
        new: values after it, empty for a deleted row.
    """

    model: str
    action: str
    pk: Any
    using: str
    old: Row = field(default_factory=dict)
    new: Row = field(default_factory=dict)

    @property
    def fields(self) -> frozenset[str]:
        """The names whose value is not what it was."""
        if not self.old or not self.new:
            return frozenset([*self.old, *self.new])
        return frozenset(
            name for name, value in self.new.items() if name not in self.old or differ(self, name)
        )


def differ(change: Change, name: str) -> bool:
    """Tell whether *name* has another value than before."""
    return bool(change.old[name] != change.new[name])
