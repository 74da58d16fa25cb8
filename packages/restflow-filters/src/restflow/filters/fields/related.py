"""Filtering by what a related row holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Field

if TYPE_CHECKING:
    from ..filterset import FilterSet


class RelatedField(Field):
    """The parameters of another filter set, applied over a relation: ``category__name=tools``.

    Over a to-many relation the parameters of one request speak of one and the same related row;
    a negated one says that no related row matches. Where the other filter set has preprocessors,
    only the rows they leave count.

    Args:
        filterset: a :class:`FilterSet` class whose model the relation leads to.
        db_field: path of the relation; the field's own name if not given.
        options: ``label`` and ``help_text``.
    """

    def __init__(
        self, filterset: type[FilterSet], *, db_field: str | None = None, **options: Any
    ) -> None:
        super().__init__(db_field=db_field, **options)
        self.filterset = filterset
