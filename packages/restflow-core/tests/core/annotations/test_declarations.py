"""Which annotations of a class and its bases count, in which order, and with which defaults."""

from __future__ import annotations

import sys
import threading
import typing
from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

import pytest
import typing_extensions

from restflow.core.annotations import (
    MISSING,
    AnnotationEngine,
    AnnotationError,
    Choice,
    Collection,
    Dictionary,
    NotRequired,
    Scalar,
)

Make = Callable[..., ModuleType]
T = TypeVar("T")
U = TypeVar("U")


def test_required(Serializer: Any) -> None:
    class Made(Serializer):
        a: int
        b: int | None
        c: int = 1
        d: int | None = None
        e: NotRequired[int]
        f: NotRequired[int | None]
        g: typing.Required[int]
        h: NotRequired[int] = 1

    assert {name for name, field in Made.specs.items() if field.required} == {"a", "b", "g"}
    assert {name for name, field in Made.specs.items() if field.type.nullable} == {"b", "d", "f"}


def test_defaults_are_what_the_body_says(Serializer: Any) -> None:
    marker = object()

    class Made(Serializer):
        text: str = "x"
        nothing: str | None = None
        falsy: int = 0
        ready: int = marker
        call: int = lambda: 3
        absent: int

    specs = Made.specs
    assert specs["text"].default == "x"
    assert specs["nothing"].default is None
    assert specs["falsy"].default == 0
    assert specs["falsy"].has_default
    assert specs["ready"].default is marker
    assert specs["call"].default() == 3
    assert specs["absent"].default is specs["absent"].make_default() is MISSING
    assert not specs["absent"].has_default


def test_a_default_that_can_change_is_never_shared(Serializer: Any) -> None:
    class Made(Serializer):
        tags: list[list[str]] = [["a"]]
        options: dict[str, int] = {}
        codes: set[int] = {1}

    for name, value in (("tags", [["a"]]), ("options", {}), ("codes", {1})):
        field = Made.specs[name]
        assert not field.required
        assert field.default is MISSING
        assert field.make_default() == value
        assert field.make_default() is not field.make_default()
    Made.specs["tags"].make_default()[0].append("b")
    assert Made.specs["tags"].make_default() == [["a"]]


def test_what_is_no_field(Serializer: Any) -> None:
    class Made(Serializer):
        a: int
        b: ClassVar[int] = 1
        c: typing.ClassVar = 1
        d: ClassVar[NotDefinedAnywhere]  # noqa: F821
        e: typing.ClassVar[list[AlsoNot]]  # noqa: F821
        f: Final = 1
        g: Final[int] = 1
        _private: object
        _broken: 1 / 0
        h = 3

    assert list(Made.specs) == ["a"]


def test_inheritance_and_order(Serializer: Any) -> None:
    class Left(Serializer):
        a: int
        b: int

    class Right(Serializer):
        b: str
        c: int

    class Mixin:
        m: int

    class Made(Mixin, Left, Right):
        d: int
        a: str

    assert list(Made.specs) == ["m", "b", "c", "d", "a"]
    assert Made.specs["a"].type == Scalar(str)
    assert Made.specs["b"].type == Scalar(int)
    assert [Made.specs[name].owner for name in Made.specs] == [Mixin, Left, Right, Made, Made]
    assert list(Left.specs) == ["a", "b"]


def test_a_diamond_follows_the_method_resolution_order(Serializer: Any) -> None:
    class Top(Serializer):
        a: int
        b: int

    class Left(Top): ...

    class Right(Top):
        a: str

    class Made(Left, Right): ...

    assert Made.specs["a"].type == Scalar(str)


def test_assignments_without_annotation(Serializer: Any) -> None:
    class Base(Serializer):
        removed: int
        hidden: int
        shadowed: int
        restored: int
        defaulted: int = 1
        replaced: int

    marker = object()

    class Made(Base):
        removed = None
        defaulted = 2
        replaced = marker

        def hidden(self) -> None: ...

        @property
        def shadowed(self) -> int:
            return 1

        restored = None

    class Further(Made):
        restored: str
        removed: ClassVar[int]

    assert list(Made.specs) == ["defaulted", "replaced"]
    assert Made.specs["defaulted"].default == 2
    assert Base.specs["defaulted"].default == 1
    assert Made.specs["replaced"].default is marker
    assert list(Further.specs) == ["defaulted", "replaced", "restored"]
    assert Further.specs["restored"].type == Scalar(str)


def test_a_new_annotation_forgets_the_inherited_default(Serializer: Any) -> None:
    class Base(Serializer):
        a: int = 1
        b: int = 1

    class Made(Base):
        a: str
        b: ClassVar[int]

    assert Made.specs["a"].required
    assert list(Made.specs) == ["a"]


def test_none_with_an_annotation_is_a_default(Serializer: Any) -> None:
    class Base(Serializer):
        a: int | None

    class Made(Base):
        a: int | None = None

    assert Made.specs["a"].default is None
    assert not Made.specs["a"].required


