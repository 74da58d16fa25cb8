"""The one error of this package, and what it suggests instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, ForwardRef, get_origin

#: Names of annotations that work -> the modules they come from.
_VALUES = {
    **dict.fromkeys(("int", "float", "str", "bool", "bytes"), "builtins"),
    "Decimal": "decimal",
    **dict.fromkeys(("date", "datetime", "time", "timedelta"), "datetime"),
    "UUID": "uuid",
    **dict.fromkeys(
        ("Email", "IPAddress", "Url", "Slug", "JSON", "UploadedFile", "ImageFile"),
        "restflow.core.annotations",
    ),
}
_KNOWN = {
    **_VALUES,
    **dict.fromkeys(("list", "set", "tuple", "dict"), "builtins"),
    **dict.fromkeys(("Literal", "NotRequired", "Annotated", "ClassVar"), "typing"),
    "Optional": "typing",
}
_WORKS = (
    f"What works: {', '.join(_VALUES)}, dict[str, T], list[T], set[T], tuple[T, ...], T | None, "
    "Literal[...], NotRequired[T], Annotated[T, ...], an Enum, a TypedDict, a dataclass"
)
#: Names of annotations that cannot work -> what their authors mean.
_INSTEAD = {
    "Any": "JSON",
    "object": "JSON",
    "complex": "float or Decimal",
    "Fraction": "Decimal",
    "Number": "Decimal",
    **dict.fromkeys(("bytearray", "memoryview"), "bytes"),
    **dict.fromkeys(("frozenset", "AbstractSet", "MutableSet", "Set"), "set[T]"),
    **dict.fromkeys(("Sequence", "MutableSequence", "Iterable", "Iterator", "deque"), "list[T]"),
    **dict.fromkeys(("Collection", "Generator", "QuerySet"), "list[T]"),
    **dict.fromkeys(("Mapping", "MutableMapping", "defaultdict", "OrderedDict"), "dict[str, T]"),
    **dict.fromkeys(("IPv4Address", "IPv6Address"), "IPAddress"),
    **dict.fromkeys(("Path", "PurePath", "Pattern", "Text", "LiteralString"), "str"),
    **dict.fromkeys(("EmailStr", "EmailField"), "Email"),
    **dict.fromkeys(("HttpUrl", "AnyUrl", "URL", "URLField"), "Url"),
    **dict.fromkeys(("SlugStr", "SlugField"), "Slug"),
    **dict.fromkeys(("File", "InMemoryUploadedFile", "SimpleUploadedFile"), "UploadedFile"),
    **dict.fromkeys(("TemporaryUploadedFile", "BinaryIO", "IO"), "UploadedFile"),
    **dict.fromkeys(("ImageFieldFile", "ImageField"), "ImageFile"),
    "tzinfo": "str",
    "ZoneInfo": "str",
}


class AnnotationError(TypeError):
    """No field can be made from an annotation.

    Args:
        owner: name of the class the annotation stands in.
        attribute: the annotated attribute; after it, in brackets, where it is used from.
        annotation: what was found, as text.
        problem: why it cannot be used.
        remedy: one thing to do, a sentence.
    """

    def __init__(
        self, owner: str, attribute: str, annotation: str, problem: str, remedy: str
    ) -> None:
        super().__init__(owner, attribute, annotation, problem, remedy)
        self.owner = owner
        self.attribute = attribute
        self.annotation = annotation
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return (
            f"{self.owner}.{self.attribute} is annotated `{self.annotation}`: {self.problem}. "
            f"{self.remedy}"
        )


class UnresolvedAnnotationError(AnnotationError):
    """An annotation that may still come to mean something: a name is not defined yet.

    While a class is being created this is no error; at its first use it is one.
    """


def text_of(hint: Any) -> str:
    """Return *hint* as its author would write it."""
    if isinstance(hint, str):
        return hint
    if isinstance(hint, ForwardRef):
        return hint.__forward_arg__
    if hint is None or hint is type(None):
        return "None"
    name = getattr(hint, "__qualname__", None)
    if name is not None and get_origin(hint) is None:
        return str(name).rpartition("<locals>.")[2]
    return repr(hint).replace("typing.", "")


def instead_of(hint: Any) -> str:
    """Return the remedy for an annotation that no field is made for."""
    name = getattr(hint, "__name__", None) or text_of(hint)
    guess = _INSTEAD.get(name)
    if guess is None and hasattr(hint, "_meta"):  # a Django model
        guess = f"a serializer of {name}, or the type of its primary key"
    guess = guess or _similar(name, _KNOWN)
    teach = "" if guess else f"; register_annotation() teaches restflow {name}"
    start = f"Did you mean {guess}? " if guess else ""
    return f"{start}{_WORKS}{teach}; ClassVar[...] keeps an attribute out of the fields."


def instead_of_name(name: str, visible: Mapping[str, Any]) -> str:
    """Return the remedy for a name that is not defined, given the names that are."""
    if (module := _KNOWN.get(name, "builtins")) != "builtins":
        return f"Add `from {module} import {name}` to the module, not under TYPE_CHECKING."
    classes = [key for key, value in visible.items() if isinstance(value, type)]
    guess = _similar(name, [*classes, *_KNOWN])
    start = f"Did you mean {guess}? If not, define" if guess else "Define"
    return (
        f"{start} or import {name} in the module before the class is first used; an import under "
        "TYPE_CHECKING does not run."
    )


def _similar(name: str, known: Iterable[str]) -> str | None:
    return next(iter(difflib.get_close_matches(name, known, 1, 0.75)), None)
