"""What an annotation means: an immutable tree that serializers and filters build fields from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from django.utils.functional import Promise

from .constraints import MISSING, NO_CONSTRAINTS, Constraints

if TYPE_CHECKING:
    from .registry import AnnotationType


def _told(spec: Any) -> str:
    """Return a ``repr`` with only what differs from the defaults."""
    told = [
        f"{item.name}={value!r}"
        for item in fields(spec)
        if item.repr and (value := getattr(spec, item.name)) != item.default
    ]
    return f"{type(spec).__name__}({', '.join(told)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What every node of the tree has.

    Args:
        nullable: None is a value (``T | None``). It does not make a field optional.
        constraints: bounds from ``Annotated``.
        title, description: words for people, from `Info` or ``Doc``.
        metadata: what else ``Annotated`` carried, for whoever put it there.
    """

    nullable: bool = False
    constraints: Constraints = NO_CONSTRAINTS
    title: str | Promise | None = field(default=None, hash=False)
    description: str | Promise | None = field(default=None, hash=False)
    metadata: tuple[Any, ...] = field(default=(), hash=False)

    def but(self, **changes: Any) -> Self:
        """Return a copy with some attributes changed."""
        return replace(self, **changes)

    def __deepcopy__(self, memo: object) -> Self:
        return self  # immutable; and what it holds (classes, functions) is shared by intent

    def __repr__(self) -> str:
        return _told(self)


@dataclass(frozen=True, slots=True, repr=False)
class Scalar(Shape):
    """One value: *type* is a built-in type such as ``int``, or a marker such as ``Email``."""

    type: Any


@dataclass(frozen=True, slots=True, repr=False)
class Choice(Shape):
    """One of some values: a ``Literal``, or an ``Enum`` by the values of its members.

    Args:
        values: as they travel: for an enum the members' values.
        enum: the enum whose members the values stand for; a ``Literal`` of some members of an
            enum has it too, with only their values.
    """

    values: tuple[Any, ...]
    enum: type[Enum] | None = None

    @property
    def labels(self) -> tuple[Any, ...]:
        """A word for each value: the label of a Django ``Choices`` member, else the value."""
        if self.enum is None:
            return tuple(str(value) for value in self.values)
        return tuple(
            getattr(member, "label", str(member.value))
            for member in (self.enum(value) for value in self.values)
        )


@dataclass(frozen=True, slots=True, repr=False)
class Collection(Shape):
    """Any number of items: *type* is ``list``, ``set`` or ``tuple``; *item* None is any JSON."""

    type: type[Any]
    item: TypeSpec | None = None


@dataclass(frozen=True, slots=True, repr=False)
class FixedTuple(Shape):
    """A ``tuple[A, B]``: a list of that many items, each of its own kind."""

    items: tuple[TypeSpec, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Dictionary(Shape):
    """A ``dict[str, T]``; *value* None is any JSON."""

    value: TypeSpec | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Nested(Shape):
    """A class the caller called nested, such as a serializer."""

    type: type[Any]


@dataclass(frozen=True, slots=True, repr=False)
class Structure(Shape):
    """A TypedDict or a dataclass.

    Args:
        type: the class; ``issubclass(type, dict)`` tells a TypedDict.
        arguments: of a generic one, ``Page[int]``.
        members: by name. It may lead back to this structure: a comment has replies.
    """

    type: type[Any]
    arguments: tuple[TypeSpec, ...] = ()
    members: Mapping[str, FieldSpec] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class Variants(Shape):
    """A union of nested classes or structures, told apart by the value of one member.

    Args:
        discriminator: name of that member.
        cases: pairs of its value and what the rest then is, in the order of the union.
    """

    discriminator: str
    cases: tuple[tuple[Any, Nested | Structure], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Custom(Shape):
    """An annotation that a user registered.

    Args:
        annotation: as registered, or with its arguments: ``Range[int]``.
        handler: what it was registered with.
        wire: what the handler says its values look like in JSON or a query string.
    """

    annotation: Any
    handler: AnnotationType
    wire: TypeSpec


TypeSpec: TypeAlias = (
    Scalar | Choice | Collection | FixedTuple | Dictionary | Nested | Structure | Variants | Custom
)


@dataclass(frozen=True, slots=True, repr=False)
class FieldSpec:
    """One annotated attribute of a class.

    Args:
        name: of the attribute.
        type: what its values are.
        required: it must be given: no ``NotRequired`` and no default.
        default: what the class body assigns, exactly as it stands there; `MISSING` if nothing.
            Callers recognise their own objects in it, such as a ready-made field.
        default_factory: makes the default anew for each use, where it is a list, dict or set, or
            where a dataclass says so; ``default`` is then `MISSING`.
        read_only: it is made by its class, never given: ``field(init=False)`` of a dataclass.
        owner: the class whose body has the annotation, or the function.
        annotation: as it is written there.
    """

    name: str
    type: TypeSpec
    required: bool = True
    default: Any = field(default=MISSING, hash=False)
    default_factory: Callable[[], Any] | None = field(default=None, compare=False)
    read_only: bool = False
    owner: Any = field(default=None, compare=False, repr=False)
    annotation: Any = field(default=None, compare=False, repr=False)

    def __repr__(self) -> str:
        return _told(self)

    @property
    def has_default(self) -> bool:
        """Whether `make_default` has something to return."""
        return self.default is not MISSING or self.default_factory is not None

    def make_default(self) -> Any:
        """Return the default, a fresh one if it could be changed; `MISSING` if there is none."""
        return self.default if self.default_factory is None else self.default_factory()
