"""Plans for ``to_representation``: one function per serializer class and class of instance."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models.manager import BaseManager
from rest_framework import relations
from rest_framework.fields import SkipField

from .convert import conversion, reads_clock
from .environment import Environment
from .parts import Part
from .reading import Reader, reader_of
from .rows import KEYS, Rows, is_straight
from .source import Source

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["Representation"]

#: Takes an instance, the serializer (``None`` if no part needs it) and the environment.
Represent = Callable[[Any, Any, Environment], dict[str, Any]]

MISSING = object()


class Representation:
    """The functions of one plan, each written when the first instance of its class comes by."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.functions: dict[type, Represent] = {}
        self.loops: dict[type, Callable[..., None] | None] = {}
        self._careful: dict[type, Represent] = {}
        self.parts = [part for part in plan.parts if not part.field.write_only]
        self.needs_serializer: bool = any(
            part.reading in ("method", "own")
            or (part.plan is not None and part.plan.representation.needs_serializer)
            for part in self.parts
        )
        self.clock: bool = any(
            (part.reading == "plain" and reads_clock(part.field))
            or (part.plan is not None and part.plan.representation.clock)
            for part in self.parts
        )

    def of(self, cls: type) -> Represent:
        """Return the function for instances of exactly *cls*."""
        function = self.functions.get(cls)
        if function is None:
            straight = is_straight(self, reader_of(cls))
            function = Rows(self, cls).one() if straight else self._careful_of(cls)
            self.functions[cls] = function
        return function

    def _loop_of(self, cls: type) -> Callable[..., None] | None:
        """Return the function for many instances of *cls*, if they may have one."""
        if cls not in self.loops:
            straight = is_straight(self, reader_of(cls))
            self.loops[cls] = Rows(self, cls).loop() if straight else None
        return self.loops[cls]

    def _careful_of(self, cls: type) -> Represent:
        function = self._careful.get(cls)
        if function is None:
            function = self._careful[cls] = _Writer(self, reader_of(cls)).function()
        return function

    def carefully(self, instance: Any, serializer: Any, environment: Environment) -> dict[str, Any]:
        """Return the representation of *instance*, whatever it holds: part by part."""
        return self._careful_of(instance.__class__)(instance, serializer, environment)

    def one(self, instance: Any, serializer: Any, environment: Environment) -> dict[str, Any]:
        """Return the representation of *instance*."""
        return self.of(instance.__class__)(instance, serializer, environment)

    def many(self, data: Any, serializer: Any, environment: Environment) -> list[dict[str, Any]]:
        """Return the representations of a manager's or iterable's objects."""
        rows: Iterable[Any] = data.all() if isinstance(data, BaseManager) else data
        if self.needs_serializer:
            return [self._row(row, serializer, environment) for row in rows]
        result: list[dict[str, Any]] = []
        remaining = iter(rows)
        for row in remaining:
            result.append(self.of(row.__class__)(row, serializer, environment))
            loop = self._loop_of(row.__class__)
            if loop is not None:
                loop(remaining, result.append, serializer, environment)
        return result

    def _row(self, row: Any, serializer: Any, environment: Environment) -> dict[str, Any]:
        """Represent one of many rows; methods that saw an earlier one may have changed fields."""
        if "_fields_touched" in serializer.__dict__:
            changed: dict[str, Any] = serializer.to_representation(row)
            return changed
        return self.of(row.__class__)(row, serializer, environment)


