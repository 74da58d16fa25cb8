"""Every form of annotation, in every way of writing it down."""

from __future__ import annotations

import re
import sys
import typing
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import ModuleType
from typing import Literal, NewType, TypedDict
from uuid import UUID

import annotated_types as at
import pytest
import typing_extensions

import restflow.core.annotations as public
from restflow.core.annotations import (
    JSON,
    MISSING,
    AnnotationError,
    Choice,
    Collection,
    Constraints,
    Dictionary,
    Email,
    FixedTuple,
    ImageFile,
    IPAddress,
    Nested,
    Scalar,
    Slug,
    Structure,
    TypeSpec,
    UploadedFile,
    Url,
)


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Address(TypedDict):
    street: str


@dataclass
class Point:
    x: float


class Inner:
    nests = True


class Unheard: ...


class Model:
    _meta = "of a Django model"


UserId = NewType("UserId", int)
StaffId = NewType("StaffId", UserId)
Tags = typing_extensions.TypeAliasType("Tags", list[str])

FORMS: dict[str, TypeSpec] = {
    "int": Scalar(int),
    "float": Scalar(float),
    "str": Scalar(str),
    "bool": Scalar(bool),
    "bytes": Scalar(bytes),
    "Decimal": Scalar(Decimal),
    "date": Scalar(date),
    "datetime": Scalar(datetime),
    "time": Scalar(time),
    "timedelta": Scalar(timedelta),
    "UUID": Scalar(UUID),
    "Email": Scalar(Email),
    "IPAddress": Scalar(IPAddress),
    "Url": Scalar(Url),
    "Slug": Scalar(Slug),
    "JSON": Scalar(JSON),
    "UploadedFile": Scalar(UploadedFile),
    "ImageFile": Scalar(ImageFile),
    # containers
    "dict": Dictionary(),
    "dict[str, int]": Dictionary(Scalar(int)),
    "dict[str, Any]": Dictionary(),
    "dict[str, list[int]]": Dictionary(Collection(list, Scalar(int))),
    "list": Collection(list),
    "list[int]": Collection(list, Scalar(int)),
    "list[Any]": Collection(list),
    "list[JSON]": Collection(list, Scalar(JSON)),
    "list[int | None]": Collection(list, Scalar(int, nullable=True)),
    "list[Color]": Collection(list, Choice(("red", "blue"), Color)),
    "set[str]": Collection(set, Scalar(str)),
    "set[tuple[int, ...]]": Collection(set, Collection(tuple, Scalar(int))),
    "set[tuple[int, str]]": Collection(set, FixedTuple((Scalar(int), Scalar(str)))),
    "tuple": Collection(tuple),
    "tuple[int, ...]": Collection(tuple, Scalar(int)),
    "tuple[int, str]": FixedTuple((Scalar(int), Scalar(str))),
    "tuple[float]": FixedTuple((Scalar(float),)),
    "typing.List": Collection(list),
    "typing.List[int]": Collection(list, Scalar(int)),
    "typing.Dict": Dictionary(),
    "typing.Dict[str, int]": Dictionary(Scalar(int)),
    "typing.Tuple[int, ...]": Collection(tuple, Scalar(int)),
    # None
    "int | None": Scalar(int, nullable=True),
    "None | int": Scalar(int, nullable=True),
    "Optional[int]": Scalar(int, nullable=True),
    "Union[int, None]": Scalar(int, nullable=True),
    "Union[None, list[str]]": Collection(list, Scalar(str), nullable=True),
    "Email | None": Scalar(Email, nullable=True),
    "JSON | None": Scalar(JSON, nullable=True),
    "ImageFile | None": Scalar(ImageFile, nullable=True),
    # choices
    "Literal['a', 'b']": Choice(("a", "b")),
    "Literal[1, True]": Choice((1, True)),
    "Literal[1] | Literal[True]": Choice((1, True)),
    "Literal['a', None]": Choice(("a",), nullable=True),
    "Literal['a'] | None": Choice(("a",), nullable=True),
    "Literal['a'] | Literal['b', 'a', None]": Choice(("a", "b"), nullable=True),
    "Literal[Literal['a'], 'b']": Choice(("a", "b")),
    "Literal[Color.RED]": Choice(("red",), Color),
    "Color": Choice(("red", "blue"), Color),
    "Color | None": Choice(("red", "blue"), Color, nullable=True),
    # classes
    "Inner": Nested(Inner),
    "list[Inner]": Collection(list, Nested(Inner)),
    "Inner | None": Nested(Inner, nullable=True),
    "Address": Structure(Address),
    "list[Address] | None": Collection(list, Structure(Address), nullable=True),
    "Point": Structure(Point),
    # names for types
    "UserId": Scalar(int),
    "StaffId": Scalar(int),
    "Tags": Collection(list, Scalar(str)),
    "dict[str, Tags]": Dictionary(Collection(list, Scalar(str))),
    "Tags | None": Collection(list, Scalar(str), nullable=True),
    # Annotated
    "Annotated[int, at.Gt(0)]": Scalar(int, constraints=Constraints(gt=0)),
    "Annotated[int, at.Gt(0)] | None": Scalar(int, nullable=True, constraints=Constraints(gt=0)),
    "Annotated[int | None, at.Gt(0)]": Scalar(int, nullable=True, constraints=Constraints(gt=0)),
    "Annotated[UserId, at.Ge(1)]": Scalar(int, constraints=Constraints(ge=1)),
    "Annotated[list[Annotated[str, at.MaxLen(5)]], at.Len(1, 3)]": Collection(
        list,
        Scalar(str, constraints=Constraints(max_length=5)),
        constraints=Constraints(min_length=1, max_length=3),
    ),
    "Annotated[Tags, at.MaxLen(3)]": Collection(
        list, Scalar(str), constraints=Constraints(max_length=3)
    ),
    "Annotated[datetime, at.Timezone(UTC)]": Scalar(
        datetime, constraints=Constraints(timezone=UTC)
    ),
    "at.LowerCase[str]": Scalar(str, constraints=Constraints(predicates=(str.islower,))),
    "Annotated[str, Info('T', 'D')]": Scalar(str, title="T", description="D"),
    "Annotated[str, Info(title='T'), Info(description='D')]": Scalar(
        str, title="T", description="D"
    ),
    "Annotated[str, typing_extensions.Doc('D')]": Scalar(str, description="D"),
    "list[Annotated[int, ['cannot be hashed']]]": Collection(
        list, Scalar(int, metadata=(["cannot be hashed"],))
    ),
    "Annotated[int, 'kept', at.Gt(0), b'too']": Scalar(
        int, constraints=Constraints(gt=0), metadata=("kept", b"too")
    ),
}
NAMES = {
    **{name: getattr(public, name) for name in public.__all__},
    **{name: getattr(typing, name) for name in ("Annotated", "Any", "ClassVar", "Literal")},
    **{name: getattr(typing, name) for name in ("Optional", "Self", "Union")},
    **{kind.__name__: kind for kind in (Decimal, UUID, date, datetime, time, timedelta)},
    **{kind.__name__: kind for kind in (Address, Color, Inner, Model, Point, Unheard)},
    **{"UserId": UserId, "StaffId": StaffId, "Tags": Tags, "UTC": UTC, "at": at},
    **{"typing": typing, "typing_extensions": typing_extensions},
}


