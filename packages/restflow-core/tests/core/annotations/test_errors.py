"""The error names class, attribute, annotation, problem and remedy; nothing else is raised."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from restflow.core.annotations import AnnotationError

Make = Callable[..., ModuleType]


def test_message_and_parts(Serializer: Any) -> None:
    with pytest.raises(AnnotationError) as caught:

        class User(Serializer):
            age: complex

    error = caught.value
    assert (error.owner, error.attribute, error.annotation) == ("User", "age", "complex")
    assert str(error) == (
        "User.age is annotated `complex`: no field is made for complex. Did you mean float or "
        "Decimal? What works: int, float, str, bool, bytes, Decimal, date, datetime, time, "
        "timedelta, UUID, Email, IPAddress, Url, Slug, JSON, UploadedFile, ImageFile, "
        "dict[str, T], list[T], set[T], tuple[T, ...], T | None, Literal[...], NotRequired[T], "
        "Annotated[T, ...], an Enum, a TypedDict, a dataclass; ClassVar[...] keeps an attribute "
        "out of the fields."
    )
    assert isinstance(error, TypeError)


def test_it_can_travel(Serializer: Any) -> None:
    with pytest.raises(AnnotationError) as caught:

        class User(Serializer):
            age: complex

    for error in (pickle.loads(pickle.dumps(caught.value)), copy.copy(caught.value)):
        assert str(error) == str(caught.value)


@pytest.mark.parametrize("head", ["", "from __future__ import annotations\n"])
def test_the_annotation_is_told_as_written(head: str, module: Make) -> None:
    source = (
        f"{head}from typing import Optional, List, Annotated\n"
        "class Odd: ...\n"
        "def make():\n"
        "    class User(Serializer):\n"
        "        a: {}\n"
    )
    for hint in ("Odd", "list[complex]", "Optional[complex]", "Annotated[complex, 1]"):
        made = module(source.format(hint))
        with pytest.raises(AnnotationError) as caught:
            made.make()
        assert caught.value.owner == "User"
        assert caught.value.annotation in (
            hint,
            hint.replace("Optional[complex]", "complex | None"),
        )


def test_an_inherited_annotation_names_the_class_it_stands_in(Serializer: Any) -> None:
    class Mixin:
        request: bytearray

    with pytest.raises(AnnotationError, match=r"^Mixin\.request .* Did you mean bytes\?"):

        class User(Mixin, Serializer):
            name: str