class _Writer:
    """Writes the function for one class of instances."""

    def __init__(self, representation: Representation, reader: Reader) -> None:
        self.representation = representation
        self.reader = reader
        self.source = Source("instance, serializer, env")
        self.slow = self.source.name(_by_drf)
        self.finish = self.source.name(finish)
        self.missing = self.source.name(MISSING)
        self.absent = self.source.name(ObjectDoesNotExist)
        self.stale = True  # user code may have run since the time zone was looked up
        self.loud = any(not _is_silent(part, reader) for part in representation.parts)

    def function(self) -> Represent:
        """Return the finished function."""
        source = self.source
        source.line("ret = {}")
        if any(self._reads_columns(part) for part in self.representation.parts):
            source.line("loaded = instance.__dict__")
        if any(self.reader.relation(part.field.source) for part in self.representation.parts):
            source.line("related = instance._state.fields_cache")
        if any(self._needs_fields(part) for part in self.representation.parts):
            source.line("fields = serializer._own_fields()")
        for part in self.representation.parts:
            getattr(self, f"_{part.reading}")(part)
            self.stale = self.stale or not _is_silent(part, self.reader)
        source.line("return ret")
        return source.function()

    # -- what kind of work a part is -----------------------------------------------------------

    def _reads_columns(self, part: Part) -> bool:
        source, reader = part.field.source, self.reader
        if isinstance(part.field, relations.RelatedField):
            return reader.foreign_key(source) is not None
        return "loaded" in (reader.column(source) or "")

    def _needs_fields(self, part: Part) -> bool:
        if part.plan is not None:
            return part.plan.representation.needs_serializer
        return part.reading == "own"

    # -- one part each -------------------------------------------------------------------------

    def _method(self, part: Part) -> None:
        call = f"serializer.{part.field.method_name}(instance)"
        self.source.line(f"ret[{part.name!r}] = None if instance is None else {call}")

    def _own(self, part: Part) -> None:
        name = repr(part.name)
        self.source.line(f"{self.slow}(ret, {name}, fields[{name}], instance)")

    def _by_drf(self, part: Part) -> str:
        """Return the call that lets DRF represent a shared field."""
        field, partial = self.source.name(part.field), self.source.name(part.partial)
        return f"{self.slow}(ret, {part.name!r}, {partial} if env.partial else {field}, instance)"

    def _plain(self, part: Part) -> None:
        line = self.source.line
        field: Any = part.field
        target = f"ret[{part.name!r}]"
        slow = self._by_drf(part)
        path: str = field.source
        if len(field.source_attrs) != 1:
            line(slow)
        elif isinstance(field, relations.ManyRelatedField):
            if self.reader.is_manager(path) and _gives_keys(field.child_relation):
                rows = f"[row.pk for row in instance.{path}.all()]"
                line(f"{target} = [] if instance.pk is None else {rows}")
            else:
                line(slow)
        elif isinstance(field, relations.RelatedField):
            key = self.reader.foreign_key(path) if _gives_keys(field) else None
            if key is None:
                line(slow)
            else:
                keys = self.source.name(KEYS)
                line("try:")
                line(f"v = {key}", 2)
                line("except KeyError:")
                line(f"v = {self.missing}", 2)
                line(f"if v.__class__ in {keys}:")
                line(f"{target} = v", 2)
                line("else:")
                line(slow, 2)
        else:
            self._value(part, target, slow)

    def _value(self, part: Part, target: str, slow: str) -> None:
        field, line = part.field, self.source.line
        column = self.reader.column(field.source)
        value = column or self.reader.attribute(field.source)
        if value is None:
            line(slow)
            return
        reads = self.loud and reads_clock(field)
        if reads and self.stale:
            line("env.refresh()")
            self.stale = False
        name = self.source.name(field)
        other = f"{self.finish}(v, {name}, instance)"
        write = conversion(field, self.source)
        line("try:")
        line(f"v = {value}", 2)
        if column is None:
            line(f"except {self.absent}:")
            line(f"{target} = None", 2)
            line("except (AttributeError, KeyError):")
        else:
            line("except KeyError:")
        line(slow, 2)
        line("else:")
        if reads and not _is_silent(part, self.reader):
            line("env.refresh()", 2)  # the property that was just read may have set the zone
        line(f"{target} = {write('v', other) if write else other}", 2)

    def _nested(self, part: Part) -> None:
        assert part.plan is not None
        representation = part.plan.representation
        line = self.source.line
        target = f"ret[{part.name!r}]"
        field = part.field
        if representation.needs_serializer:
            own = f"fields[{part.name!r}]"
            serializer, slow = own, f"{self.slow}(ret, {part.name!r}, {own}, instance)"
            if part.many:
                serializer = f"{own}.child"
        else:
            serializer, slow = "None", self._by_drf(part)
        value = self.reader.attribute(field.source) if len(field.source_attrs) == 1 else None
        if value is None:
            line(slow)
            return
        related = self.reader.relation(field.source)
        line("try:")
        line(f"v = {related or value}", 2)
        depth = 1
        if related:
            line("except KeyError:")
            line("try:", 2)
            line(f"v = {value}", 3)
            depth = 2
        line(f"except {self.absent}:", depth)
        line("v = None", depth + 1)
        line("except (AttributeError, KeyError):", depth)
        line(f"v = {self.missing}", depth + 1)
        quiet = related or self.reader.is_manager(field.source)
        line(f"if v is {self.missing}:" if quiet else f"if v is {self.missing} or callable(v):")
        line(slow, 2)
        line("elif v is None:")
        line(f"{target} = None", 2)
        line("else:")
        if part.many:
            many = self.source.name(representation.many)
            line(f"{target} = {many}(v, {serializer}, env)", 2)
        else:
            functions = self.source.name(representation.functions)
            of = self.source.name(representation.of)
            chosen = f"({functions}.get(type(v)) or {of}(type(v)))"
            line(f"{target} = {chosen}(v, {serializer}, env)", 2)


def _is_silent(part: Part, reader: Reader) -> bool:
    """Tell whether representing *part* runs no code of the user's."""
    if part.reading not in ("plain", "nested") or len(part.field.source_attrs) != 1:
        return False
    if part.plan is None:
        return reader.is_silent(part.field.source)
    target = reader.target(part.field.source)
    if target is None:
        return False  # its rows may be of any class
    inner = reader_of(target)
    return all(_is_silent(each, inner) for each in part.plan.representation.parts)


def _gives_keys(field: Any) -> bool:
    return type(field) is relations.PrimaryKeyRelatedField and field.pk_field is None


def _by_drf(ret: dict[str, Any], name: str, field: Any, instance: Any) -> None:
    """Represent one field the way DRF does, over the field itself."""
    try:
        attribute = field.get_attribute(instance)
    except SkipField:
        return
    found = attribute.pk if isinstance(attribute, relations.PKOnlyObject) else attribute
    ret[name] = None if found is None else field.to_representation(attribute)


def finish(value: Any, field: Any, instance: Any) -> Any:
    """Represent a value of a class that the plan did not expect."""
    if callable(value):
        value = field.get_attribute(instance)
    return None if value is None else field.to_representation(value)
