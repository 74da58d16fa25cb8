"""TypedDicts and dataclasses."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field, make_dataclass
from types import ModuleType
from typing import Annotated, Any, ClassVar, Final, Generic, Literal, NotRequired, Required, TypeVar

import annotated_types as at
import pytest
import typing_extensions

from restflow.core.annotations import (
    MISSING,
    AnnotationError,
    Choice,
    Collection,
    Constraints,
    Dictionary,
    Scalar,
    Structure,
    TypeSpec,
)

Read = Callable[..., Any]
Make = Callable[..., ModuleType]
T = TypeVar("T")
U = TypeVar("U")


@pytest.mark.parametrize("library", [typing, typing_extensions], ids=lambda m: m.__name__)
@pytest.mark.parametrize("head", ["", "from __future__ import annotations\n"])
def test_typed_dict(head: str, library: Any, module: Make) -> None:
    made = module(
        f"{head}class Base(TypedDict):\n"
        "    a: int\n"
        "    b: NotRequired[int]\n"
        "class Made(Base, total=False):\n"
        "    c: list[int]\n"
        "    d: Required[str | None]\n"
        "    e: Annotated[NotRequired[Annotated[int, at.Gt(0)]], at.Lt(9), 'x']\n"
        "    f: ReadOnly[Required[int]]\n"
        "    _g: int\n"
        "    h: Annotated[Required[Annotated[ReadOnly[int], 'inner']], 'outer']\n"
        "class Holder(Serializer):\n"
        "    value: Made\n",
        TypedDict=library.TypedDict,
        NotRequired=NotRequired,
        Required=Required,
        ReadOnly=typing_extensions.ReadOnly,
        Annotated=Annotated,
        at=at,
    )
    spec = made.Holder.specs["value"].type
    assert spec == Structure(made.Made)
    assert {name: (member.type, member.required) for name, member in spec.members.items()} == {
        "a": (Scalar(int), True),
        "b": (Scalar(int), False),
        "c": (Collection(list, Scalar(int)), False),
        "d": (Scalar(str, nullable=True), True),
        "e": (Scalar(int, constraints=Constraints(gt=0, lt=9), metadata=("x",)), False),
        "f": (Scalar(int), True),
        "_g": (Scalar(int), False),
        "h": (Scalar(int, metadata=("inner", "outer")), True),
    }


def test_typed_dict_that_narrows_a_member(read: Read) -> None:
    class Base(typing_extensions.TypedDict):
        a: typing_extensions.ReadOnly[int | None]
        b: int

    class Made(Base):
        a: typing_extensions.ReadOnly[int]

    assert read(Made).members["a"].type == Scalar(int)
    assert list(read(Made).members) == ["a", "b"]


def test_typed_dict_made_by_a_call(read: Read) -> None:
    Made = typing.TypedDict("Made", {"from": str, "in": "int"})
    assert [(name, member.type) for name, member in read(Made).members.items()] == [
        ("from", Scalar(str)),
        ("in", Scalar(int)),
    ]


def test_dataclass(read: Read) -> None:
    @dataclass
    class Base:
        a: int
        b: str = "x"

    @dataclass
    class Made(Base):
        _: KW_ONLY
        c: list[int] = field(default_factory=list)
        d: float = field(init=False)
        e: ClassVar[int] = 1
        f: Final[int] = 2
        b: str = "y"

    class Subclass(Made):
        undecorated: object
        a: complex

    for cls in (Made, Subclass):
        members = read(cls).members
        assert list(members) == ["a", "b", "c", "d", "f"]
        assert members["a"].required
        assert members["b"].default == "y"
        assert members["c"].make_default() == []
        assert members["c"].default is MISSING
        assert members["c"].make_default() is not members["c"].make_default()
        assert members["d"].read_only
        assert not members["d"].required
        assert members["f"].type == Scalar(int)
        assert [member.required for member in members.values()].count(True) == 1
        assert members["a"].owner is Base


def test_dataclass_with_slots_and_made_by_a_call(read: Read) -> None:
    @dataclass(slots=True, frozen=True)
    class Slotted:
        a: int
        b: Slotted | None = None

    members = read(Slotted).members
    assert members["a"].type == Scalar(int)
    assert members["b"].type.nullable
    assert read(make_dataclass("Called", [("a", int)])).members["a"].type == Scalar(int)


@pytest.mark.parametrize("hint", ["InitVar[int]", "'InitVar[int]'", "'dataclasses.InitVar[int]'"])
def test_what_only_init_takes_is_refused(hint: str, read: Read, module: Make) -> None:
    made = module(
        "import dataclasses\nfrom dataclasses import InitVar\n"
        f"@dataclasses.dataclass\nclass Made:\n    a: {hint} = 1\n"
    )
    with pytest.raises(AnnotationError, match=r"Made\.a \(reached from owner\.value\).* InitVar"):
        read(made.Made)


def test_a_structure_that_contains_itself(module: Make) -> None:
    made = module(
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "from typing import TypedDict\n"
        "class Comment(TypedDict):\n"
        "    replies: list[Comment]\n"
        "    author: Author\n"
        "@dataclass\n"
        "class Author:\n"
        "    best: Comment | None\n"
        "class Holder(Serializer):\n"
        "    comment: Comment\n"
        "    author: Author\n"
    )
    comment = made.Holder.specs["comment"].type
    assert comment.members["replies"].type.item is comment
    author = comment.members["author"].type
    assert author == Structure(made.Author) == made.Holder.specs["author"].type
    assert author.members["best"].type == comment.but(nullable=True)
    assert author.members["best"].type.members is comment.members
    assert repr(comment) == f"Structure(type={made.Comment!r})"
    hash(comment)


def test_a_structure_is_waited_for(module: Make) -> None:
    made = module(
        "from typing import TypedDict\n"
        "class Address(TypedDict):\n    street: 'list[Street]'\n"
        "class Order(Serializer):\n    address: Address\n"
    )
    specs = made.Order.specs
    assert specs.pending == ("address",)
    with pytest.raises(AnnotationError) as caught:
        specs["address"]
    assert str(caught.value).startswith(
        "Address.street (reached from Order.address) is annotated `list[Street]`: the name Street"
    )
    vars(made)["Street"] = str
    assert specs["address"].type.members["street"].type == Collection(list, Scalar(str))


def test_a_member_that_cannot_be_mapped_says_how_it_was_reached(module: Make) -> None:
    with pytest.raises(AnnotationError) as caught:
        module(
            "from typing import TypedDict\n"
            "class Street(TypedDict):\n    number: complex\n"
            "class Address(TypedDict):\n    street: Street\n"
            "class Order(Serializer):\n    addresses: list[Address]\n"
        )
    assert str(caught.value).startswith(
        "Street.number (reached from Order.addresses) is annotated `complex`: no field is made for"
    )


def generic_typed_dict() -> Any:
    class Pair(typing_extensions.TypedDict, Generic[T, U]):
        first: T
        second: list[U]
        twin: Pair[U, T] | None

    return Pair


def generic_dataclass() -> Any:
    @dataclass
    class Pair(Generic[T, U]):
        first: T
        second: list[U]
        twin: Pair[U, T] | None

    return Pair


@pytest.mark.parametrize("make", [generic_typed_dict, generic_dataclass])
def test_generic(make: Any, read: Read) -> None:
    Pair = make()
    spec: TypeSpec = read(Pair[int, Literal["a"]], Pair=Pair)
    assert spec == Structure(Pair, (Scalar(int), Choice(("a",))))
    assert spec != read(Pair[int, str], Pair=Pair)
    assert isinstance(spec, Structure)
    assert spec.members["first"].type == Scalar(int)
    assert spec.members["second"].type == Collection(list, Choice(("a",)))
    twin = spec.members["twin"].type
    assert twin == Structure(Pair, (Choice(("a",)), Scalar(int)), nullable=True)
    assert isinstance(twin, Structure)
    assert twin.members["first"].type == Choice(("a",))
    again = twin.members["twin"].type
    assert isinstance(again, Structure)
    assert again.members is spec.members
    with pytest.raises(AnnotationError, match="nothing says what T is"):
        read(Pair, Pair=Pair)


def test_a_base_with_arguments(read: Read, module: Make) -> None:
    made = module(
        "from typing import Generic, TypeVar\n"
        "T = TypeVar('T')\n"
        "class Page(TypedDict, Generic[T]):\n    items: list[T]\n"
        "class Numbers(Page[int]):\n    total: int\n"
        "class Both(Page[T], Generic[T]):\n    other: T\n",
        TypedDict=typing_extensions.TypedDict,
    )
    items = Collection(list, Scalar(int))
    assert read(made.Numbers).members["items"].type == items
    both = read("dict[str, Both[str]]", Both=made.Both)
    assert both == Dictionary(Structure(made.Both, (Scalar(str),)))
    assert both.value.members["items"].type == Collection(list, Scalar(str))
    assert both.value.members["other"].type == Scalar(str)


def test_no_end_of_arguments(module: Make) -> None:
    with pytest.raises(AnnotationError, match="without end"):
        module(
            "from typing import Generic, TypeVar\n"
            "T = TypeVar('T')\n"
            "class Grow(TypedDict, Generic[T]):\n    next: 'Grow[list[T]]'\n"
            "class Made(Serializer):\n    grow: Grow[int]\n",
            TypedDict=typing_extensions.TypedDict,
        )


if sys.version_info >= (3, 12):

    def test_syntax_of_python_3_12(module: Make) -> None:
        made = module(
            "from __future__ import annotations\n"
            "from dataclasses import dataclass\n"
            "from typing import TypedDict\n"
            "class Page[T](TypedDict):\n    items: list[T]\n"
            "@dataclass\n"
            "class Box[T]:\n    page: Page[T]\n"
            "class Made(Serializer):\n    box: Box[int]\n"
        )
        page = made.Made.specs["box"].type.members["page"].type
        assert page.members["items"].type == Collection(list, Scalar(int))
