"""The annotated attributes of a class and of its bases, each resolved once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from .constraints import MISSING
from .errors import UnresolvedAnnotationError
from .qualifiers import is_constant
from .reader import Reader
from .scope import RECORD, Scope, lineage, scope_of
from .site import Site
from .spec import FieldSpec


class Declared(NamedTuple):
    """An annotation that counts: where and how it is written, what is known of it, its default."""

    scope: Scope
    annotation: Any
    hint: Any
    default: Any


class Declarations(Mapping[str, FieldSpec]):
    """Field specs by name: inherited ones first; one that is declared anew stands where it is.

    The names are known from the start; asking for them resolves nothing. An annotation that
    names what is not defined yet is resolved when its spec is first asked for.
    """

    def __init__(self, scope: Scope, reader: Reader) -> None:
        self.scope = scope
        self._reader = reader
        self._declared: dict[str, Declared] = {}
        self._resolved: dict[str, FieldSpec] = {}

    def __getitem__(self, name: str) -> FieldSpec:
        """Return a spec.

        Raises:
            KeyError: there is no such attribute.
            AnnotationError: a name in its annotation is still not defined.
        """
        spec = self._resolved.get(name)
        if spec is None:
            scope, annotation, hint, default = self._declared[name]
            spec = self._reader.field(hint, Site(scope, name, annotation), default=default)
            self._resolved[name] = spec
            if not self.pending:
                self._release()
        return spec

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def __repr__(self) -> str:
        return f"<Declarations of {self.scope.owner.__qualname__}: {', '.join(self)}>"

    @property
    def pending(self) -> tuple[str, ...]:
        """Attributes whose annotations name something that was not defined so far."""
        return tuple(name for name in self._declared if name not in self._resolved)

    def _collect(self, ignored: Collection[type]) -> None:
        """Find the annotations that count and resolve what can be resolved by now."""
        scopes = [s for s in lineage(self.scope.owner) if s.owner not in ignored]
        found: dict[str, Declared] = {}
        for scope in reversed(scopes):
            for name, value in scope.body.items():
                if name in found:
                    # DRF's and Django's way to drop an inherited field, and Python's to hide one.
                    if value is None or hasattr(type(value), "__get__"):
                        del found[name]
                    else:
                        found[name] = found[name]._replace(default=value)
            for name, annotation in scope.hints.items():
                if name.startswith("_"):
                    continue
                site = Site(scope, name, annotation)
                hint = annotation
                with suppress(UnresolvedAnnotationError):
                    hint = site.resolve(annotation)
                if is_constant(hint, site):
                    found.pop(name, None)
                else:
                    found[name] = Declared(scope, annotation, hint, scope.body.get(name, MISSING))
        hints = {scope.owner: scope.hints for scope in scopes}
        self._declared = {
            name: found[name] for name in _ordered(self.scope.owner, hints) if name in found
        }
        for name in self._declared:
            with suppress(UnresolvedAnnotationError):  # at its first use it may be defined
                self[name]
        if not self.pending:
            self._release()

    def _release(self) -> None:
        for declared in self._declared.values():
            scope = declared.scope
            if scope.owner is self.scope.owner or RECORD not in vars(scope.owner):
                scope.names.enclosing.release()
        self.scope.names.enclosing.release()


def declare(
    cls: type, reader: Reader, body: Mapping[str, Any] | None, roots: Collection[type]
) -> Declarations:
    """Read the annotations of a class and keep them on it; see `AnnotationEngine.declare`."""
    declarations = Declarations(scope_of(cls, body), reader)
    # Past the metaclass: this is no change to the class that it would have to react to.
    type.__setattr__(cls, RECORD, declarations)
    declarations._collect({base for root in roots for base in root.__mro__})
    return declarations


def _ordered(cls: type, hints: Mapping[type, Mapping[str, Any]]) -> list[str]:
    """Return the names in DRF's field order: of the bases from left to right, then its own."""
    own = hints.get(cls, {})
    inherited = dict.fromkeys(name for base in cls.__bases__ for name in _ordered(base, hints))
    return [*(name for name in inherited if name not in own), *own]
