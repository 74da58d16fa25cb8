"""Where an annotation stands, and so what the names in it mean."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any, ForwardRef, NewType, TypeVar, get_args, get_origin

from .errors import text_of

#: Where a class keeps what was read from its body.
RECORD = "__restflow_annotations__"


def own_annotations(cls: type) -> dict[str, Any]:
    """Return the annotations in the body of *cls*, names that are not defined left as they are."""
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(cls, format=annotationlib.Format.FORWARDREF)
    else:
        return inspect.get_annotations(cls)


def is_typed_dict(cls: type) -> bool:
    """Tell a TypedDict, of ``typing`` or of typing_extensions."""
    return issubclass(cls, dict) and hasattr(cls, "__total__") and hasattr(cls, "__required_keys__")


class Locals(dict[str, Any]):
    """Local variables of the functions around a class; of them only those asked for are kept.

    The frames are held until `release`: a name may be bound after the class was created.
    """

    def __init__(self, function: str, frames: tuple[FrameType, ...]) -> None:
        super().__init__()
        self.function = function
        self._frames = frames

    def __missing__(self, name: str) -> Any:
        for frame in self._frames:
            variables = frame.f_locals
            if name in variables:
                self[name] = variables[name]
                return variables[name]
        raise KeyError(name)

    def release(self) -> None:
        """Let the frames go, and with them whatever their functions held."""
        self._frames = ()


class Names(dict[str, Any]):
    """The names that a class body sees before its module's."""

    def __init__(self, known: Mapping[str, Any], enclosing: Locals) -> None:
        super().__init__(known)
        self.enclosing = enclosing

    def __missing__(self, name: str) -> Any:
        return self.enclosing[name]


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One class body: its annotations, what it assigns, and how to look names up.

    Args:
        owner: the class, or a function.
        hints: its own annotations, as Python keeps them.
        body: what it assigns.
        module: the globals around it.
        names: its type parameters, nested classes, own name and function locals.
        bindings: what type variables stand for: a hint, and the scope which that stands in.
    """

    owner: Any
    hints: Mapping[str, Any]
    body: Mapping[str, Any]
    module: dict[str, Any]
    names: Names
    bindings: Mapping[Any, tuple[Any, Scope]] = field(default_factory=dict)

    def evaluate(self, reference: str | ForwardRef) -> Any:
        """Return what a string or forward reference stands for.

        Raises:
            NameError: a name is not defined, or not yet.
            Exception: whatever else evaluating the text raises.
        """
        if isinstance(reference, str):
            return eval(reference, self.module, self.names)
        if sys.version_info >= (3, 14) and getattr(reference, "__cell__", None) is not None:
            # It holds variables of the functions around the class, which its text only names.
            # The text is tried after it: a method of the class hides no type from that.
            with suppress(Exception):
                return reference.evaluate()
        module, home = self.module, reference.__forward_module__
        if home is not None and home != self.owner.__module__ and home in sys.modules:
            module = vars(sys.modules[home])
        names = self.names
        if extra := getattr(reference, "__extra_names__", None):  # what its text names by number
            names = Names({**names, **extra}, names.enclosing)
        return eval(reference.__forward_arg__, module, names)

    def text(self, attribute: str, annotation: Any) -> str:
        """Return an annotation as it is written, as far as Python tells."""
        given = self.hints.get(attribute, self)
        if sys.version_info >= (3, 14) and given is annotation:
            import annotationlib

            written = annotationlib.get_annotations(self.owner, format=annotationlib.Format.STRING)
            return text_of(written[attribute])
        return text_of(annotation)


def scope_of(cls: Any, body: Mapping[str, Any] | None = None, near: Scope | None = None) -> Scope:
    """Return the scope of a class.

    Args:
        cls: the class, or a function, which has annotations and names around it as well.
        body: what its body assigned, if the class no longer has all of it.
        near: the scope that led here; a class of the same function shares its locals.
    """
    record = vars(cls).get(RECORD)
    if record is not None:
        scope: Scope = record.scope
        return scope
    hints = own_annotations(cls)
    body = vars(cls) if body is None else body
    function = cls.__qualname__.rpartition(".<locals>.")[0]
    if near is not None and function and near.names.enclosing.function == function:
        module, enclosing = near.module, near.names.enclosing
    else:
        module, frames = _surroundings(cls.__module__, function)
        module = getattr(cls, "__globals__", module)
        enclosing = Locals(function, frames)
    known = {cls.__name__: cls}
    # A default hides no type of the same name (`date: date = None`), and neither does a method.
    known |= {name: value for name, value in body.items() if _is_hint(value)}
    known |= {param.__name__: param for param in getattr(cls, "__type_params__", ())}
    return Scope(cls, hints, body, module, Names(known, enclosing))


def _is_hint(value: Any) -> bool:
    return (
        isinstance(value, (type, NewType, TypeVar))
        or get_origin(value) is not None
        or type(value).__name__ == "TypeAliasType"
    )


def _surroundings(module: str, function: str) -> tuple[dict[str, Any], tuple[FrameType, ...]]:
    """Return the globals of *module*, and the frames of *function* and of those around it.

    Code that runs under a borrowed module name (``exec``, a notebook) is found by its frame only.
    """
    enclosing = set()
    while function:
        enclosing.add(function)
        function = function.rpartition(".<locals>.")[0]
    found: dict[str, Any] | None = None
    frames: list[FrameType] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (enclosing or found is None):
        if frame.f_globals.get("__name__") == module:
            found = frame.f_globals if found is None else found
            if frame.f_code.co_qualname in enclosing:
                enclosing.remove(frame.f_code.co_qualname)
                frames.append(frame)
        frame = frame.f_back
    if found is None:
        found = vars(sys.modules[module]) if module in sys.modules else {}
    return found, tuple(frames)


def lineage(
    cls: type, bindings: Mapping[Any, tuple[Any, Scope]] | None = None, near: Scope | None = None
) -> Iterator[Scope]:
    """Yield the scopes of *cls* and of its bases, most derived first, type variables bound.

    Args:
        cls: a class, or a TypedDict, whose bases Python merges into it.
        bindings: what the type variables of *cls* itself stand for.
        near: as in `scope_of`.
    """
    bound: dict[type, Mapping[Any, tuple[Any, Scope]]] = {cls: bindings or {}}
    for klass in _linear(cls):
        scope = replace(scope_of(klass, near=near), bindings=bound.get(klass, {}))
        yield scope
        for base in vars(klass).get("__orig_bases__", ()):
            bound.setdefault(get_origin(base) or base, bind(base, scope))


def bind(alias: Any, scope: Scope) -> dict[Any, tuple[Any, Scope]]:
    """Return what the type variables of a generic class or alias stand for in ``alias[...]``."""
    parameters = getattr(get_origin(alias), "__parameters__", ())
    arguments = ((argument, scope) for argument in get_args(alias))
    return dict(zip(parameters, arguments, strict=False))


def _linear(cls: type) -> Iterator[type]:
    if not is_typed_dict(cls):
        yield from cls.__mro__[:-1]
        return
    yield cls
    for base in vars(cls).get("__orig_bases__", ()):
        origin = get_origin(base) or base
        if isinstance(origin, type) and is_typed_dict(origin):
            yield from _linear(origin)
