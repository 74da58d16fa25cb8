"""From a hint to its spec: which forms there are, and what each becomes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import partial
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Literal,
    NewType,
    NotRequired,
    Required,
    Self,
    TypeVar,
    Union,
    get_args,
    get_origin,
)
from uuid import UUID

from .choices import enumeration, literal, merged
from .constraints import MISSING, as_constraint, objection, unpack
from .errors import AnnotationError, instead_of, text_of
from .markers import (
    JSON,
    Discriminator,
    Email,
    ImageFile,
    Info,
    IPAddress,
    Slug,
    UploadedFile,
    Url,
)
from .qualifiers import unqualified
from .registry import AnnotationRegistry, AnnotationType
from .scope import is_typed_dict
from .site import Site
from .spec import (
    Choice,
    Collection,
    Custom,
    Dictionary,
    FieldSpec,
    FixedTuple,
    Nested,
    Scalar,
    Structure,
    TypeSpec,
    Variants,
)
from .structures import structure
from .variants import variants

TEXTS = frozenset({str, Email, IPAddress, Url, Slug})
SCALARS = TEXTS | frozenset(
    {int, float, bool, bytes, Decimal, date, datetime, time, timedelta, UUID}
    | {JSON, UploadedFile, ImageFile}
)
_QUALIFIERS = (NotRequired, Required, ClassVar, Final)


class Reader:
    """Reads hints.

    Args:
        nested: tells the classes that become `Nested`.
        registry: annotations that users added.
    """

    def __init__(self, nested: Callable[[type], bool], registry: AnnotationRegistry) -> None:
        self.nested = nested
        self.registry = registry

    def field(
        self,
        raw: Any,
        site: Site,
        *,
        default: Any = MISSING,
        default_factory: Callable[[], Any] | None = None,
        required: bool = True,
        read_only: bool = False,
    ) -> FieldSpec:
        """Return the spec of an annotated attribute.

        Args:
            raw: its annotation.
            site: where that stands.
            default, default_factory: as in `FieldSpec`.
            required: whether it is if neither a default nor a qualifier says otherwise.
            read_only: as in `FieldSpec`.
        """
        hint, said = unqualified(raw, site)
        if type(default) in (list, dict, set, bytearray):
            default, default_factory = MISSING, partial(copy.deepcopy, default)
        if default is not MISSING or default_factory is not None or read_only:
            required = False
        elif said is not None:
            required = said
        return FieldSpec(
            site.attribute,
            self.read(hint, site),
            required,
            default,
            default_factory,
            read_only,
            site.scope.owner,
            site.annotation,
        )

    def read(self, hint: Any, site: Site, discriminator: Discriminator | None = None) -> TypeSpec:
        """Return the spec of a hint.

        Args:
            hint: without ``NotRequired`` and the like around it.
            site: where it was found.
            discriminator: the one that ``Annotated`` has for it.

        Raises:
            AnnotationError: there is none.
        """
        hint = site.resolve(hint)
        origin = get_origin(hint)
        if origin is Annotated:
            return self._annotated(hint, site, discriminator)
        handler = self._handler(hint)
        if handler is not None:
            wire = self.read(handler.wire_for(hint), site.deeper(site.scope))
            return Custom(hint, handler, wire)
        if isinstance(hint, TypeVar):
            return self._variable(hint, site)
        if (opened := site.open_alias(hint)) is not None:
            return self.read(*opened, discriminator)
        if origin in (Union, UnionType):
            return self._union(hint, site, discriminator)
        if origin is Literal:
            return literal(hint, site)
        if isinstance(hint, NewType):
            return Scalar(hint) if hint in SCALARS else self.read(hint.__supertype__, site)
        if isinstance(hint, type):
            return self._class(hint, site)
        return self._generic(hint, origin, site)

    def _handler(self, hint: Any) -> AnnotationType | None:
        known = self.registry.handler_of
        return known(hint) or known(get_origin(hint))

    def _annotated(self, hint: Any, site: Site, discriminator: Discriminator | None) -> TypeSpec:
        base, *given = get_args(hint)
        metadata = list(unpack(given))
        for item in metadata:
            if isinstance(item, Discriminator):
                discriminator = item
        spec = self.read(base, site, discriminator)
        if discriminator is not None and not isinstance(spec, Variants):
            raise site.error(
                f"Discriminator({discriminator.name!r}) does not stand on a union of classes",
                "Put it on the union itself: Annotated[A | B, Discriminator(...)].",
            )
        for item in metadata:
            constraint = as_constraint(item)
            if constraint is not None:
                spec = self._constrained(spec, item, *constraint, site)
            elif isinstance(item, Info):
                title = spec.title if item.title is None else item.title
                words = spec.description if item.description is None else item.description
                spec = spec.but(title=title, description=words)
            elif type(item).__name__ in ("Doc", "DocInfo"):  # PEP 727
                spec = spec.but(description=item.documentation)
            elif not isinstance(item, Discriminator):
                spec = spec.but(metadata=(*spec.metadata, item))
        return spec

    def _constrained(
        self, spec: TypeSpec, item: Any, name: str, value: Any, site: Site
    ) -> TypeSpec:
        scalar = spec.type if isinstance(spec, Scalar) else None
        sized = scalar in TEXTS or scalar is bytes or isinstance(spec, Collection | Dictionary)
        # What a registered type can be compared with, its author knows.
        reason = None if isinstance(spec, Custom) else objection(name, value, scalar, sized=sized)
        if reason is None:
            try:
                return spec.but(constraints=spec.constraints.tightened(name, value))
            except (ValueError, TypeError) as error:
                reason = str(error)
        raise site.error(
            f"{item!r} cannot constrain it ({reason})",
            "Correct it, or check the value with annotated_types.Predicate(function).",
        )

    def _variable(self, variable: Any, site: Site) -> TypeSpec:
        bound = site.scope.bindings.get(variable)
        if bound is not None:
            hint, scope = bound
            return self.read(hint, site.within(scope))
        if getattr(variable, "has_default", bool)():
            return self.read(variable.__default__, site)
        name = site.owner_name
        raise site.error(
            f"nothing says what {variable.__name__} is",
            f"Subclass or write {name}[int], with the type you mean.",
            unresolved=True,
        )

    def _union(self, hint: Any, site: Site, discriminator: Discriminator | None) -> TypeSpec:
        members = list(self._members(hint, site))
        specs = [self.read(*member) for member in members if member[0] not in (None, NoneType)]
        nullable = len(specs) < len(members) or any(spec.nullable for spec in specs)
        choices = [spec for spec in specs if isinstance(spec, Choice)]
        classes = [spec for spec in specs if isinstance(spec, Nested | Structure)]
        spec: TypeSpec
        if len(specs) == 1:
            spec = specs[0]
        elif len(choices) == len(specs) > 0:
            spec = merged(choices, site)
        elif len(classes) == len(specs) > 0:
            spec = variants(classes, discriminator, site)
        else:
            kinds = " and ".join(text_of(member) for member, _ in members)
            raise site.error(
                f"one field cannot read {kinds}",
                "Use the type that covers all of them, JSON for any shape, or a union of "
                "classes with a Discriminator.",
            )
        return spec.but(nullable=True) if nullable else spec

    def _members(self, hint: Any, site: Site) -> list[tuple[Any, Site]]:
        """Return the members of a union, those of unions in it included."""
        hint = site.resolve(hint)
        opened = None if self._handler(hint) else site.open_alias(hint)
        if opened is not None:
            return self._members(*opened)
        if get_origin(hint) in (Union, UnionType):
            return [m for argument in get_args(hint) for m in self._members(argument, site)]
        return [(hint, site)]

    def _class(self, hint: Any, site: Site) -> TypeSpec:
        if self.nested(hint):
            return Nested(hint)
        if hint in SCALARS:
            return Scalar(hint)
        if hint is dict:
            return Dictionary()
        if hint in (list, tuple):
            return Collection(hint)
        if issubclass(hint, Enum):
            return enumeration(hint, site)
        if is_typed_dict(hint) or is_dataclass(hint):
            return structure(hint, site, self)
        raise _unknown(hint, site)

    def _generic(self, hint: Any, origin: Any, site: Site) -> TypeSpec:
        arguments = get_args(hint)
        if getattr(hint, "__unpacked__", False):  # tuple[int, *tuple[str, ...]]
            raise _unknown(hint, site)
        if origin is dict and len(arguments) == 2:
            return self._dictionary(*arguments, site)
        if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
            return Collection(tuple, self._item(arguments[0], site))
        if origin is tuple and arguments:
            return FixedTuple(tuple(self.read(argument, site) for argument in arguments))
        if origin in (list, set) and arguments:
            return self._collection(origin, arguments[0], site)
        if origin in (list, set, tuple, dict) and hint != tuple[()]:
            return self._class(origin, site)  # typing.List, without brackets
        if isinstance(origin, type):
            if self.nested(origin):
                raise site.error(
                    f"{text_of(hint)} is no class of its own",
                    f"Write `class Name({text_of(hint)})` and annotate with its name.",
                )
            if is_typed_dict(origin) or is_dataclass(origin):
                return structure(hint, site, self)
        raise _unknown(hint, site)

    def _collection(self, origin: type, item: Any, site: Site) -> Collection:
        spec = self._item(item, site)
        if origin is set and not _fits_in_set(spec):
            raise site.error(f"{text_of(item)} cannot be in a set", f"Use list[{text_of(item)}].")
        return Collection(origin, spec)

    def _dictionary(self, key: Any, value: Any, site: Site) -> Dictionary:
        if self.read(key, site) != Scalar(str):
            raise site.error(
                f"the keys of JSON objects are texts, not {text_of(key)}",
                f"Use dict[str, {text_of(value)}].",
            )
        return Dictionary(self._item(value, site))

    def _item(self, hint: Any, site: Site) -> TypeSpec | None:
        """Return the spec of what a container holds; ``Any`` is how strict checkers say "open"."""
        hint = site.resolve(hint)
        return None if hint is Any else self.read(hint, site)


def _fits_in_set(spec: TypeSpec | None) -> bool:
    """Tell whether the values of a spec can be hashed."""
    match spec:
        case None | Dictionary() | Nested() | Variants():
            return False
        case Scalar(kind):
            return kind is not JSON
        case Collection(kind, item):
            return kind is tuple and _fits_in_set(item)
        case FixedTuple(items):
            return all(map(_fits_in_set, items))
        case Structure(cls):
            return cls.__hash__ is not None
        case _:
            return True


def _unknown(hint: Any, site: Site) -> AnnotationError:
    """Return the error for a hint that stands for no field."""
    name = text_of(hint)
    if hint is None or hint is NoneType:
        return site.error(
            "a value that is only ever None is no field",
            "Write T | None with the type T; if a default of the same name hides the type, write "
            "the type with its module: `date: datetime.date = None`.",
        )
    if hint is Self:
        return site.error(
            "Self stands for a class that is not known here",
            f'Name the class in quotes: "{site.owner_name}".',
        )
    if (get_origin(hint) or hint) in _QUALIFIERS:
        return site.error(
            f"{name} stands inside another type", "Put it around the whole annotation, outermost."
        )
    if hint is set:
        return site.error("a set needs to know its items", "Write set[T] with their type T.")
    return site.error(f"no field is made for {name}", instead_of(hint))
