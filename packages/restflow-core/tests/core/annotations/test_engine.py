"""The engine's own promises: one annotation alone, no DRF, engines that differ."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from restflow.core.annotations import (
    AnnotationEngine,
    AnnotationError,
    Nested,
    NotRequired,
    Scalar,
)


def owner(a: int) -> None: ...


def test_one_annotation() -> None:
    field = AnnotationEngine().field("NotRequired[int | None]", owner=owner, attribute="mode")
    assert field.type == Scalar(int, nullable=True)
    assert (field.name, field.required, field.owner) == ("mode", False, owner)
    assert field.annotation == "NotRequired[int | None]"


def test_one_annotation_with_a_default() -> None:
    field = AnnotationEngine().field(list[int], owner=owner, attribute="a", default=[1])
    assert field.make_default() == [1]
    assert not field.required


def test_one_annotation_with_a_name_that_is_not_defined() -> None:
    with pytest.raises(AnnotationError, match=r"owner\.a is annotated `Nowhere`: the name Nowhere"):
        AnnotationEngine().field("Nowhere", owner=owner, attribute="a")


def test_none_alone() -> None:
    with pytest.raises(AnnotationError, match=r"owner\.b is annotated `None`"):
        AnnotationEngine().field(None, owner=owner, attribute="b")


def test_nothing_nests_unless_told() -> None:
    class Inner: ...

    def declared(engine: AnnotationEngine) -> Any:
        class Made:
            inner: Inner

        return engine.declare(Made)["inner"].type

    assert declared(AnnotationEngine(lambda cls: cls is Inner)) == Nested(Inner)
    with pytest.raises(AnnotationError, match=r"Made\.inner"):
        declared(AnnotationEngine())


def test_nesting_wins_over_what_a_class_is_besides() -> None:
    assert AnnotationEngine(lambda cls: cls is int).field(
        int, owner=owner, attribute="a"
    ).type == Nested(int)
    assert AnnotationEngine().field(NotRequired[int], owner=owner, attribute="a").type == Scalar(
        int
    )


@pytest.mark.parametrize("library", ["rest_framework", "annotated_types", "django.db.models"])
def test_imports_neither_drf_nor_models(library: str) -> None:
    source = f"import restflow.core.annotations, sys; sys.exit({library!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", source], check=True)
