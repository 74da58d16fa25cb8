"""One straight piece of code for the inputs of one class, nested ones included.

The careful function of a class validates every part by itself and collects the errors. Most inputs
have none: the code here tests each value for being valid beyond doubt and stores what it becomes.
The first one that is in doubt hands the whole input to the careful function, which starts over. So
only parts that compute and do nothing else can be in here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import fields
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty

from ..validated import ValidatedData
from .accept import acceptance
from .known import IMMUTABLE, is_cpu
from .parts import Part
from .source import Source
from .texts import doubts

if TYPE_CHECKING:
    from .validation import Accept, Validation

__all__ = ["Inputs", "is_straight"]

#: So many parts make a function of a size that is still compiled in no time.
MOST = 400
#: So many lists may lie in one another: Python allows 20 nested blocks.
DEEPEST = 6


def is_straight(validation: Validation) -> bool:
    """Tell whether the input of every part can be tested without doing anything else."""
    return _size(validation, 0) <= MOST


def _size(validation: Validation, depth: int) -> int:
    """Return the number of parts; more than :data:`MOST` if one of them is of another kind."""
    # What comes after the fields of the outermost serializer is not this function's concern.
    alone = not validation.hooks if depth == 0 else not validation.needs_serializer
    if not alone or depth > DEEPEST:
        return MOST + 1
    size = len(validation.parts)
    for part in validation.parts:
        if len(part.field.source_attrs) != 1 or size > MOST:
            return MOST + 1
        if part.plan is not None:
            size += _size(part.plan.validation, depth + 1)
        elif part.kind != "plain" or not _is_tested(part.field):
            return MOST + 1
    return size


def _is_tested(field: Any) -> bool:
    if type(field) is fields.HiddenField or not is_cpu(field):
        return False
    return acceptance(field, Source("")) is not None


class Inputs:
    """Writes the function for the inputs of a class.

    Args:
        validation: all of whose parts are straight.
    """

    def __init__(self, validation: Validation) -> None:
        self.validation = validation
        self.source = Source("data, serializer, env")
        self.made = self.source.name(ValidatedData)
        self.empty = self.source.name(empty)
        self.fail = f"return {self.source.name(validation.carefully)}(data, serializer, env)"
        self.numbers: Iterator[int] = count()

    def function(self) -> Accept:
        """Return the finished function."""
        line = self.source.line
        line("if env.partial:")
        line(self.fail, 2)
        line("try:")
        result = self._block(self.validation, "data", 2)
        errors = (KeyError, ValidationError, DjangoValidationError, *doubts())
        line(f"except {self.source.name(errors)}:")
        line(self.fail, 2)
        line(f"return {result}")
        return self.source.function()

    def _block(self, validation: Validation, data: str, depth: int) -> str:
        """Write what validates the dict *data*; return the variable of the result."""
        result = f"ret{next(self.numbers)}"
        self.source.line(f"{result} = {self.made}()", depth)
        for part in validation.parts:
            number = next(self.numbers)
            target = f"{result}[{part.field.source!r}]"
            value = f"{data}[{part.name!r}]"
            if not _is_required(part):
                value = f"{data}.get({part.name!r}, {self.empty})"
            self.source.line(f"v{number} = {value}", depth)
            if part.plan is not None:
                self._nested(part, number, target, depth)
            else:
                self._plain(part, number, target, depth)
        return result

    def _plain(self, part: Part, number: int, target: str, depth: int) -> None:
        field, line, v = part.field, self.source.line, f"v{number}"
        accepted = acceptance(field, self.source)
        assert accepted is not None

        def own(expression: str) -> str:
            return _VARIABLES.sub(rf"\g<0>{number}", expression)

        value = own(accepted.value)
        line(f"if {own(accepted.test)}:", depth)
        if accepted.validators and value not in (v, f"w{number}"):
            line(f"w{number} = {value}", depth + 1)
            value = f"w{number}"
        for validator in accepted.validators:
            line(f"{self.source.name(validator)}({value})", depth + 1)
        line(f"{target} = {value}", depth + 1)
        if field.allow_null:
            line(f"elif {v} is None:", depth)
            line(f"{target} = None", depth + 1)
        self._absent(part, v, target, depth)
        if getattr(field, "allow_blank", False):
            blank = f"not {v}.strip()" if getattr(field, "trim_whitespace", False) else f"not {v}"
            line(f"elif {v}.__class__ is str and {blank}:", depth)
            line(f"{target} = ''", depth + 1)
        line("else:", depth)
        line(self.fail, depth + 1)

    def _absent(self, part: Part, v: str, target: str, depth: int) -> None:
        """Write what happens where there is no value and none is demanded."""
        field, line = part.field, self.source.line
        if not field.required and field.default is empty:
            line(f"elif {v} is {self.empty}:", depth)
            line("pass", depth + 1)
        elif type(field.default) in IMMUTABLE:
            line(f"elif {v} is {self.empty}:", depth)
            line(f"{target} = {self.source.name(field.default)}", depth + 1)

    def _nested(self, part: Part, number: int, target: str, depth: int) -> None:
        assert part.plan is not None
        line, v, inner = self.source.line, f"v{number}", part.plan.validation
        if part.many:
            self._nested_many(part, number, target, depth)
        else:
            line(f"if {v}.__class__ is dict:", depth)
            result = self._block(inner, v, depth + 1)
            line(f"{target} = {result}", depth + 1)
        if part.field.allow_null:
            line(f"elif {v} is None:", depth)
            line(f"{target} = None", depth + 1)
        if not part.field.required and part.field.default is empty:
            line(f"elif {v} is {self.empty}:", depth)
            line("pass", depth + 1)
        line("else:", depth)
        line(self.fail, depth + 1)

    def _nested_many(self, part: Part, number: int, target: str, depth: int) -> None:
        assert part.plan is not None
        line, v, field = self.source.line, f"v{number}", part.field
        tests = [f"{v}.__class__ is list"]
        tests += [v] if not field.allow_empty else []
        if field.max_length is not None:
            tests.append(f"len({v}) <= {self.source.name(field.max_length)}")
        if field.min_length is not None:
            tests.append(f"len({v}) >= {self.source.name(field.min_length)}")
        line(f"if {' and '.join(tests)}:", depth)
        line(f"{target} = items{number} = []", depth + 1)
        line(f"for item{number} in {v}:", depth + 1)
        line(f"if item{number}.__class__ is not dict:", depth + 2)
        line(self.fail, depth + 3)
        result = self._block(part.plan.validation, f"item{number}", depth + 2)
        line(f"items{number}.append({result})", depth + 2)


def _is_required(part: Part) -> bool:
    return bool(part.field.required) and part.field.default is empty


_VARIABLES = re.compile(r"\b[vw]\b")
