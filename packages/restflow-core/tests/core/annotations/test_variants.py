"""Unions of classes: which member tells them apart, and what is said if none does."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal, TypedDict

import pytest
import typing_extensions

from restflow.core.annotations import (
    AnnotationError,
    Collection,
    Dictionary,
    Discriminator,
    Nested,
    NotRequired,
    Structure,
    TypeSpec,
    Variants,
)

Read = Callable[..., Any]


class Kind(Enum):
    FISH = "fish"


class Cat(TypedDict):
    kind: Literal["cat", "lion"]
    size: Literal["s"]


class Dog(TypedDict):
    kind: NotRequired[Annotated[Literal["dog"], "words"]]
    size: Literal["s", "l"]


@dataclass
class Fish:
    size: int
    kind: Literal[Kind.FISH] = Kind.FISH


class Rock(TypedDict):
    weight: int


CATS = (("cat", Structure(Cat)), ("lion", Structure(Cat)))
PETS = Variants("kind", (*CATS, ("dog", Structure(Dog)), ("fish", Structure(Fish))))


FORMS: dict[str, TypeSpec] = {
    "Cat | Dog | Fish": PETS,
    "Union[Cat, Dog, Fish]": PETS,
    "Cat | None | Dog | Fish": PETS.but(nullable=True),
    "Optional[Cat | Dog | Fish]": PETS.but(nullable=True),
    "list[Cat | Dog | Fish]": Collection(list, PETS),
    "dict[str, Cat | Dog | Fish]": Dictionary(PETS),
    "Annotated[Cat | Dog | Fish, Discriminator('kind')]": PETS,
    "Annotated[Cat | Dog | Fish | None, Discriminator('kind')]": PETS.but(nullable=True),
    "Annotated[Cat | Rock, Discriminator('sort', {'c': Cat, 1: Rock, 2: Rock})]": Variants(
        "sort", (("c", Structure(Cat)), (1, Structure(Rock)), (2, Structure(Rock)))
    ),
}
NAMES = {kind.__name__: kind for kind in (Cat, Dog, Fish, Rock, Discriminator)}
NAMES |= {name: getattr(typing, name) for name in ("Annotated", "Optional", "Union")}


@pytest.mark.parametrize("form", FORMS)
def test_union(form: str, read: Read) -> None:
    assert read(form, **NAMES) == FORMS[form]
    assert read(eval(form, NAMES)) == FORMS[form]


def test_union_behind_aliases(read: Read) -> None:
    Small = typing_extensions.TypeAliasType("Small", Cat | Dog)
    Pets = typing_extensions.TypeAliasType("Pets", Annotated[Small | Fish, "words"])
    assert read(Pets).but(metadata=()) == PETS
    assert read(Small | Fish) == PETS
    assert read(Annotated[Small | Fish, Discriminator("kind")]) == PETS
    assert read(Annotated[Small, Discriminator("kind")]) == Variants(
        "kind", (*CATS, ("dog", Structure(Dog)))
    )


def test_nested_classes_by_their_own_annotations(Serializer: Any, read: Read) -> None:
    class Pet(Serializer):
        kind: str
        name: str
        noise: ClassVar[Literal["none"]] = "none"
        later: ClassVar[Undefined]  # noqa: F821

    class Bird(Pet):
        kind: Literal["bird"]
        noise: ClassVar[Literal["chirp"]] = "chirp"

    class Bug(Pet):
        kind: "Literal['bug']"  # noqa: UP037

    class Owner(Serializer):
        pet: Bird | Bug | None

    assert Owner.specs["pet"].type == Variants(
        "kind", (("bird", Nested(Bird)), ("bug", Nested(Bug))), nullable=True
    )


def test_a_tree_of_itself(Serializer: Any) -> None:
    class Leaf(Serializer):
        kind: Literal["leaf"]

    class Branch(Serializer):
        kind: Literal["branch"]
        left: Branch | Leaf
        right: Annotated[Branch | Leaf, Discriminator("kind")]

    expected = Variants("kind", (("branch", Nested(Branch)), ("leaf", Nested(Leaf))))
    assert Branch.specs["left"].type == Branch.specs["right"].type == expected


def test_a_later_class_is_waited_for(Serializer: Any) -> None:
    class Branch(Serializer):
        kind: Literal["branch"]
        next: Branch | Twig

    assert Branch.specs.pending == ("next",)

    class Twig(Serializer):
        kind: Literal["twig"]

    assert Branch.specs["next"].type.cases[1] == ("twig", Nested(Twig))


@pytest.mark.parametrize(
    ("hint", "problem"),
    [
        (Cat | Rock, "no member tells the classes apart by a Literal of its own in each"),
        (
            Annotated[Cat | Rock, Discriminator("kind")],
            "'kind' does not tell the classes apart: Rock has no Literal there",
        ),
        (
            Annotated[Cat | Fish, Discriminator("size")],
            "'size' does not tell the classes apart: Fish has no Literal there",
        ),
        (
            Annotated[Cat | Dog, Discriminator("size")],
            "'size' does not tell the classes apart: Cat and Dog both have 's'",
        ),
        (
            Annotated[Cat | Dog, Discriminator("kind", {"cat": Cat})],
            "the mapping of Discriminator('kind') has other classes than the union",
        ),
        (
            Annotated[Cat | Dog, Discriminator("kind", {"cat": Cat, "dog": Dog, "f": Fish})],
            "the mapping of Discriminator('kind') has other classes than the union",
        ),
    ],
)
def test_refused_union(hint: Any, problem: str, read: Read) -> None:
    with pytest.raises(AnnotationError) as caught:
        read(hint)
    assert problem in str(caught.value)
    assert "Discriminator(" in caught.value.remedy or "Map at least" in caught.value.remedy


def test_two_members_that_tell_the_classes_apart(read: Read) -> None:
    class Up(TypedDict):
        a: Literal[1]
        b: Literal["up"]

    class Down(TypedDict):
        a: Literal[2]
        b: Literal["down"]

    with pytest.raises(AnnotationError, match="a and b each tell the classes apart"):
        read(Up | Down)
    assert read(Annotated[Up | Down, Discriminator("a")]).discriminator == "a"


def test_one_class_twice(read: Read) -> None:
    T = typing_extensions.TypeVar("T")

    @dataclass
    class Box(typing_extensions.Generic[T]):
        kind: Literal["box"]
        item: T

    with pytest.raises(AnnotationError, match="a class is in the union twice"):
        read(Box[int] | Box[str])
