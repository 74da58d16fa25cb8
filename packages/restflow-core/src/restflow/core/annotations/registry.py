"""Annotations that users add: the base they write, and where they register it."""

from __future__ import annotations

from typing import Any, get_args


class AnnotationType:
    """Base for an annotation of your own: how its values travel, and what they are in Python.

    Set `wire` and override the two conversions; serializers and filters read, check and document
    the wire form as if it were annotated itself, and convert after reading, before writing::

        class MoneyType(AnnotationType):
            wire = Annotated[Decimal, Ge(0)]

            def to_python(self, value: Decimal) -> Money:
                return Money(value)

            def to_wire(self, value: Money) -> Decimal:
                return value.amount

        register_annotation(Money, MoneyType())

    One instance serves every field, in every thread: keep no state of a request on it.
    """

    #: An annotation that restflow knows, for what is read and written.
    wire: Any = str

    def wire_for(self, annotation: Any) -> Any:
        """Return the wire annotation; override it for generic ones, ``Range[int]``.

        Args:
            annotation: as the user wrote it, arguments included.
        """
        return self.wire

    def to_python(self, value: Any) -> Any:
        """Return the Python value for a checked wire value, never None.

        Raises:
            ValueError: the value is wrong after all; the message is shown to the client.
        """
        return value

    def to_wire(self, value: Any) -> Any:
        """Return the wire value for a Python value, never None."""
        return value


class AnnotationRegistry:
    """Annotations and the `AnnotationType` of each. Most projects need just the shared one."""

    def __init__(self) -> None:
        self._handlers: dict[Any, AnnotationType] = {}

    def register(self, annotation: Any, handler: AnnotationType, *, replace: bool = False) -> None:
        """Teach restflow an annotation. Do it before the classes that use it are defined.

        Args:
            annotation: a class, a ``NewType`` or a ``type`` alias; of a generic one without its
                arguments. Subclasses are not included.
            handler: an instance of your `AnnotationType`.
            replace: take the place of another handler.

        Raises:
            TypeError: the handler is no `AnnotationType`, or the annotation has arguments.
            ValueError: the annotation has another handler already.
        """
        name = getattr(annotation, "__name__", repr(annotation))
        if not isinstance(handler, AnnotationType):
            raise TypeError(
                f"register_annotation({name}, ...) was given {handler!r}; give it an instance of "
                "a subclass of AnnotationType."
            )
        if isinstance(annotation, str) or get_args(annotation):
            raise TypeError(
                f"register_annotation({name}, ...) takes the bare class, NewType or alias; read "
                "arguments in AnnotationType.wire_for()."
            )
        present = self._handlers.get(annotation)
        if present is not None and not replace and _place(present) != _place(handler):
            raise ValueError(
                f"{name} is registered with {_place(present)} already; pass replace=True to "
                f"use {_place(handler)} instead."
            )
        self._handlers[annotation] = handler

    def unregister(self, annotation: Any) -> None:
        """Forget an annotation. Classes that exist keep what they were made with.

        Raises:
            KeyError: it is not registered.
        """
        del self._handlers[annotation]

    def handler_of(self, annotation: Any) -> AnnotationType | None:
        """Return the handler of an annotation without arguments, None if there is none."""
        try:
            return self._handlers.get(annotation)
        except TypeError:  # unhashable, so nobody could have registered it
            return None


def _place(handler: AnnotationType) -> str:
    """Name the class of a handler: a reloaded module brings an equal one."""
    return f"{type(handler).__module__}.{type(handler).__qualname__}"


#: What serializers and filters use.
annotation_types = AnnotationRegistry()

#: `AnnotationRegistry.register` of the shared registry.
register_annotation = annotation_types.register
