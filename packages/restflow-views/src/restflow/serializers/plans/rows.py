"""One straight piece of code for the rows of one class, nested ones included.

The careful function of a class serves every part by itself and knows what may go wrong with it.
Most rows need none of that: all their values are there, and reading them runs nobody's code. For
these the code here reads everything first and then writes the row in one expression; the first
thing that is not as expected hands the row to the careful function, which starts over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rest_framework import relations

from .convert import conversion
from .parts import Part
from .reading import ItemReader, Reader, reader_of
from .source import Source

if TYPE_CHECKING:
    from .representation import Represent, Representation

__all__ = ["Rows", "is_straight"]

KEYS = frozenset({int, str, UUID, type(None)})
#: So many parts make a function of a size that is still compiled in no time.
MOST = 400


def is_straight(representation: Representation, reader: Reader) -> bool:
    """Tell whether every part is a value that lies in the row, or a nested row of that kind."""
    return _size(representation, reader) <= MOST


def _size(representation: Representation, reader: Reader) -> int:
    """Return the number of parts; more than :data:`MOST` if one of them is of another kind."""
    size = len(representation.parts)
    for part in representation.parts:
        if _value(part, reader) is None:
            return MOST + 1
        if part.plan is not None:
            size += _size(part.plan.representation, reader_of(_target(part, reader)))
    return size


def _value(part: Part, reader: Reader) -> str | None:
    """Return the expression that reads *part* where it lies, ``None`` if it may be elsewhere."""
    field: Any = part.field
    if part.reading not in ("plain", "nested") or len(field.source_attrs) != 1:
        return None
    name: str = field.source
    if isinstance(field, relations.ManyRelatedField):
        return None
    if isinstance(field, relations.RelatedField):
        gives_keys = type(field) is relations.PrimaryKeyRelatedField and field.pk_field is None
        return reader.foreign_key(name) if gives_keys else None
    if part.plan is None:
        return reader.column(name) or (reader.attribute(name) if reader.is_silent(name) else None)
    if part.many or part.plan.representation.needs_serializer:
        return None
    return reader.column(name) if isinstance(reader, ItemReader) else reader.relation(name)


def _target(part: Part, reader: Reader) -> type:
    """Return the class of the rows that *part* nests, as far as one can tell."""
    return reader.target(part.field.source) or dict


class Rows:
    """Writes the code for rows of *cls*.

    Args:
        representation: all of whose parts are straight for *cls*.
        cls: the class of the rows.
    """

    def __init__(self, representation: Representation, cls: type) -> None:
        self.representation = representation
        self.cls = cls
        self.careful = representation.carefully

    def one(self) -> Represent:
        """Return the function for one row."""
        source = Source("row, serializer, env")
        careful = source.name(self.careful)
        block = _Block(source, f"return {careful}(row, serializer, env)", count())
        shown = block.write(self.representation, reader_of(self.cls), "row", 1)
        source.line(f"return {shown}")
        return source.function()

    def loop(self) -> Callable[..., None]:
        """Return the function for many rows: it appends what they become."""
        source = Source("rows, append, serializer, env")
        cls, careful = source.name(self.cls), source.name(self.careful)
        other = source.name(self.representation.one)
        source.line("for row in rows:")
        source.line(f"if row.__class__ is not {cls}:", 2)
        source.line(f"append({other}(row, serializer, env))", 3)
        if self.representation.clock:
            source.line("env.refresh()", 3)  # that class may have code of the user's
        source.line("continue", 3)
        fail = f"append({careful}(row, serializer, env)); continue"
        block = _Block(source, fail, count())
        shown = block.write(self.representation, reader_of(self.cls), "row", 2)
        source.line(f"append({shown})", 2)
        return source.function()


class _Block:
    """Writes the code for one row, or for one that is nested in it."""

    def __init__(self, source: Source, fail: str, numbers: Iterator[int]) -> None:
        self.source = source
        self.fail = fail
        self.numbers = numbers

    def write(self, representation: Representation, reader: Reader, row: str, depth: int) -> str:
        """Write what reads *row*; return the expression of what it becomes."""
        line = self.source.line
        number = next(self.numbers)
        found = [(part, _value(part, reader)) for part in representation.parts]
        reads = [(part, f"v{next(self.numbers)}", str(value)) for part, value in found]
        names = {"instance": row, "loaded": f"loaded{number}", "related": f"related{number}"}
        line("try:", depth)
        if any(value.startswith("loaded[") for _, _, value in reads):
            line(f"loaded{number} = {row}.__dict__", depth + 1)
        if any(value.startswith("related[") for _, _, value in reads):
            line(f"related{number} = {row}._state.fields_cache", depth + 1)
        for _, variable, value in reads:
            line(f"{variable} = {_START.sub(lambda m: names[m[0]], value)}", depth + 1)
        line("pass", depth + 1)
        line("except (AttributeError, KeyError):", depth)
        line(self.fail, depth + 1)
        shown = []
        for part, variable, _ in reads:
            shown.append(f"{part.name!r}: {self._shown(part, variable, reader, row, depth)}")
        return "{" + ", ".join(shown) + "}"

    def _shown(self, part: Part, variable: str, reader: Reader, row: str, depth: int) -> str:
        """Write what *part* needs beforehand; return the expression of what it becomes."""
        line = self.source.line
        if part.plan is not None:
            return self._nested(part, variable, reader, depth)
        if isinstance(part.field, relations.RelatedField):
            line(f"if {variable}.__class__ not in {self.source.name(KEYS)}:", depth)
            line(self.fail, depth + 1)
            return variable
        from .representation import finish

        write = conversion(part.field, self.source)
        field = self.source.name(part.field)
        other = f"{self.source.name(finish)}({variable}, {field}, {row})"
        return f"({write(variable, other)})" if write else other

    def _nested(self, part: Part, variable: str, reader: Reader, depth: int) -> str:
        assert part.plan is not None
        line, target, result = self.source.line, _target(part, reader), f"{variable}r"
        line(f"if {variable} is None:", depth)
        line(f"{result} = None", depth + 1)
        line(f"elif {variable}.__class__ is {self.source.name(target)}:", depth)
        shown = self.write(part.plan.representation, reader_of(target), variable, depth + 1)
        line(f"{result} = {shown}", depth + 1)
        line("else:", depth)
        line(self.fail, depth + 1)
        return result


_START = re.compile(r"^(instance|loaded|related)\b")
