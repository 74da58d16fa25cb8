"""TypedDicts and dataclasses, by their members."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args, get_origin

from .constraints import MISSING
from .errors import text_of
from .scope import Scope, bind, is_typed_dict, lineage
from .site import Site
from .spec import FieldSpec, Structure

if TYPE_CHECKING:
    from .reader import Reader


def structure(hint: Any, site: Site, reader: Reader) -> Structure:
    """Return the spec of a TypedDict or dataclass, ``Page`` or ``Page[int]``."""
    cls = get_origin(hint) or hint
    arguments = tuple(reader.read(argument, site) for argument in get_args(hint))
    known = site.structures.get((cls, arguments))
    if known is not None:
        return known
    members: dict[str, FieldSpec] = {}
    spec = Structure(cls, arguments, MappingProxyType(members))
    site.structures[cls, arguments] = spec  # before its members, which may lead back to it
    scopes = list(lineage(cls, bind(hint, site.scope), site.scope))
    fill = _typed_dict if is_typed_dict(cls) else _dataclass
    members.update((member.name, member) for member in fill(cls, scopes, site, reader))
    return spec


def _typed_dict(
    cls: Any, scopes: Sequence[Scope], site: Site, reader: Reader
) -> Iterator[FieldSpec]:
    found: dict[str, tuple[Scope, Any]] = {}
    for scope in reversed(scopes):
        for name, raw in scope.hints.items():
            # Python merges the annotations of the bases; what is equal stands in the base.
            if name not in found or found[name][1] != raw:
                found[name] = scope, raw
    for name, (scope, raw) in found.items():
        required = name in cls.__required_keys__
        yield reader.field(raw, site.member(scope, name, raw), required=required)


def _dataclass(
    cls: Any, scopes: Sequence[Scope], site: Site, reader: Reader
) -> Iterator[FieldSpec]:
    found: dict[str, tuple[Scope, Any]] = {}
    for scope in reversed(scopes):
        if "__dataclass_fields__" in vars(scope.owner):
            found |= {name: (scope, raw) for name, raw in scope.hints.items()}
    members = {item.name: item for item in dataclasses.fields(cls)}
    for name, (scope, raw) in found.items():
        inside = site.member(scope, name, raw)
        item = members.get(name)
        if item is not None:
            yield reader.field(
                raw,
                inside,
                default=_unless_missing(item.default, MISSING),
                default_factory=_unless_missing(item.default_factory, None),
                read_only=not item.init,
            )
        elif isinstance(raw, dataclasses.InitVar) or "InitVar" in text_of(raw).partition("[")[0]:
            raise inside.error(
                "an InitVar is taken by __init__ and kept nowhere",
                "Make it a field, or give the class a registered annotation type.",
            )


def _unless_missing(value: Any, otherwise: Any) -> Any:
    return otherwise if value is dataclasses.MISSING else value