WAYS = {
    "plain": "class Made(Serializer):\n    value: {hint}\n",
    "future": "from __future__ import annotations\nclass Made(Serializer):\n    value: {hint}\n",
    "quoted": "class Made(Serializer):\n    value: {hint!r}\n",
    "quoted twice": (
        "from __future__ import annotations\nclass Made(Serializer):\n    value: {hint!r}\n"
    ),
    "not required": "class Made(Serializer):\n    value: NotRequired[{hint}]\n",
    "not required, quoted inside": (
        "from __future__ import annotations\n"
        "class Made(Serializer):\n    value: NotRequired[{hint!r}]\n"
    ),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("way", WAYS)
def test_form(way: str, form: str, module: Callable[..., ModuleType]) -> None:
    field = module(WAYS[way].format(hint=form), **NAMES).Made.specs["value"]
    assert field.type == FORMS[form]
    assert (field.name, field.default) == ("value", MISSING)
    assert field.required is not way.startswith("not required")


def test_a_hint_is_read_as_an_object_as_from_text(read: Callable[..., TypeSpec]) -> None:
    for form, spec in FORMS.items():
        assert read(eval(form, NAMES)) == spec


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ("complex", "no field is made for complex. Did you mean float or Decimal?"),
        ("Any", "no field is made for Any. Did you mean JSON?"),
        ("object", "Did you mean JSON?"),
        ("frozenset[int]", "Did you mean set[T]?"),
        ("typing.Sequence[int]", "Did you mean list[T]?"),
        ("typing.Mapping[str, int]", "Did you mean dict[str, T]?"),
        ("Unheard", "register_annotation() teaches restflow Unheard; ClassVar[...] keeps"),
        ("Model", "Did you mean a serializer of Model, or the type of its primary key?"),
        ("typing.Callable[[int], str]", "What works: int, float, str, bool, bytes, Decimal"),
        ("3", "no field is made for 3"),
        ("Self", "Self stands for a class that is not known here. Name the class in quotes"),
        ("list[Self]", 'Name the class in quotes: "Made".'),
        ("None", "a value that is only ever None"),
        ("NotRequired[None]", "a value that is only ever None"),
        ("Literal[None]", "a Literal lists texts, numbers and booleans"),
        ("set", "a set needs to know its items. Write set[T]"),
        ("set[Any]", "Any cannot be in a set. Use list[Any]."),
        ("set[dict[str, int]]", "dict[str, int] cannot be in a set"),
        ("set[list[int]]", "list[int] cannot be in a set"),
        ("set[tuple[int, list[int]]]", "cannot be in a set"),
        ("set[tuple[list[int], ...]]", "cannot be in a set"),
        ("set[tuple]", "cannot be in a set"),
        ("set[JSON]", "JSON cannot be in a set"),
        ("set[Inner]", "Inner cannot be in a set"),
        ("set[Address]", "Address cannot be in a set"),
        ("set[Point]", "Point cannot be in a set"),
        ("dict[int, str]", "the keys of JSON objects are texts, not int. Use dict[str, str]."),
        ("dict[Slug, str]", "the keys of JSON objects are texts, not Slug"),
        ("tuple[()]", "no field is made for tuple[()]"),
        ("tuple[int, *tuple[str, ...]]", "no field is made for"),
        ("int | str", "one field cannot read int and str"),
        ("int | str | None", "one field cannot read int and str and None"),
        ("Color | Literal['x']", "it mixes choices of different kinds"),
        ("Inner | int", "one field cannot read Inner and int"),
        ("list[NotRequired[int]]", "NotRequired[int] stands inside another type"),
        ("list[ClassVar[int]]", "stands inside another type. Put it around the whole"),
        ("Optional[NotRequired[int]]", "stands inside another type"),
        ("Annotated[int, Discriminator('kind')]", "does not stand on a union of classes"),
        ("Annotated[Inner | None, Discriminator('kind')]", "does not stand on a union of classes"),
    ],
)
@pytest.mark.parametrize("way", ["plain", "future", "quoted"])
def test_refused_form(way: str, form: str, problem: str, module: Callable[..., ModuleType]) -> None:
    with pytest.raises(AnnotationError, match=re.escape(problem)) as caught:
        module(WAYS[way].format(hint=form), **NAMES)
    assert str(caught.value).startswith("Made.value is annotated `")
    assert (caught.value.owner, caught.value.attribute) == ("Made", "value")


