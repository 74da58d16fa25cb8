"""Bounds: which apply to what, how two of a kind combine, and life without annotated-types."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any

import annotated_types as at
import pytest

from restflow.core.annotations import (
    JSON,
    MISSING,
    AnnotationError,
    AnnotationRegistry,
    AnnotationType,
    Constraints,
    Email,
    Scalar,
    TypeSpec,
    UploadedFile,
)

Read = Callable[..., TypeSpec]


@pytest.mark.parametrize(
    ("hint", "items", "expected"),
    [
        (int, [at.Gt(0), at.Ge(1), at.Lt(9), at.Le(8)], {"gt": 0, "ge": 1, "lt": 9, "le": 8}),
        (int, [at.Interval(ge=1, lt=5)], {"ge": 1, "lt": 5}),
        (int, [at.Gt(0.5)], {"gt": 0.5}),
        (float, [at.Ge(0), at.MultipleOf(0.5)], {"ge": 0, "multiple_of": 0.5}),
        (
            Decimal,
            [at.Gt(Decimal("0.1")), at.MultipleOf(Decimal("0.1"))],
            {"gt": Decimal("0.1"), "multiple_of": Decimal("0.1")},
        ),
        (date, [at.Ge(date(2020, 1, 1))], {"ge": date(2020, 1, 1)}),
        (
            datetime,
            [at.Lt(datetime(2030, 1, 1, tzinfo=UTC))],
            {"lt": datetime(2030, 1, 1, tzinfo=UTC)},
        ),
        (time, [at.Le(time(12))], {"le": time(12)}),
        (
            timedelta,
            [at.Gt(timedelta(0)), at.MultipleOf(timedelta(minutes=5))],
            {"gt": timedelta(0), "multiple_of": timedelta(minutes=5)},
        ),
        (str, [at.Len(2, 5)], {"min_length": 2, "max_length": 5}),
        (str, [at.Len(0, None)], {}),
        (Email, [at.MaxLen(50)], {"max_length": 50}),
        (bytes, [at.MinLen(1)], {"min_length": 1}),
        (list[int], [at.MinLen(1)], {"min_length": 1}),
        (dict[str, int], [at.MaxLen(9)], {"max_length": 9}),
        (datetime, [at.Timezone(None)], {"timezone": None}),
        (datetime, [at.Timezone(...)], {"timezone": ...}),
        (datetime, [at.Timezone("Africa/Abidjan")], {"timezone": "Africa/Abidjan"}),
        (JSON, [at.Predicate(bool)], {"predicates": (bool,)}),
        (
            float,
            [at.Predicate(math.isfinite), at.Predicate(abs)],
            {"predicates": (math.isfinite, abs)},
        ),
        # two of one kind: both must hold
        (int, [at.Gt(0), at.Gt(5), at.Gt(3)], {"gt": 5}),
        (int, [at.Le(0), at.Le(5), at.Le(-3)], {"le": -3}),
        (int, [at.MultipleOf(4), at.MultipleOf(6)], {"multiple_of": 12}),
        (
            str,
            [at.MinLen(1), at.MinLen(3), at.MaxLen(9), at.MaxLen(4)],
            {"min_length": 3, "max_length": 4},
        ),
        (datetime, [at.Timezone(UTC), at.Timezone(UTC)], {"timezone": UTC}),
    ],
)
def test_constraint(hint: Any, items: list[Any], expected: dict[str, Any], read: Read) -> None:
    constraints = read(Annotated[(hint, *items)]).constraints
    assert constraints == Constraints(**expected)
    assert dict(constraints) == expected
    assert bool(constraints) is bool(expected)


def test_constraints_add_up_through_aliases_and_unions(read: Read) -> None:
    Small = Annotated[int, at.Lt(100)]
    assert read(Annotated[Small | None, at.Gt(0), at.Lt(50)]) == Scalar(
        int, nullable=True, constraints=Constraints(gt=0, lt=50)
    )


@pytest.mark.parametrize(
    ("hint", "item", "reason"),
    [
        (bool, at.Gt(0), "not numbers or dates"),
        (str, at.Gt("a"), "not numbers or dates"),
        (list[int], at.Gt(0), "not numbers or dates"),
        (date, at.MultipleOf(2), "not numbers"),
        (int, at.Gt("0"), "compare it with int or float or Decimal"),
        (int, at.Gt(True), "compare it with int or float or Decimal"),
        (int, at.MultipleOf(0.5), "compare it with int"),
        (Decimal, at.MultipleOf(0.5), "compare it with int or Decimal"),
        (date, at.Gt(0), "compare it with date"),
        (date, at.Gt(datetime(2020, 1, 1, tzinfo=UTC)), "compare it with date"),
        (datetime, at.Gt(date(2020, 1, 1)), "compare it with datetime"),
        (int, at.MultipleOf(0), "a step is greater than zero"),
        (timedelta, at.MultipleOf(timedelta(-1)), "a step is greater than zero"),
        (int, at.MaxLen(3), "its values have no length"),
        (UploadedFile, at.MaxLen(3), "its values have no length"),
        (tuple[int, int], at.MaxLen(3), "its values have no length"),
        (str, at.MaxLen(-1), "a length is an integer from 0 up"),
        (str, at.MinLen(1.5), "a length is an integer from 0 up"),
        (date, at.Timezone(None), "only a datetime has a time zone"),
        (int, at.Predicate("x"), "a predicate is called with the value"),
    ],
)
def test_refused_constraint(hint: Any, item: Any, reason: str, read: Read) -> None:
    with pytest.raises(AnnotationError, match=reason) as caught:
        read(Annotated[hint, item])
    assert repr(item) in str(caught.value)
    assert "annotated_types.Predicate(function)" in caught.value.remedy


@pytest.mark.parametrize(
    ("hint", "first", "second"),
    [
        (datetime, at.Timezone(UTC), at.Timezone(None)),
        (float, at.MultipleOf(0.5), at.MultipleOf(0.75)),
        (
            datetime,
            at.Gt(datetime(2020, 1, 1, tzinfo=UTC)),
            at.Gt(datetime(2020, 1, 1)),
        ),
    ],
)
def test_two_that_cannot_both_hold(hint: Any, first: Any, second: Any, read: Read) -> None:
    with pytest.raises(AnnotationError, match="cannot constrain it"):
        read(Annotated[hint, first, second])


def test_a_group_of_the_users_own_is_taken_apart(read: Read) -> None:
    class Percent(at.GroupedMetadata):
        def __iter__(self) -> Iterator[object]:
            yield at.Interval(ge=0, le=100)
            yield "of what?"

    spec = read(Annotated[int, Percent()])
    assert spec == Scalar(int, constraints=Constraints(ge=0, le=100), metadata=("of what?",))


def test_a_registered_type_takes_any_bound(read: Read, registry: AnnotationRegistry) -> None:
    class Money: ...

    registry.register(Money, AnnotationType())
    assert read(Annotated[Money, at.Gt("1 EUR")]).constraints == Constraints(gt="1 EUR")


def test_missing_says_what_it_is() -> None:
    assert repr(MISSING) == "MISSING"
    assert repr(Constraints(gt=1, predicates=(bool,))) == (
        "Constraints(gt=1, predicates=(<class 'bool'>,))"
    )


def test_hashable_whatever_the_predicate() -> None:
    hash(Scalar(int, constraints=Constraints(predicates=([].append,)), metadata=([],)))


def test_works_where_annotated_types_is_not_installed() -> None:
    source = (
        "import sys\n"
        "sys.modules['annotated_types'] = None\n"
        "from typing import Annotated\n"
        "from restflow.core.annotations import AnnotationEngine, Info\n"
        "def f(): ...\n"
        "hint = Annotated[list[int], Info('T'), 'rest']\n"
        "spec = AnnotationEngine().field(hint, owner=f, attribute='a').type\n"
        "assert (spec.title, spec.metadata) == ('T', ('rest',)), spec\n"
        "assert not spec.constraints\n"
    ).replace("\n", "\n")
    subprocess.run([sys.executable, "-c", source], check=True)
