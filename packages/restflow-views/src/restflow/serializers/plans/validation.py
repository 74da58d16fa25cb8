"""Plans for ``run_validation`` and ``to_internal_value``: one function per serializer class."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import fields, relations
from rest_framework import serializers as drf
from rest_framework.exceptions import ValidationError
from rest_framework.fields import SkipField, empty, get_error_detail
from rest_framework.validators import UniqueValidator

from ..validated import ValidatedData
from .accept import acceptance
from .convert import reads_clock
from .currency import is_original
from .environment import Environment
from .inputs import Inputs, is_straight
from .known import IMMUTABLE, bound, is_cpu, is_cpu_validator, is_known, is_plain
from .parts import Part
from .source import Source
from .texts import doubts

if TYPE_CHECKING:
    from .plan import Plan

__all__ = ["Validation"]

#: Takes the data (a dict), the serializer (``None`` if no part needs it) and the environment.
Accept = Callable[[dict[str, Any], Any, Environment], ValidatedData]

FAILURES = (ValidationError, DjangoValidationError)


class Validation:
    """What validating with one serializer class takes.

    Attributes:
        hooks: names of the ``validate_<field>`` methods, by field.
        needs_serializer: a part or hook can only be served by a real serializer.
        is_cpu: validating runs no code of the user's and no query, so the event loop may do it.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        cls = plan.cls
        self.parts = [part for part in plan.parts if not part.field.read_only]
        self.hooks = {
            part.name: f"validate_{part.name}"
            for part in self.parts
            if getattr(cls, f"validate_{part.name}", None) is not None
        }
        # A default of a read-only field is evaluated for the validators; it may be user code.
        self.validators = bool(plan.prototype.validators) or any(
            part.field.read_only
            and callable(part.field.default)
            and part.field.default is not empty
            for part in plan.parts
        )
        self.validates = not is_original(cls, "validate")
        nested: list[Validation] = [
            part.plan.validation for part in self.parts if part.plan is not None
        ]
        self.needs_serializer: bool = (
            bool(self.hooks)
            or self.validators
            or self.validates
            or any(part.kind == "own" for part in self.parts)
            or any(inner.needs_serializer for inner in nested)
        )
        self.is_cpu: bool = (
            not self.needs_serializer
            and all(part.kind == "nested" or is_cpu(part.field) for part in self.parts)
            and all(inner.is_cpu for inner in nested)
        )
        self.clock: bool = any(
            part.kind == "plain" and reads_clock(part.field) for part in self.parts
        )
        self.clock = self.clock or any(inner.clock for inner in nested)
        self._accept: Accept | None = None
        self._careful: Accept | None = None

    @property
    def accept(self) -> Accept:
        """The function that stands for ``to_internal_value``; it raises DRF's errors."""
        if self._accept is None:
            straight = is_straight(self)
            self._accept = Inputs(self).function() if straight else _Writer(self).function()
        return self._accept

    def carefully(self, data: dict[str, Any], serializer: Any, environment: Environment) -> Any:
        """Validate the fields of a dict, whatever it holds: part by part.

        Raises:
            ValidationError: with the errors DRF gives.
        """
        if self._careful is None:
            self._careful = _Writer(self).function()
        return self._careful(data, serializer, environment)

    @property
    def entry(self) -> Callable[[dict[str, Any], Any, Environment], Any]:
        """What validates a dict: the bare function where nothing comes after it."""
        return self.run if self.validators or self.validates else self.accept

    def run(self, data: dict[str, Any], serializer: Any, environment: Environment) -> Any:
        """Validate a dict as ``run_validation`` does.

        Raises:
            ValidationError: with the errors DRF gives.
        """
        value: Any = self.accept(data, serializer, environment)
        if not self.validators and not self.validates:
            return value
        try:
            if self.validators:
                serializer._run_own_validators(value)
            if self.validates:
                value = serializer.validate(value)
                assert value is not None, ".validate() should return the validated data"
        except FAILURES as error:
            raise ValidationError(detail=drf.as_serializer_error(error)) from error
        return value

    def run_many(
        self, data: list[Any], serializer: Any, environment: Environment
    ) -> list[Any] | None:
        """Validate a list of valid dicts; ``None`` as soon as one of them is not."""
        run = self.entry
        result = []
        try:
            for item in data:
                if item.__class__ is not dict:
                    return None
                result.append(run(item, serializer, environment))
        except ValidationError:
            return None
        return result


