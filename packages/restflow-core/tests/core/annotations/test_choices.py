"""Literals and enums beyond the plain forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest
from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from restflow.core.annotations import AnnotationError, Choice

Read = Callable[..., Any]


class Level(IntEnum):
    LOW = 1
    HIGH = 2
    TOP = 2  # an alias of HIGH


class Mode(StrEnum):
    FAST = "fast"


class Status(models.TextChoices):
    OPEN = "o", gettext_lazy("Open for all")
    CLOSED = "c"


class Day(date, models.Choices):
    FIRST = 2026, 1, 1, "The first"


class Mixed(Enum):
    A = Decimal("1.5")
    B = UUID(int=1)
    C = True


@pytest.mark.parametrize(
    ("hint", "values"),
    [
        (Level, (1, 2)),
        (Mode, ("fast",)),
        (Status, ("o", "c")),
        (Day, (date(2026, 1, 1),)),
        (Mixed, (Decimal("1.5"), UUID(int=1), True)),
    ],
)
def test_enum(hint: Any, values: tuple[Any, ...], read: Read) -> None:
    assert read(hint) == Choice(values, hint)


def test_labels(read: Read) -> None:
    assert read(Status).labels == ("Open for all", "Closed")
    assert isinstance(read(Status).labels[0], Promise)
    assert read(Level).labels == ("1", "2")
    assert read(Literal["a", 2, True]).labels == ("a", "2", "True")
    assert read(Literal[Status.CLOSED]).labels == ("Closed",)


def test_members_in_a_literal(read: Read) -> None:
    assert read(Literal[Level.HIGH, None]) == Choice((2,), Level, nullable=True)
    assert read(Literal[Level.HIGH] | Literal[Level.LOW]) == Choice((2, 1), Level)
    assert read(Level | Literal[Level.LOW] | None) == Choice((1, 2), Level, nullable=True)


class Planet(Enum):
    EARTH = (5.9, 6.3)


class Nothing(Enum):
    pass


class Bits(Flag):
    A = 1


@pytest.mark.parametrize(
    ("hint", "problem"),
    [
        (Planet, "(5.9, 6.3) is no choice a client can send"),
        (Nothing, "Nothing has no members to choose from one by one"),
        (Bits, "Bits has no members to choose from one by one"),
        (Literal[b"a"], "b'a' is no choice a client can send"),
        (Literal[Planet.EARTH], "(5.9, 6.3) is no choice a client can send"),
        (Literal["x", Level.LOW], "a Literal lists texts, numbers and booleans"),
        (Literal[Level.LOW, Mode.FAST], "members of one Enum"),
        (Literal["x"] | Level, "it mixes choices of different kinds"),
        (Mode | Level, "it mixes choices of different kinds"),
    ],
)
def test_refused(hint: Any, problem: str, read: Read) -> None:
    with pytest.raises(AnnotationError) as caught:
        read(hint)
    assert problem in str(caught.value)
