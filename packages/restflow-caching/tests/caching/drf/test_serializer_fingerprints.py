"""Fingerprints of serializers change with the shape, and with nothing else."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from restflow.caching import DrfSerializerKeyField, InlineKeyConstructor
from restflow.caching.keys import KeyBuilder
from restflow.caching.keys.fingerprints import serializer_fingerprint

Whole, Text = serializers.IntegerField, serializers.CharField


def sketch(**fields: Any) -> Any:
    return type("Sketch", (serializers.Serializer,), fields)


def shape(**fields: Any) -> str:
    return serializer_fingerprint(sketch(**fields))


def test_shapes() -> None:
    same = shape(a=Whole(), b=Text())
    assert same == shape(b=Text(), a=Whole())
    assert same == shape(a=Whole(help_text="x"), b=Text())
    changed = {
        same,
        shape(a=Whole()),
        shape(a=Text(), b=Text()),
        shape(a=Whole(source="c"), b=Text()),
        shape(a=Whole(), b=Text(read_only=True)),
        shape(a=Whole(), b=sketch(x=Whole())()),
        shape(a=Whole(), b=sketch(x=Text())()),
        shape(a=Whole(), b=sketch(x=Text())(many=True)),
        shape(a=Whole(), b=serializers.ListField(child=Whole())),
        shape(a=Whole(), b=serializers.ListField(child=Text())),
        shape(a=Whole(), b=serializers.ChoiceField(["x"])),
        shape(a=Whole(), b=serializers.ChoiceField(["x", "y"])),
    }
    assert len(changed) == 12


def test_computed_once_not_per_call() -> None:
    made: list[int] = []

    class Counted(serializers.Serializer[Any]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            made.append(1)
            super().__init__(*args, **kwargs)

    def func(a: int) -> None: ...

    builder = KeyBuilder(func, InlineKeyConstructor({"s": DrfSerializerKeyField(Counted)}))
    builder.build(1)
    count = len(made)
    for number in range(10):
        builder.build(number)
    assert len(made) == count
