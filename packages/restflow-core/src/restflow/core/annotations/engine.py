"""The entry: what a metaclass calls to learn which fields a class annotates."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .constraints import MISSING
from .declarations import Declarations, declare
from .reader import Reader
from .registry import AnnotationRegistry, annotation_types
from .scope import scope_of
from .site import Site
from .spec import FieldSpec


def _nothing(cls: type) -> bool:
    return False


class AnnotationEngine:
    """Turns annotations into field specs, the same way for everything that has fields.

    Args:
        nested: tells which classes nest (for serializers: other serializers); they become
            `Nested` and are not looked into. None nest if it is left out.
        registry: annotations added by users.
    """

    def __init__(
        self,
        nested: Callable[[type], bool] = _nothing,
        registry: AnnotationRegistry = annotation_types,
    ) -> None:
        self._reader = Reader(nested, registry)

    def declare(
        self,
        cls: type,
        *,
        body: Mapping[str, Any] | None = None,
        roots: Collection[type] = (),
    ) -> Declarations:
        """Return the annotated attributes of a class and its bases. Call it once, at creation.

        Private names (``_x``), ``ClassVar`` and ``Final`` are no fields. An assignment of None, a
        method or a property without annotation drops an inherited field; any other assignment is
        its new default.

        Args:
            cls: the class, just created.
            body: its namespace, if attributes were taken out before it was created.
            roots: classes to stop at: their annotations and their bases' are no fields.

        Raises:
            AnnotationError: an annotation cannot be mapped. One that names what is not defined
                yet raises when its spec is asked for.
        """
        return declare(cls, self._reader, body, roots)

    def field(self, hint: Any, *, owner: Any, attribute: str, default: Any = MISSING) -> FieldSpec:
        """Return the spec of one annotation that stands in no class body.

        Args:
            hint: the annotation.
            owner: the class or function it belongs to; names in strings are looked up there.
            attribute: what to call it in errors.
            default: as in `FieldSpec`.

        Raises:
            AnnotationError: the annotation cannot be mapped, or a name in it is not defined.
        """
        return self._reader.field(hint, Site(scope_of(owner), attribute, hint), default=default)