def test_mapping_of_names(Serializer: Any) -> None:
    class Made(Serializer):
        a: int
        b: "NotDefined"  # noqa: F821, UP037

    specs = Made.specs
    assert (len(specs), list(specs), "b" in specs, "c" in specs) == (2, ["a", "b"], True, False)
    assert specs.pending == ("b",)
    assert "Made: a, b" in repr(specs)
    with pytest.raises(KeyError):
        specs["c"]
    with pytest.raises(AnnotationError):
        dict(specs)


def test_every_spec_is_made_once(Serializer: Any) -> None:
    class Made(Serializer):
        a: list[int]

    assert Made.specs["a"] is Made.specs["a"]


def test_threads_that_resolve_at_once_agree(module: Make) -> None:
    made = module("class Made(Serializer):\n    a: 'Later'\n")
    vars(made)["Later"] = list[int]
    barrier = threading.Barrier(4)
    seen = []

    def look() -> None:
        barrier.wait()
        seen.append(made.Made.specs["a"].type)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [Collection(list, Scalar(int))] * 4


def test_body_and_roots() -> None:
    engine = AnnotationEngine()

    class Root:
        data: object

    class Deeper(Root):
        errors: object

    class Made(Deeper):
        a: int
        b: int = 1

    taken = Made.b
    body = dict(vars(Made))
    del Made.b
    specs = engine.declare(Made, body=body, roots=(Deeper,))
    assert list(specs) == ["a", "b"]
    assert specs["b"].default is taken


def test_a_class_made_by_a_call(Serializer: Any) -> None:
    body = {"__annotations__": {"city": str, "zip": "str | None"}, "__module__": __name__}
    Address = type(Serializer)("Address", (Serializer,), body)
    assert {name: field.type for name, field in Address.specs.items()} == {
        "city": Scalar(str),
        "zip": Scalar(str, nullable=True),
    }


def test_type_variables_of_bases(Serializer: Any) -> None:
    class Base(Serializer, Generic[T, U]):
        items: list[T]
        extra: U | None
        plain: int

    class Half(Base[U, str], Generic[U]):
        own: dict[str, U]

    class Made(Half[Literal["a"]]):
        more: int

    class Other(Half[list[int]]): ...

    choice = Choice(("a",))
    assert Made.specs.pending == Other.specs.pending == ()
    assert {name: field.type for name, field in Made.specs.items()} == {
        "items": Collection(list, choice),
        "extra": Scalar(str, nullable=True),
        "plain": Scalar(int),
        "own": Dictionary(choice),
        "more": Scalar(int),
    }
    assert Other.specs["items"].type == Collection(list, Collection(list, Scalar(int)))
    assert Other.specs["extra"].type == Scalar(str, nullable=True)


def test_a_type_variable_that_nothing_says(Serializer: Any) -> None:
    class Page(Serializer, Generic[T]):
        total: int
        items: list[T]

    class Unsaid(Page): ...

    assert Page.specs["total"].type == Scalar(int)
    for cls in (Page, Unsaid):
        assert cls.specs.pending == ("items",)
        with pytest.raises(
            AnnotationError, match=r"Page\.items .* nothing says what T is\. .*Page\[int\]"
        ):
            cls.specs["items"]


def test_a_type_variable_with_a_default(Serializer: Any) -> None:
    D = typing_extensions.TypeVar("D", default=int)

    class Page(Serializer, Generic[D]):
        item: D

    class Texts(Page[str]): ...

    assert Page.specs["item"].type == Scalar(int)
    assert Texts.specs["item"].type == Scalar(str)


def test_an_argument_that_cannot_be_mapped_names_who_gave_it(Serializer: Any) -> None:
    class Page(Serializer, Generic[T]):
        item: T

    with pytest.raises(AnnotationError, match=r"^Made\.item is annotated `T`: .* complex"):

        class Made(Page[complex]): ...


def test_a_generic_class_is_no_annotation(Serializer: Any) -> None:
    class Page(Serializer, Generic[T]):
        item: T

    with pytest.raises(AnnotationError, match=r"Made\.page .* Write `class Name"):

        class Made(Serializer):
            page: Page[int]


if sys.version_info >= (3, 12):

    @pytest.mark.parametrize("head", ["", "from __future__ import annotations\n"])
    def test_syntax_of_python_3_12(head: str, module: Make) -> None:
        made = module(
            f"{head}class Page[T](Serializer):\n"
            "    item: T\n"
            "    items: list[T]\n"
            "    quoted: 'T | None'\n"
            "class Made(Page[int]): ...\n"
        )
        assert {name: field.type for name, field in made.Made.specs.items()} == {
            "item": Scalar(int),
            "items": Collection(list, Scalar(int)),
            "quoted": Scalar(int, nullable=True),
        }
