"""The parameter that sorts: public names for ordering expressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from django.db.models import F
from django.db.models.expressions import BaseExpression, OrderBy

from .base import Field

Direction: TypeAlias = Literal["asc", "desc"]
#: Names, pairs of public name and what it sorts by, or a map of them.
OrderFields: TypeAlias = Iterable[str | tuple[str, Any]] | Mapping[str, Any]


class OrderField(Field):
    """Sorts by names the client picks from a fixed list: ``ordering=-price,name``.

    Args:
        fields: the names; each with a path or an expression to sort by, if it is not the name.
        default: names to sort by when the parameter is absent, ``-`` for descending.
        override_direction: the direction that holds whatever the client's sign: one for all
            names, or a map of name to direction.
        options: ``label`` and ``help_text``.
    """

    plural = True

    def __init__(
        self,
        *,
        fields: OrderFields,
        default: Iterable[str] = (),
        override_direction: Direction | Mapping[str, Direction] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.fields = as_targets(fields)
        self.default = (default,) if isinstance(default, str) else tuple(default)
        self.override_direction = override_direction

    def term(self, word: str) -> Any:
        """Return what ``order_by`` takes for *word*, a public name with or without ``-``.

        Raises:
            KeyError: there is no such name.
        """
        name = word.removeprefix("-")
        target = self.fields[name]
        descending = word.startswith("-")
        forced = self.override_direction
        if isinstance(forced, Mapping):
            forced = forced.get(name)
        if forced is not None:
            descending = forced == "desc"
        return ordered(target, descending=descending)


def as_targets(fields: OrderFields) -> dict[str, Any]:
    """Return a map of public name to what it sorts by."""
    if isinstance(fields, str):
        fields = (fields,)
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return {
        name: target
        for name, target in ((item, item) if isinstance(item, str) else item for item in pairs)
    }


def ordered(target: Any, *, descending: bool) -> Any:
    """Return *target*, a path or an expression, in the wanted direction."""
    if isinstance(target, str):
        return f"-{target}" if descending else target
    if isinstance(target, OrderBy):
        turned = target.copy()
        return turned.reverse_ordering() if descending else turned
    expression: BaseExpression | F = target
    return expression.desc() if descending else expression.asc()
