"""Lists of values of one kind."""

from __future__ import annotations

from typing import Any

from ..readers import SerializerField
from .base import Field
from .scalars import StringField


class ListField(Field):
    """A list: ``id=1,2,3`` or ``id=1&id=2``.

    Over an ordinary column or a relation it matches any of the values; over an array column the
    base parameter is the whole array, and ``lookups=["pg_array"]`` compares its members.

    Args:
        child: the field that reads one item; text if not given.
        options: as for every field.
    """

    plural = True

    def __init__(self, *, child: Field | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.child = child or StringField()
        if self.child.plural:
            raise TypeError("ListField(child=...) takes a field of one value, not another list.")

    @property
    def family(self) -> str:  # type: ignore[override]
        """The family of the items."""
        return self.child.family

    def serializer_field(self, bounds: Any = None) -> SerializerField:
        """Return the DRF field of one item."""
        return self.child.serializer_field(bounds)

    def reader(self, field: SerializerField) -> Any:
        """Return what reads one item."""
        return self.child.reader(field)

    def runs_user_code(self, field: SerializerField) -> bool:
        """Tell whether reading one item may block."""
        return self.child.runs_user_code(field)

    def item_schema(self, field: SerializerField) -> dict[str, Any]:
        """Return the OpenAPI schema of one item."""
        return self.child.item_schema(field)
