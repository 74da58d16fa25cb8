"""Collecting the fields of a filter set: explicit ones, annotations, columns of the model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from restflow.core.annotations import Declarations, FieldSpec

from . import fields
from .columns import Column, NoColumn, column_at
from .hints import field_for, given_field
from .model_fields import field_for_column, is_secret
from .options import Options

ALL = "__all__"


def explicit_fields(body: Mapping[str, Any], bases: tuple[type, ...]) -> dict[str, fields.Field]:
    """Return the fields that a class body and its bases declare; ``name = None`` drops one."""
    found: dict[str, fields.Field] = {}
    for base in reversed(bases):
        found.update(getattr(base, "explicit", {}))
    for name, value in body.items():
        if isinstance(value, fields.Field):
            found[name] = value
        elif name in found:
            del found[name]
    return found


def declared_fields(
    cls: type,
    options: Options,
    explicit: Mapping[str, fields.Field],
    hints: Declarations,
) -> tuple[dict[str, fields.Field], tuple[str, ...]]:
    """Return all fields of a filter set by name, and the columns left out as secrets.

    Explicit fields come before annotations, and these before columns of the model.

    Raises:
        AnnotationError: an annotation cannot be mapped.
        ImproperlyConfigured: Meta names a column that does not exist or fits no parameter.
    """
    found: dict[str, fields.Field] = {}
    extra = dict(options.extra_kwargs)
    for name, spec in hints.items():
        field = given_field(spec)
        if field is None or type(field) is fields.Field:
            found[name] = _annotated(spec, field, extra.pop(name, {}), options)
    for name, field in explicit.items():
        if type(field) is not fields.Field or name not in hints:
            found[name] = field
    left_out: list[str] = []
    for name, lookups in _columns(options, left_out):
        if name not in found:
            found[name] = _from_column(cls, name, lookups, extra.pop(name, {}), options)
    if extra:
        raise ImproperlyConfigured(
            f"{cls.__name__}.Meta.extra_kwargs names {', '.join(sorted(extra))}, for which no "
            "field is made; put the arguments into the explicit field, or correct the name."
        )
    return found, tuple(left_out)


def _annotated(
    spec: FieldSpec, field: fields.Field | None, extra: Mapping[str, Any], options: Options
) -> fields.Field:
    given = {} if field is None else field.arguments()
    made = field_for(spec, {**given, **extra})
    return _with_in(made, _column(options, made.db_field or spec.name), extra)


def _columns(options: Options, left_out: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the names that Meta lists, with the lookups it gives them."""
    listed = options.fields
    if listed is None and options.exclude is None:
        return
    if isinstance(listed, Mapping):
        yield from listed.items()
    elif listed is not None and listed != ALL:
        yield from ((name, None) for name in listed)
    else:
        assert options.model is not None
        excluded = set(options.exclude or ())
        meta = options.model._meta
        unknown = excluded - {field.name for field in meta.get_fields()}
        if unknown:
            raise ImproperlyConfigured(
                f"Meta.exclude names {', '.join(sorted(unknown))}, which {options.model.__name__} "
                "does not have."
            )
        for column in (*meta.fields, *meta.many_to_many):
            if column.name in excluded:
                continue
            if is_secret(column.name):
                left_out.append(column.name)
            elif (found := _column(options, column.name)) and _made(found) is not None:
                yield column.name, None


def _from_column(
    cls: type, name: str, lookups: Any, extra: Mapping[str, Any], options: Options
) -> fields.Field:
    assert options.model is not None
    try:
        column = column_at(options.model, extra.get("db_field") or name)
    except NoColumn as error:
        raise ImproperlyConfigured(f"{cls.__name__}.Meta.fields: {error}.") from error
    arguments = {"lookups": lookups, **extra}
    field = _made(column, **arguments)
    if field is None:
        raise ImproperlyConfigured(
            f"{cls.__name__}.Meta.fields names {name!r}, a {type(column.field).__name__}, which "
            "no query parameter fits; declare an explicit field for it."
        )
    return _with_in(field, column, arguments)


def _made(column: Column, **arguments: Any) -> fields.Field | None:
    field: fields.Field | None = field_for_column(column.value_field, **arguments)
    return field


def _with_in(field: fields.Field, column: Column | None, given: Mapping[str, Any]) -> fields.Field:
    """Let a relation take several values, unless its lookups were chosen."""
    if column is not None and column.leads_to and not field.plural and not field.lookups:
        field.lookups = ("in",)
    return field


def _column(options: Options, path: str) -> Column | None:
    if options.model is None:
        return None
    try:
        return column_at(options.model, path)
    except NoColumn:
        return None
