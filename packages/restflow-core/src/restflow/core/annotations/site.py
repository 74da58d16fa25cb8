"""One annotation being read: whose it is, how names in it resolve, what to say if it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, ForwardRef, get_origin

from .errors import AnnotationError, UnresolvedAnnotationError, instead_of_name, text_of
from .scope import Scope, bind
from .spec import Structure

#: Aliases within aliases and structures within structures; more means that one has no end.
_DEEPEST = 50


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Where a hint was found.

    Args:
        scope: the class body it stands in.
        attribute: the annotated attribute.
        annotation: the whole annotation, as written.
        via: where the class is used from, for messages.
        depth: how many aliases and structures led here.
        structures: TypedDicts and dataclasses met so far; one that contains itself is met again.
    """

    scope: Scope
    attribute: str
    annotation: Any
    via: str = ""
    depth: int = 0
    structures: MutableMapping[Any, Structure] = field(default_factory=dict)

    @property
    def owner_name(self) -> str:
        """The class, without the functions around it."""
        return text_of(self.scope.owner)

    def member(self, scope: Scope, name: str, annotation: Any) -> Site:
        """Return the site of a member of a structure that is used here."""
        via = self.via or f" (reached from {self.owner_name}.{self.attribute})"
        deeper = self.deeper(self.scope)
        return replace(deeper, scope=scope, attribute=name, annotation=annotation, via=via)

    def within(self, scope: Scope) -> Site:
        """Return this site with names and type variables looked up in another scope."""
        return replace(self, scope=scope)

    def deeper(self, scope: Scope) -> Site:
        """Return the site for what stands behind a name.

        Raises:
            AnnotationError: there is no end to it.
        """
        if self.depth == _DEEPEST:
            raise self.error(
                "it is defined by itself, without end",
                "Use a TypedDict or a dataclass, whose members may lead back to it, or JSON.",
            )
        return replace(self, scope=scope, depth=self.depth + 1)

    def resolve(self, hint: Any) -> Any:
        """Return what a string or forward reference stands for, any other hint as it is.

        Raises:
            UnresolvedAnnotationError: a name in it is not defined, perhaps not yet.
            AnnotationError: it cannot be evaluated.
        """
        while isinstance(hint, str | ForwardRef):
            hint = self._evaluated(self.scope.evaluate, hint)
        return hint

    def open_alias(self, hint: Any) -> tuple[Any, Site] | None:
        """Return what a ``type`` alias stands for and where, None for any other hint."""
        alias = get_origin(hint) or hint
        if type(alias).__name__ != "TypeAliasType":  # there is one in typing_extensions too
            return None
        scope = replace(self.scope, bindings=bind(hint, self.scope))
        if alias.__module__ != scope.owner.__module__ and alias.__module__ in sys.modules:
            scope = replace(scope, module=vars(sys.modules[alias.__module__]))
        return self._evaluated(lambda _: alias.__value__, hint), self.deeper(scope)

    def error(self, problem: str, remedy: str, *, unresolved: bool = False) -> AnnotationError:
        """Return the error for this annotation."""
        kind = UnresolvedAnnotationError if unresolved else AnnotationError
        annotation = self.scope.text(self.attribute, self.annotation)
        return kind(self.owner_name, f"{self.attribute}{self.via}", annotation, problem, remedy)

    def _evaluated(self, evaluate: Callable[[Any], Any], hint: Any) -> Any:
        try:
            return evaluate(hint)
        except NameError as error:
            raise self._undefined(error.name or text_of(hint)) from error
        except Exception as error:
            # A module that is still being imported gets the rest of its attributes later.
            if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
                raise self._undefined(f"{error.obj.__name__}.{error.name}") from error
            raise self.error(
                f"evaluating {text_of(hint)!r} raises {type(error).__name__}: {error}",
                "Correct the annotation; if an attribute of the class hides a type of the same "
                "name, write the type with its module.",
            ) from error

    def _undefined(self, name: str) -> AnnotationError:
        remedy = instead_of_name(name, {**self.scope.module, **self.scope.names})
        return self.error(f"the name {name} is not defined", remedy, unresolved=True)