class _Writer:
    def __init__(self, validation: Validation) -> None:
        self.validation = validation
        self.source = Source("data, serializer, env")
        self.slow = self.source.name(_by_drf)
        self.hooked = self.source.name(_hooked)
        self.store = self.source.name(validation.plan.prototype.set_value)

    def function(self) -> Accept:
        """Return the finished function."""
        source, line = self.source, self.source.line
        line(f"ret = {source.name(ValidatedData)}()")
        line("errors = {}")
        line("get = data.get")
        line(f"empty = {source.name(empty)}")
        if any(self._needs_fields(part) for part in self.validation.parts):
            line("fields = serializer._own_fields()")
        for part in self.validation.parts:
            if part.kind == "nested":
                self._nested(part)
            elif part.kind == "plain":
                self._plain(part)
            elif not self._unique(part):
                self._own(part)
        line("if errors:")
        line(f"raise {source.name(ValidationError)}(errors)", 2)
        line("return ret")
        return source.function()

    def _needs_fields(self, part: Part) -> bool:
        if part.plan is not None:
            return part.plan.validation.needs_serializer
        return part.kind == "own" and not _is_unique(part)

    def _hook(self, part: Part) -> str:
        name = self.validation.hooks.get(part.name)
        return f"serializer.{name}" if name else "None"

    def _own(self, part: Part) -> None:
        name = repr(part.name)
        self.source.line(f"field = fields[{name}]")
        reads = is_known(part.field) and type(part.field) is not fields.HiddenField
        value = f"get({name}, empty)" if reads else "field.get_value(data)"
        self._drf("field", value, part)

    def _drf(self, field: str, value: str, part: Part, depth: int = 1) -> None:
        self.source.line(
            f"{self.slow}(ret, errors, {part.name!r}, {field}, {value}, {self._hook(part)}, "
            f"{self.store})",
            depth,
        )

    def _shared(self, part: Part) -> str:
        return (
            f"({self.source.name(part.partial)} if env.partial else {self.source.name(part.field)})"
        )

    def _keep(self, part: Part, value: str, depth: int) -> None:
        """Write what happens to a value that passed the field."""
        line, name = self.source.line, part.name
        if name in self.validation.hooks:
            keys = self.source.name(part.field.source_attrs)
            hook = self._hook(part)
            line(
                f"{self.hooked}(ret, errors, {name!r}, {keys}, {value}, {hook}, {self.store})",
                depth,
            )
        elif len(part.field.source_attrs) == 1:
            line(f"ret[{part.field.source!r}] = {value}", depth)
        else:
            keys = self.source.name(part.field.source_attrs)
            line(f"{self.store}(ret, {keys}, {value})", depth)

    def _plain(self, part: Part, unique: bool = False) -> None:
        field, source, line = part.field, self.source, self.source.line
        if type(field) is fields.HiddenField:
            self._drf(self._shared(part), "empty", part)
            return
        line(f"v = get({part.name!r}, empty)")
        accepted = acceptance(field, self.source)
        if accepted is None:
            self._drf(self._shared(part), "v", part)
            return
        test = accepted.test
        if accepted.raises:
            line("try:")
            line(f"good = {test}", 2)
            line(f"except {source.name(doubts())}:")
            line("good = False", 2)
            test = "good"
        line(f"if {test}:")
        others, value = accepted.validators, accepted.value
        if value not in ("v", "w"):
            line(f"w = {value}", 2)
            value = "w"
        if others or unique:
            check, own = self._check(part, others)
            line("try:", 2)
            line(f"{check}({value}{', serializer' if own else ''})", 3)
            line(f"except {source.name(FAILURES)} as error:", 2)
            if own:
                line(f"errors[{part.name!r}] = error.detail", 3)
                line(f"except {source.name(SkipField)}:", 2)
                line("pass", 3)
            else:
                self._drf(self._shared(part), "v", part, 3)
            line("else:", 2)
            self._keep(part, value, 3)
        else:
            self._keep(part, value, 2)
        if field.allow_null and field.source != "*":
            line("elif v is None:")
            self._keep(part, "None", 2)
        if not field.required and field.default is empty:
            line("elif v is empty:")
            line("pass", 2)
        elif type(field.default) in IMMUTABLE:
            line("elif v is empty and not env.partial:")
            self._keep(part, self.source.name(field.default), 2)
        if getattr(field, "allow_blank", False):
            blank = "not v.strip()" if getattr(field, "trim_whitespace", False) else "not v"
            line(f"elif v.__class__ is str and {blank}:")
            self._keep(part, "''", 2)
        line("else:")
        self._drf(self._bound(part) if unique else self._shared(part), "v", part, 2)

    def _bound(self, part: Part) -> str:
        return f"{self.source.name(bound)}({self._shared(part)}, serializer)"

    def _unique(self, part: Part) -> bool:
        """Write a field that would be plain but for its unique validators."""
        if not _is_unique(part) or acceptance(part.field, Source("")) is None:
            return False
        self._plain(part, unique=True)
        return True

    def _check(self, part: Part, others: tuple[Any, ...]) -> tuple[str, bool]:
        """Return what calls the validators that no test stands for, and whether it takes a parent.

        Validators that only compute may be asked again by the field, which words the error. All
        others run once, as the field would run them.
        """
        if all(is_cpu_validator(validator) for validator in others):
            return self.source.name(_calls(others)), False
        check = partial(_run_validators, bound(part.field, None), list(others))
        return self.source.name(check), True

    def _nested(self, part: Part) -> None:
        assert part.plan is not None
        line, inner = self.source.line, part.plan.validation
        field = part.field
        if inner.needs_serializer:
            own = f"fields[{part.name!r}]"
            serializer, shared = (f"{own}.child" if part.many else own), own
        else:
            serializer, shared = "None", self._shared(part)
        line(f"v = get({part.name!r}, empty)")
        if part.many:
            self._nested_many(part, serializer, shared)
            return
        line("if v.__class__ is dict:")
        line("try:", 2)
        line(f"w = {self.source.name(inner.entry)}(v, {serializer}, env)", 3)
        line(f"except {self.source.name(ValidationError)} as error:", 2)
        line(f"errors[{part.name!r}] = error.detail", 3)
        line(f"except {self.source.name(SkipField)}:", 2)
        line("pass", 3)
        line("else:", 2)
        self._keep(part, "w", 3)
        if not field.required and field.default is empty:
            line("elif v is empty:")
            line("pass", 2)
        line("else:")
        self._drf(shared, "v", part, 2)

    def _nested_many(self, part: Part, serializer: str, shared: str) -> None:
        assert part.plan is not None
        line, inner, field = self.source.line, part.plan.validation, part.field
        limited = field.max_length is not None or field.min_length is not None
        if inner.needs_serializer or limited:
            # What a hook did cannot be taken back: such lists are walked once, by DRF.
            self._drf(shared, "v", part)
            return
        some = "" if field.allow_empty else " and v"
        many = self.source.name(inner.run_many)
        line(f"if v.__class__ is list{some} and (w := {many}(v, {serializer}, env)) is not None:")
        self._keep(part, "w", 2)
        line("else:")
        self._drf(shared, "v", part, 2)


