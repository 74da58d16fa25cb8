"""Specs as values: equal, hashable, immutable, shared by copies, readable."""

from __future__ import annotations

import copy
from dataclasses import FrozenInstanceError
from types import MappingProxyType
from typing import Any, TypedDict

import pytest

from restflow.core.annotations import (
    Choice,
    Collection,
    Constraints,
    FieldSpec,
    Nested,
    Scalar,
    Structure,
)


def test_equal_by_meaning() -> None:
    assert Scalar(int) == Scalar(int) != Scalar(str)
    assert Scalar(int) != Scalar(int, nullable=True)
    assert Scalar(int) != Scalar(int, metadata=("x",))
    assert Scalar(int) != Nested(int)
    assert hash(Collection(list, Scalar(int))) == hash(Collection(list, Scalar(int)))


def test_immutable() -> None:
    spec = Scalar(int)
    with pytest.raises(FrozenInstanceError):
        spec.nullable = True
    assert spec.but(nullable=True) == Scalar(int, nullable=True)
    assert not spec.nullable


def test_members_cannot_be_changed(read: Any) -> None:
    class Address(TypedDict):
        street: str

    members = read(Address).members
    assert isinstance(members, MappingProxyType)


def test_a_deep_copy_is_the_spec_itself(read: Any) -> None:
    class Address(TypedDict):
        street: str

    spec = read(list[Address])
    assert copy.deepcopy({"spec": spec})["spec"] is spec


def test_repr_tells_what_is_special() -> None:
    spec = Collection(list, Scalar(int, nullable=True, constraints=Constraints(gt=0)))
    assert repr(spec) == (
        "Collection(type=<class 'list'>, item=Scalar(nullable=True, "
        "constraints=Constraints(gt=0), type=<class 'int'>))"
    )
    field = FieldSpec("a", Scalar(int), required=False, default=3)
    assert repr(field) == (
        "FieldSpec(name='a', type=Scalar(type=<class 'int'>), required=False, default=3)"
    )
    assert repr(Structure(dict)) == "Structure(type=<class 'dict'>)"


def test_fields_are_equal_wherever_they_stand() -> None:
    here = FieldSpec("a", Scalar(int), owner=int, annotation="int")
    there = FieldSpec("a", Scalar(int), owner=str, annotation=int)
    assert here == there
    assert here != FieldSpec("a", Scalar(int), required=False)


def test_whether_there_is_a_default() -> None:
    assert not FieldSpec("a", Scalar(int)).has_default
    assert FieldSpec("a", Scalar(int), default=None).has_default
    assert FieldSpec("a", Scalar(int), default_factory=list).has_default


def test_a_default_that_cannot_be_hashed() -> None:
    hash(FieldSpec("a", Scalar(int), default=[]))
    hash(Choice(("a",), metadata=([],)))
