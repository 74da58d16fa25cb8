"""From a class body to DRF's declared fields: annotations, defaults and ``Field(...)``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers as drf

from restflow.core.annotations import (
    MISSING,
    AnnotationEngine,
    AnnotationError,
    Declarations,
    FieldSpec,
)

from .plans import expire

__all__ = [
    "Arguments",
    "Field",
    "SerializerMetaclass",
    "arguments_of",
    "complete",
    "declarations_of",
    "declare_fields",
    "engine",
    "is_explicit",
]

#: Where a class keeps its annotated fields, resolved or not.
KEPT = "__restflow_declared__"


def _is_serializer(cls: type) -> bool:
    return issubclass(cls, drf.BaseSerializer)


#: Serializers nest in serializers; everything else is what the engine makes of it.
engine = AnnotationEngine(nested=_is_serializer)


class Arguments:
    """DRF field arguments for an annotated attribute; made by :func:`Field`."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values


def Field(**arguments: Any) -> Any:
    """Add DRF field arguments to an annotated attribute::

        extra: str = Field(write_only=True, max_length=20)

    Args:
        arguments: whatever the field's class takes: ``read_only``, ``source``, ``help_text``...
    """
    return Arguments(arguments)


class SerializerMetaclass(drf.SerializerMetaclass):
    """Turns annotations into fields, and notices when a class is changed afterwards."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]
    ) -> SerializerMetaclass:
        body = dict(attrs)
        cls: Any = super().__new__(mcs, name, bases, attrs)
        roots = [base for base in cls.__mro__[1:] if base.__module__.startswith(_ROOTS)]
        declarations = engine.declare(cls, body=body, roots=roots)
        type.__setattr__(cls, KEPT, declarations)
        for attribute in declarations:
            # A default is the field's, as a field itself is: neither stays behind as an attribute.
            if attribute in body and attribute in cls.__dict__:
                type.__delattr__(cls, attribute)
        cls._adopt(declarations)
        return cls  # type: ignore[no-any-return]

    def __setattr__(cls, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        expire()

    def __delattr__(cls, name: str) -> None:
        super().__delattr__(name)
        expire()


_ROOTS = ("rest_framework.", "restflow.serializers.")


def declarations_of(cls: type[Any]) -> Declarations:
    """Return the annotated attributes of *cls*, those replaced by field instances included."""
    declarations: Declarations = cls.__dict__[KEPT]
    return declarations


def is_explicit(cls: type[Any], name: str) -> bool:
    """Tell whether *name* is a field instance that the user wrote."""
    field = cls._declared_fields.get(name)
    return field is not None and not getattr(field, "_from_annotation", False)


def complete(cls: type[Any]) -> None:
    """Build the fields of annotations that named something not yet defined.

    Raises:
        AnnotationError: it is still not defined.
    """
    declarations = declarations_of(cls)
    if any(name not in cls._declared_fields for name in declarations):
        declare_fields(cls, list(declarations))


def declare_fields(cls: type[Any], names: Iterable[str]) -> None:
    """Put the fields of annotations among the declared ones, explicit ones first.

    Raises:
        AnnotationError: a name in an annotation is not defined.
        TypeError: the field does not take its arguments.
    """
    declarations = declarations_of(cls)
    own = declarations.scope.hints
    fields = dict(cls._declared_fields)
    for name in names:
        if is_explicit(cls, name) or (name in fields and name not in own):
            continue
        fields.pop(name, None)
        spec = declarations[name]
        field: Any = build(spec, cls, arguments_of(spec))
        field._from_annotation = True
        fields[name] = field
    type.__setattr__(cls, "_declared_fields", fields)


def build(
    spec: FieldSpec, cls: type[Any], arguments: dict[str, Any]
) -> drf.Field[Any, Any, Any, Any]:
    """Return the field of one annotated attribute of *cls*."""
    try:
        field: drf.Field[Any, Any, Any, Any] = cls.serializer_field_map.field(spec, arguments)
        return field
    except (TypeError, ValueError, AssertionError) as error:
        if isinstance(error, AnnotationError):
            raise
        raise TypeError(
            f"{cls.__module__}.{cls.__qualname__}.{spec.name} cannot be made: {error}. "
            f"Correct its annotation or the arguments of its Field(...)."
        ) from error


def arguments_of(spec: FieldSpec) -> dict[str, Any]:
    """Return what ``Field(...)`` says, or what any other assignment amounts to."""
    if isinstance(spec.default, Arguments):
        return dict(spec.default.values)
    if spec.default_factory is not None:
        return {"default": spec.default_factory}
    return {} if spec.default is MISSING else {"default": spec.default}
