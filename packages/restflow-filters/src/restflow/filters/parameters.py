"""One query parameter as the class compiled it: nothing of this is done again for a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from .conditions import Made, Opaque, Plain
from .fields import Field, OrderField
from .readers import Reader

if TYPE_CHECKING:
    from .filterset import FilterSet
    from .processors import Method

#: What was sent for a parameter, read.
Term: TypeAlias = "tuple[Parameter, Any]"


@dataclass(slots=True, eq=False)
class Parameter:
    """A name that clients may send.

    Args:
        name: as clients write it.
        field_name: the attribute of the filter set.
        field: how it was declared.
        read: reads what was sent: one value, or all of them if *plural*.
        plural: the value is a list.
        negated: the name ends in ``!``.
        condition: what its value means; None for ordering, methods and related parameters.
        schema: its OpenAPI schema.
        lookup: which comparison it is, for people.
        path: what the ORM takes, if a pair of it and the value is the whole condition.
        method: the user's code that applies it.
        related: where it leads, if it belongs to another filter set.
        inner: the parameter of that filter set.
        index: position among the parameters of the class.
    """

    name: str
    field_name: str
    field: Field
    read: Reader
    plural: bool
    negated: bool
    condition: Plain | Made | None
    schema: Mapping[str, Any]
    lookup: str = "exact"
    path: str | None = None
    method: Method | None = None
    related: Related | None = None
    inner: Parameter | None = None
    index: int = 0

    def __post_init__(self) -> None:
        if type(self.condition) in (Plain, Opaque) and not self.negated:
            self.path = self.condition.path  # type: ignore[union-attr]

    @property
    def orders(self) -> bool:
        """Whether it sorts instead of filtering."""
        return isinstance(self.field, OrderField)

    @property
    def meaning(self) -> str:
        """What it does with its value, in a few words, for logs."""
        if self.inner is not None and self.related is not None:
            return f"{self.related.path}: {self.inner.meaning}"
        if self.method is not None:
            text = f"method {self.method.name}"
        elif self.orders:
            text = "order by"
        elif isinstance(self.condition, Plain):
            text = self.condition.path
        else:
            text = f"filter_by of {self.field_name}"
        return f"not {text}" if self.negated else text


@dataclass(slots=True, eq=False)
class Related:
    """The relation behind a ``RelatedField``.

    Args:
        name: the attribute of the filter set.
        path: the relation, as the ORM takes it.
        many: it leads to any number of rows.
        target: the column of the related model that the relation compares.
        filterset: the class whose parameters it adds.
        operator: how that class combines them.
        scoped: that class runs the user's code on rows, so only the rows it leaves count.
    """

    name: str
    path: str
    many: bool
    target: str
    filterset: type[FilterSet]
    operator: str
    scoped: bool


@dataclass(slots=True, eq=False)
class Plan:
    """Everything about a filter set class that requests share.

    Args:
        parameters: by name, in the order of the declaration.
        field_names: the declared attributes.
        required: parameters that must be sent.
        left_out: columns that ``fields = "__all__"`` skips because of their names.
        user_code: reading a value may run code that blocks.
        scoped: filtering runs the user's code on rows.
        order: the parameter that sorts.
    """

    parameters: dict[str, Parameter] = field(default_factory=dict)
    field_names: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    user_code: bool = False
    scoped: bool = False
    order: Parameter | None = None