def _is_unique(part: Part) -> bool:
    """Tell whether only unique validators keep *part* from being plain."""
    field = part.field
    if part.kind != "own" or not is_known(field):
        return False
    unique = [v for v in field.validators if v.__class__ is UniqueValidator]
    if not unique or tuple(getattr(UniqueValidator, name) for name in _UNIQUE_METHODS) != _UNIQUE:
        return False
    rest = [v for v in field.validators if v.__class__ is not UniqueValidator]
    stripped = bound(field, field.parent)
    stripped.validators = rest
    return is_plain(stripped) and not isinstance(field, relations.RelatedField)


_UNIQUE_METHODS = ("__call__", "filter_queryset", "exclude_current_instance")
_UNIQUE = tuple(getattr(UniqueValidator, name) for name in _UNIQUE_METHODS)


def _calls(validators: tuple[Any, ...]) -> Callable[[Any], None]:
    if len(validators) == 1:
        only: Callable[[Any], None] = validators[0]
        return only

    def call(value: Any) -> None:
        for validator in validators:
            validator(value)

    return call


def _run_validators(field: Any, validators: list[Any], value: Any, serializer: Any) -> None:
    """Run some of *field*'s validators the way DRF does."""
    own = bound(field, serializer)
    own.validators = validators
    own.run_validators(value)


def _by_drf(
    ret: dict[str, Any],
    errors: dict[str, Any],
    name: str,
    field: Any,
    value: Any,
    hook: Callable[[Any], Any] | None,
    store: Callable[..., None],
) -> None:
    """Validate one field the way DRF does, over the field itself."""
    try:
        value = field.run_validation(value)
        if hook is not None:
            value = hook(value)
    except ValidationError as error:
        errors[name] = error.detail
    except DjangoValidationError as error:
        errors[name] = get_error_detail(error)
    except SkipField:
        pass
    else:
        store(ret, field.source_attrs, value)


def _hooked(
    ret: dict[str, Any],
    errors: dict[str, Any],
    name: str,
    keys: list[str],
    value: Any,
    hook: Callable[[Any], Any],
    store: Callable[..., None],
) -> None:
    """Hand a value that passed its field to the user's ``validate_<field>``."""
    try:
        value = hook(value)
    except ValidationError as error:
        errors[name] = error.detail
    except DjangoValidationError as error:
        errors[name] = get_error_detail(error)
    except SkipField:
        pass
    else:
        store(ret, keys, value)
