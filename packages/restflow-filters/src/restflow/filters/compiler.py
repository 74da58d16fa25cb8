"""Compiling a filter set class: every parameter it accepts, checked against the model once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.db import models

from . import fields
from .columns import Column, NoColumn, column_at
from .conditions import Made, Many, Opaque, Plain
from .lookups import RELATION, STRICT, output_of, requested
from .options import Options
from .parameters import Parameter, Plan, Related
from .processors import Method, method
from .readers import BLANK, Reader, list_reader
from .values import Reading, Values

if TYPE_CHECKING:
    from .filterset import FilterSet

#: Stands in for the column of a computed value, or of a filter set without a model.
_PSEUDO: dict[str, type[models.Field[Any, Any]]] = {
    "integer": models.IntegerField,
    "float": models.FloatField,
    "decimal": models.DecimalField,
    "boolean": models.BooleanField,
    "date": models.DateField,
    "datetime": models.DateTimeField,
    "time": models.TimeField,
    "duration": models.DurationField,
    "uuid": models.UUIDField,
    "ip": models.GenericIPAddressField,
}


class Compiler:
    """Makes the plan of one filter set class.

    Args:
        cls: the class.
        options: its Meta.
        declared: its fields.
    """

    def __init__(
        self, cls: type[FilterSet], options: Options, declared: Mapping[str, fields.Field]
    ) -> None:
        self.cls = cls
        self.options = options
        self.declared = declared
        self.plan = Plan(field_names=tuple(declared))

    def compile(self, left_out: tuple[str, ...]) -> Plan:
        """Return the plan.

        Raises:
            ImproperlyConfigured: a field does not fit the model.
        """
        plan = self.plan
        plan.left_out = left_out
        for name, field in self.declared.items():
            for parameter in self._parameters(name, field):
                present = plan.parameters.setdefault(parameter.name, parameter)
                if present is not parameter:
                    raise self._error(
                        name,
                        f"its parameter {parameter.name!r} belongs to {present.field_name!r} too",
                        "rename one of them",
                    )
                parameter.index = len(plan.parameters)
        plan.required = tuple(name for name, field in self.declared.items() if field.required)
        plan.scoped = plan.scoped or bool(self.options.preprocessors)
        return plan

    def _parameters(self, name: str, field: fields.Field) -> Iterator[Parameter]:
        if isinstance(field, fields.OrderField):
            yield self._ordering(name, field)
        elif isinstance(field, fields.RelatedField):
            yield from self._related(name, field)
        else:
            for base in self._filters(name, field):
                yield base
                if self._negates(field):
                    yield self._negation(base)

    def _negates(self, field: fields.Field) -> bool:
        if field.allow_negate is None:
            # A method's queryset need not be one whose complement can be asked for.
            return self.options.allow_negate and field.method is None
        return field.allow_negate

    def _negation(self, base: Parameter) -> Parameter:
        negation = replace(base, name=f"{base.name}!", negated=True, path=None)
        return negation

    # -- filters -----------------------------------------------------------------------------

    def _filters(self, name: str, field: fields.Field) -> Iterator[Parameter]:
        column = self._column(name, field)
        values = self._values(name, field, column)
        if field.method is not None:
            yield self._by_method(name, field, values)
            return
        if callable(field.filter_by):
            yield self._by_function(name, field, values)
            if column is None and field.lookups:
                problem = "its filter_by is a function, so lookups have no column"
                raise self._error(name, problem, "set db_field= or remove lookups=")
        else:
            yield self._base(name, field, column, values)
        for wanted in requested(field.lookups, self.options.lookup_separator):
            reading = self._reading(column, field, values, wanted.lookup)
            if reading is not None:
                yield _parameter(
                    f"{name}{self.options.lookup_separator}{wanted.suffix}",
                    (name, field, reading),
                    self._condition(name, field, column, wanted.lookup),
                    wanted.lookup,
                )
            elif wanted.explicit:
                problem = f"{_kind(column, field)} has no lookup {wanted.lookup!r}"
                raise self._error(name, problem, "correct it, or name a category of lookups")

    def _by_method(self, name: str, field: fields.Field, values: Values) -> Parameter:
        if field.lookups:
            problem = "its method cannot serve lookups"
            raise self._error(name, problem, "remove lookups= or method=")
        assert field.method is not None
        applied = method(self.cls, field.method, f"method= of {name}")
        self.plan.scoped = True
        return _parameter(name, (name, field, values.own()), None, "method", applied)

    def _by_function(self, name: str, field: fields.Field, values: Values) -> Parameter:
        assert callable(field.filter_by)
        if iscoroutinefunction(field.filter_by):
            problem = "its filter_by is async"
            raise self._error(name, problem, "use method=, which may be")
        self.plan.scoped = self.plan.user_code = True
        made = Made(field.filter_by, f"{self.cls.__name__}.{name}")
        return _parameter(name, (name, field, values.own()), made, "filter_by")

    def _base(
        self, name: str, field: fields.Field, column: Column | None, values: Values
    ) -> Parameter:
        """Return the parameter that bears the field's own name."""
        lookup = "exact"
        if isinstance(field.filter_by, str):
            column, path, lookup = self._split(name, field.filter_by)
            reading = self._reading_of_path(name, field, column, lookup)
        else:
            path = field.db_field or name
            if field.plural and not values.array:
                lookup = "in"
            reading = self._reading(column, field, values, lookup)
        if reading is None:
            problem = f"{_kind(column, field)} has no lookup {lookup!r}"
            raise self._error(name, problem, "correct filter_by=")
        condition = (
            Opaque(_joined(path, lookup))
            if column is None
            else self._condition(name, field, column, lookup)
        )
        return _parameter(name, (name, field, reading), condition, lookup)

    def _reading_of_path(
        self, name: str, field: fields.Field, column: Column | None, lookup: str
    ) -> Reading | None:
        """Return the reading for ``filter_by``: of a part of the column if that is compared."""
        values = self._values(name, field, column)
        found = None if column is None or column.relation else output_of(column.field, lookup)
        if column is None or found is None or found[0] is column.field:
            return self._reading(column, field, values, lookup)
        output, last = found
        return Values(name, field, output, self.options, self._error).of(
            output, last, relation=False
        )

    def _values(self, name: str, field: fields.Field, column: Column | None) -> Values:
        values = Values(name, field, column and column.value_field, self.options, self._error)
        self.plan.user_code = self.plan.user_code or values.user_code
        return values

    def _reading(
        self, column: Column | None, field: fields.Field, values: Values, lookup: str
    ) -> Reading | None:
        if column is None:
            return values.of(pseudo_column(field), lookup, relation=False)
        return values.of(column.field, lookup, relation=column.relation)

    def _condition(
        self, name: str, field: fields.Field, column: Column | None, lookup: str
    ) -> Plain:
        if column is None:
            return Opaque(_joined(field.db_field or name, lookup))
        path = _joined(column.path, lookup)
        if column.many:
            return Many(path)
        if column.opaque or _has_foreign_transform(column, lookup):
            return Opaque(path)
        return Plain(path)

    def _column(self, name: str, field: fields.Field) -> Column | None:
        """Return the column of a field; None if it is computed, or code decides what it means."""
        if self.options.model is None or field.computed:
            return None
        made = field.method is not None or field.filter_by is not None
        try:
            return column_at(self.options.model, field.db_field or name)
        except NoColumn as error:
            if made and field.db_field is None:
                return None
            raise self._error(
                name,
                str(error),
                "set db_field=, filter_by= or method=, or computed=True for an "
                "annotation that a preprocessor adds",
            ) from error

    def _split(self, name: str, filter_by: str) -> tuple[Column | None, str, str]:
        """Return the column, its path and the lookup in a path such as ``name__icontains``."""
        parts = filter_by.split("__")
        if self.options.model is None or self.declared[name].computed:
            last = parts[-1]
            known = len(parts) > 1 and pseudo_column(self.declared[name]).get_lookup(last)
            return (None, "__".join(parts[:-1]), last) if known else (None, filter_by, "exact")
        reason = ""
        for end in range(len(parts), 0, -1):
            path, lookup = "__".join(parts[:end]), "__".join(parts[end:]) or "exact"
            try:
                column = column_at(self.options.model, path)
            except NoColumn as error:
                reason = str(error)
                continue
            has = lookup in RELATION if column.relation else output_of(column.field, lookup)
            if has:
                return column, path, lookup
        problem = f"filter_by={filter_by!r} is no path with a lookup"
        raise self._error(name, f"{problem}: {reason}" if reason else problem, "correct it")

    # -- ordering and relations --------------------------------------------------------------

    def _ordering(self, name: str, field: fields.OrderField) -> Parameter:
        for word, target in field.fields.items():
            if self.options.model is None or not isinstance(target, str):
                continue
            try:
                column = column_at(self.options.model, target.removeprefix("-"))
            except NoColumn as error:
                raise self._error(
                    name,
                    f"{word!r} sorts by nothing: {error}",
                    f'use a path, or F("{target}") for an annotation',
                ) from error
            if column.many:
                raise self._error(
                    name,
                    f"{word!r} sorts by {target!r}, which has many values for a row",
                    "annotate one value in a preprocessor and sort by F(...)",
                )
        for word in field.default:
            if word.removeprefix("-") not in field.fields:
                raise self._error(
                    name, f"its default {word!r} is not one of the order fields", "add it there"
                )
        read = ordering_reader(field)
        words = [sign + word for word in field.fields for sign in ("", "-")]
        schema = {"type": "array", "items": {"type": "string", "enum": words}}
        parameter = Parameter(name, name, field, read, True, False, None, schema, "ordering")
        if self.plan.order is not None:
            raise self._error(
                name, f"{self.plan.order.name!r} sorts already", "keep one OrderField"
            )
        self.plan.order = parameter
        return parameter

    def _related(self, name: str, field: fields.RelatedField) -> Iterator[Parameter]:
        path = field.db_field or name
        if self.options.model is None:
            raise self._error(name, "it needs Meta.model", "set it")
        try:
            column = column_at(self.options.model, path)
        except NoColumn as error:
            raise self._error(name, str(error), "set db_field= to the relation") from error
        child = field.filterset
        inner, options = child.plan(), child.options
        if (
            column.leads_to is None
            or options.model is None
            or not issubclass(column.leads_to, options.model)
        ):
            found = options.model.__name__ if options.model else "no model"
            leads = column.leads_to.__name__ if column.leads_to else "no other model"
            raise self._error(
                name,
                f"{path!r} leads to {leads} and {child.__name__} filters {found}",
                "give it a filter set of the related model",
            )
        target = "pk"
        if column.relation and getattr(column.field, "target_field", None) is not None:
            target = column.field.target_field.attname
        related = Related(name, path, column.many, target, child, options.operator, inner.scoped)
        self.plan.scoped = self.plan.scoped or inner.scoped
        self.plan.user_code = self.plan.user_code or inner.user_code
        for parameter in inner.parameters.values():
            if not parameter.orders and (self.options.allow_negate or not parameter.negated):
                yield replace(
                    parameter,
                    name=f"{name}{self.options.lookup_separator}{parameter.name}",
                    field_name=name,
                    condition=None,
                    method=None,
                    path=None,
                    related=related,
                    inner=parameter,
                )

    def _error(self, name: str, problem: str, remedy: str) -> ImproperlyConfigured:
        return ImproperlyConfigured(f"{self.cls.__name__}.{name}: {problem}; {remedy}.")


