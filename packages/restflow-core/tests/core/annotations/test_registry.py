"""Annotation types of the user's own."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Generic, NewType, TypedDict, TypeVar, get_args

import annotated_types as at
import pytest
import typing_extensions

from restflow.core.annotations import (
    AnnotationEngine,
    AnnotationError,
    AnnotationRegistry,
    AnnotationType,
    Collection,
    Constraints,
    Custom,
    Dictionary,
    Scalar,
    annotation_types,
    register_annotation,
)

Read = Callable[..., Any]
T = TypeVar("T")


class Money:
    def __init__(self, amount: Decimal) -> None:
        self.amount = amount


class MoneyType(AnnotationType):
    wire = Annotated[Decimal, at.Ge(0)]

    def to_python(self, value: Decimal) -> Money:
        return Money(value)

    def to_wire(self, value: Money) -> Decimal:
        return value.amount


WIRE = Scalar(Decimal, constraints=Constraints(ge=0))


def test_a_registered_class(registry: AnnotationRegistry, read: Read) -> None:
    handler = MoneyType()
    registry.register(Money, handler)
    spec = read(Money)
    assert spec == Custom(Money, handler, WIRE)
    assert read(list[Money] | None) == Collection(list, spec, nullable=True)
    assert read(set[Money]) == Collection(set, spec)
    assert read("Annotated[Money, 'x'] | None", Money=Money, Annotated=Annotated) == spec.but(
        nullable=True, metadata=("x",)
    )
    value = spec.handler.to_python(Decimal(3))
    assert isinstance(value, Money)
    assert spec.handler.to_wire(value) == Decimal(3)


def test_a_subclass_is_not_included(registry: AnnotationRegistry, read: Read) -> None:
    class Cents(Money): ...

    registry.register(Money, MoneyType())
    with pytest.raises(AnnotationError, match=r"register_annotation\(\) teaches restflow Cents"):
        read(Cents)


def test_what_else_can_be_registered(registry: AnnotationRegistry, read: Read) -> None:
    Name = NewType("Name", str)
    Tags = typing_extensions.TypeAliasType("Tags", list[str])

    class Shape(TypedDict):
        x: object

    for annotation in (Name, Tags, Shape):
        registry.register(annotation, handler := AnnotationType())
        for hint in (annotation, annotation | None):
            spec = read(hint)
            assert spec == Custom(annotation, handler, Scalar(str), nullable=hint is not annotation)


def test_a_generic_one_reads_its_arguments(registry: AnnotationRegistry, read: Read) -> None:
    class Range(Generic[T]): ...

    class RangeType(AnnotationType):
        def wire_for(self, annotation: Any) -> Any:
            (bound,) = get_args(annotation)
            return dict[str, bound | None]

    registry.register(Range, handler := RangeType())
    expected = Custom(Range[int], handler, Dictionary(Scalar(int, nullable=True)))
    assert read(Range[int]) == expected


def test_the_default_conversions_change_nothing() -> None:
    value = object()
    assert AnnotationType().to_python(value) is AnnotationType().to_wire(value) is value
    assert AnnotationType().wire_for(int) is str


def test_a_wire_that_is_itself_is_refused(registry: AnnotationRegistry, read: Read) -> None:
    class Loop(AnnotationType):
        wire = Money

    registry.register(Money, Loop())
    with pytest.raises(AnnotationError, match="it is defined by itself, without end"):
        read(Money)


def test_registering_twice(registry: AnnotationRegistry, read: Read) -> None:
    class Other(AnnotationType): ...

    registry.register(Money, MoneyType())
    registry.register(Money, again := MoneyType())  # as a reloaded module does
    assert read(Money).handler is again
    with pytest.raises(ValueError, match=r"Money is registered with .*MoneyType already; pass rep"):
        registry.register(Money, Other())
    assert read(Money).handler is again
    registry.register(Money, other := Other(), replace=True)
    assert read(Money).handler is other


@pytest.mark.parametrize(
    ("annotation", "handler", "message"),
    [
        (Money, MoneyType, r"register_annotation\(Money, \.\.\.\) was given <class .*MoneyType'>"),
        (Money, str, "give it an instance of a subclass of AnnotationType"),
        ("Money", MoneyType(), "takes the bare class, NewType or alias"),
        (list[int], MoneyType(), "takes the bare class, NewType or alias"),
        (Annotated[int, 1], MoneyType(), "takes the bare class, NewType or alias"),
        (int | None, MoneyType(), "takes the bare class, NewType or alias"),
    ],
)
def test_what_cannot_be_registered(
    annotation: Any, handler: Any, message: str, registry: AnnotationRegistry
) -> None:
    with pytest.raises(TypeError, match=message):
        registry.register(annotation, handler)


def test_the_shared_registry_is_what_engines_use() -> None:
    class Volume: ...

    def owner() -> None: ...

    engine = AnnotationEngine()
    register_annotation(Volume, handler := AnnotationType())
    try:
        spec = engine.field(Volume, owner=owner, attribute="a").type
        assert spec == Custom(Volume, handler, Scalar(str))
    finally:
        annotation_types.unregister(Volume)
    with pytest.raises(AnnotationError):
        engine.field(Volume, owner=owner, attribute="a")
    with pytest.raises(KeyError):
        annotation_types.unregister(Volume)
