"""A family of classes that declare fields by annotation, and modules made from source."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from restflow.core.annotations import AnnotationEngine, AnnotationRegistry, TypeSpec


class Declaring(type):
    """What a serializer's metaclass does, and nothing else."""

    engine: AnnotationEngine
    specs: Any

    def __new__(
        mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **kwargs: Any
    ) -> Any:
        cls = super().__new__(mcs, name, bases, body, **kwargs)
        root = next((base for base in reversed(cls.__mro__) if isinstance(base, Declaring)), cls)
        if cls is not root:
            cls.specs = root.engine.declare(cls, roots=(root,))
        return cls


@pytest.fixture
def registry() -> AnnotationRegistry:
    return AnnotationRegistry()


@pytest.fixture
def Serializer(registry: AnnotationRegistry) -> Any:
    """The root of a family; its own annotation is not a field."""

    class Serializer(metaclass=Declaring):
        engine = AnnotationEngine(lambda cls: hasattr(cls, "nests"), registry)
        nests = True
        context: object

    return Serializer


@pytest.fixture
def read(Serializer: Any) -> Callable[..., TypeSpec]:
    """Return the spec of one hint; strings in it see *names*."""

    def read(hint: Any, **names: Any) -> TypeSpec:
        namespace: dict[str, Any] = {"__name__": "made", **names}
        exec("def owner(): ...", namespace)
        field = Serializer.engine.field(hint, owner=namespace["owner"], attribute="value")
        spec: TypeSpec = field.type
        return spec

    return read


@pytest.fixture
def module(Serializer: Any) -> Iterator[Callable[..., ModuleType]]:
    """Make a module from source; ``Serializer`` and *names* are defined in it."""
    made: list[str] = []

    def make(source: str, name: str = "made", **names: Any) -> ModuleType:
        new = ModuleType(name)
        vars(new).update({"Serializer": Serializer, **names})
        sys.modules[name] = new
        made.append(name)
        exec(compile(source, f"<{name}>", "exec", dont_inherit=True), vars(new))
        return new

    yield make
    for name in made:
        sys.modules.pop(name, None)