def pseudo_column(field: fields.Field) -> models.Field[Any, Any]:
    """Return a model field of the kind of values that *field* reads."""
    return _PSEUDO.get(field.family, models.TextField)()


def _parameter(
    name: str,
    of: tuple[str, fields.Field, Reading],
    condition: Plain | Made | None,
    lookup: str,
    applied: Method | None = None,
) -> Parameter:
    field_name, field, reading = of
    return Parameter(
        name=name,
        field_name=field_name,
        field=field,
        read=reading.read,
        plural=reading.plural,
        schema=reading.schema,
        negated=False,
        condition=condition,
        lookup=lookup,
        method=applied,
    )


def _joined(path: str, lookup: str) -> str:
    return path if lookup == "exact" else f"{path}__{lookup}"


def _has_foreign_transform(column: Column, lookup: str) -> bool:
    """Tell whether a lookup goes through a transform that may make NULL of a value."""
    if column.relation:
        return False
    *transforms, last = lookup.split("__")
    output = output_of(column.field, lookup)
    if output is not None and last != output[1]:  # the last part is a transform, too
        transforms.append(last)
    return any(name not in STRICT for name in transforms)


def ordering_reader(field: fields.OrderField) -> Reader:
    """Return the reader of the words to sort by, which refuses any that was not declared."""
    from .strict import unknown_choice

    def read_word(word: Any) -> tuple[str, Any]:
        text = word.strip() if isinstance(word, str) else ""
        try:
            return text.removeprefix("-"), field.term(text)
        except KeyError:
            raise unknown_choice(text.removeprefix("-"), field.fields) from None

    read_words = list_reader(read_word, ",", max(2 * len(field.fields), 1))

    def read(values: Any) -> Any:
        terms = read_words(values)
        # The first of two words for one column decides; the second would never be looked at.
        return terms if terms is BLANK else list(dict(reversed(terms)).values())[::-1]

    return read


def _kind(column: Column | None, field: fields.Field) -> str:
    return type(column.field if column else field).__name__