def test_a_set_takes_what_can_be_hashed(read: Callable[..., TypeSpec]) -> None:
    @dataclass(frozen=True)
    class Frozen:
        x: int

    assert read(set[Frozen]) == Collection(set, Structure(Frozen))
    assert read("set[UUID | None]", UUID=UUID) == Collection(set, Scalar(UUID, nullable=True))


def test_alias_from_another_module_reads_its_strings_there(
    module: Callable[..., ModuleType],
) -> None:
    module(
        "class Row:\n    nests = True\nRows = TypeAliasType('Rows', list['Row'])\n",
        "home",
        TypeAliasType=typing_extensions.TypeAliasType,
    )
    made = module("import home\nclass Made(Serializer):\n    rows: home.Rows\n")
    assert made.Made.specs["rows"].type == Collection(list, Nested(sys.modules["home"].Row))


def test_an_alias_without_end_is_refused(module: Callable[..., ModuleType]) -> None:
    with pytest.raises(AnnotationError, match=r"it is defined by itself, without end\. Use a Type"):
        module(
            "Tree = TypeAliasType('Tree', 'dict[str, Tree]')\n"
            "class Made(Serializer):\n    tree: Tree\n",
            TypeAliasType=typing_extensions.TypeAliasType,
        )


def test_a_generic_alias_within_itself_has_an_end(read: Callable[..., TypeSpec]) -> None:
    T = typing.TypeVar("T")
    Page = typing_extensions.TypeAliasType("Page", dict[str, T], type_params=(T,))
    expected = Dictionary(Dictionary(Scalar(int)))
    assert read("Page[Page[int]]", Page=Page) == expected


if sys.version_info >= (3, 12):

    def test_type_statements(module: Callable[..., ModuleType]) -> None:
        made = module(
            "type Names = list[str] | None\n"
            "type Page[T] = dict[str, list[T]]\n"
            "type Rows[T, U] = tuple[T, Page[U]]\n"
            "type Mode = Literal['a', 'b']\n"
            "type Late = list[Later]\n"
            "class Made(Serializer):\n"
            "    names: Names\n"
            "    rows: Rows[int, Mode | None]\n"
            "    twice: Page[Page[int]]\n"
            "    mode: Mode | Literal['c']\n"
            "    late: Late\n",
            Literal=Literal,
        )
        specs = made.Made.specs
        mode = Choice(("a", "b"), nullable=True)
        page = Dictionary(Collection(list, Scalar(int)))
        assert specs["names"].type == Collection(list, Scalar(str), nullable=True)
        assert specs["rows"].type == FixedTuple((Scalar(int), Dictionary(Collection(list, mode))))
        assert specs["twice"].type == Dictionary(Collection(list, page))
        assert specs["mode"].type == Choice(("a", "b", "c"))
        assert specs.pending == ("late",)
        with pytest.raises(AnnotationError, match="the name Later is not defined"):
            specs["late"]
        vars(made)["Later"] = int
        assert specs["late"].type == Collection(list, Scalar(int))
