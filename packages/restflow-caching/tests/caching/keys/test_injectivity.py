"""Unequal meaning, unequal key; and the same key in every process."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.caching import ArgsKeyField, ConstantKeyField, KeyConstructor
from restflow.caching.keys import KeyBuilder
from restflow_testing.counts import cases
from restflow_testing.models import Category, Product, Tag


class Everything(KeyConstructor):
    first = ArgsKeyField("first", partition=True)
    mark = ConstantKeyField("mark", "m", partition=True)
    second = ArgsKeyField("second")
    rest = ArgsKeyField("rest", hash=True)

    class Meta:
        namespace = "every"


def subject(first: Any, second: Any, rest: Any = None) -> None: ...


builder = KeyBuilder(subject, Everything, limit=200)
build = builder.build

HOSTILE = [
    ":", "::", "a::b", "*", "?", "[a]", "\\", "%", "%3A", "'", "'1", "!None", "None", "True", "1",
    "-1", "01", "", " ", "\n", "\0", "é", "e\u0301", "\U0001f600", "\ud800", "1,2", "(1)", "{a=1}",
    "=", "&", "#", "@", "x" * 10_240, "x" * 10_241, "ä" * 10_240,
]  # fmt: skip
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=6),
    st.text(alphabet=":*?[]'!%,=&#@1a", max_size=8),
)
models = st.builds(
    lambda kind, pk: kind(pk=pk), st.sampled_from([Category, Product, Tag]), st.integers(1, 3)
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 12),
    st.integers(),
    texts,
    st.binary(max_size=4),
    st.floats(allow_nan=False),
    st.decimals(allow_nan=False, places=1, min_value=-2, max_value=2),
    st.uuids(),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.timedeltas(max_value=timedelta(days=2)),
    models,
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(texts, inner, max_size=3),
    ),
    max_leaves=5,
)


def meaning(value: Any, *, loose: bool = False) -> Any:
    """A value that compares equal exactly where two arguments mean the same."""
    if isinstance(value, (list, tuple)):
        return (type(value), *map(meaning, value))
    if isinstance(value, dict):
        return frozenset((meaning(k), meaning(v)) for k, v in value.items())
    if isinstance(value, (Category, Product, Tag)):
        return type(value), value.pk
    if loose and isinstance(value, (int, UUID)) and not isinstance(value, bool):
        return str, str(value)
    return type(value), repr(value) if isinstance(value, (float, Decimal)) else value


PAIRS_EACH = 45  # of ten values


@settings(max_examples=cases(100_000) // PAIRS_EACH)
@given(st.lists(values, min_size=10, max_size=10), values)
def test_unequal_meaning_unequal_key(drawn: list[Any], other: Any) -> None:
    for a, b in itertools.combinations(drawn, 2):
        one, two = (a, b, other), (b, a, other)
        same = (meaning(a, loose=True), meaning(b)) == (meaning(b, loose=True), meaning(a))
        assert same == (build(*one) == build(*two))
        assert (meaning(a) == meaning(b)) == (build(0, a) == build(0, b))
        assert (meaning(a) == meaning(b)) == (build(0, 0, a) == build(0, 0, b))


@settings(max_examples=cases(100_000) // PAIRS_EACH)
@given(st.lists(st.tuples(texts, texts), min_size=10, max_size=10))
def test_texts_never_run_into_each_other(drawn: list[tuple[str, str]]) -> None:
    for one, other in itertools.combinations(drawn, 2):
        assert (one == other) == (build(*one)[0] == build(*other)[0])


@settings(max_examples=cases(4000))
@given(values, values, values)
def test_keys_are_portable(a: Any, b: Any, c: Any) -> None:
    key, tokens = build(a, b, c)
    for name in (key, *tokens):
        assert len(name.encode()) <= 200
        assert name.isascii()
        assert name.isprintable()
        assert not set(name) & set(' *?^\\"')
    assert (key, tokens) == builder.assemble(builder.texts(a, b, c))
    # Entries, tokens and leases never share a key.
    assert len({key, *tokens}) == 1 + len(tokens)
    assert all(token.startswith("@") for token in tokens)
    assert not key.startswith("@")


ALIKE: list[tuple[Any, Any]] = [
    (None, "None"),
    (True, "True"),
    (1, True),
    (1, 1.0),
    ([1, 2], "1,2"),
    ([1], (1,)),
    ({1}, [1]),
    (b"a", "a"),
    (Decimal(1), 1),
    (date(2026, 1, 1), "2026-01-01"),
    (Category(pk=1), 1),
    (Category(pk=1), Tag(pk=1)),
    ("a b", "a_b"),
    ("A", "a"),
    ({"a": 1}, [("a", 1)]),
    ("", None),
    (Exception, "Exception"),
]


@pytest.mark.parametrize("pair", ALIKE, ids=repr)
def test_pairs_that_look_alike(pair: tuple[Any, Any]) -> None:
    one, other = pair
    assert build(one, 0) != build(other, 0)
    assert build(0, one) != build(0, other)
    assert build(0, 0, one) != build(0, 0, other)


def test_order_of_dicts_and_sets_means_nothing() -> None:
    assert build(0, {"a": 1, "b": 2}) == build(0, {"b": 2, "a": 1})
    assert build(0, {"x", "y", "z"}) == build(0, {"z", "y", "x"})


def test_the_same_instant_elsewhere_is_another_value() -> None:
    moment = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert build(0, moment) != build(0, moment.replace(tzinfo=None))


PROGRAM = """
import json, sys, uuid
import django; django.setup()
from restflow.caching import *
from restflow.caching.keys import KeyBuilder
from restflow_testing.models import Product
class K(KeyConstructor):
    everything = ArgsKeyField("*")
    model = DjangoModelKeyField(Product)
    class Meta:
        namespace = "fixed"
def f(a, b, c): ...
f.__module__ = f.__qualname__ = "f"
build = KeyBuilder(f, K).build
print(json.dumps([
    build({"x", "y", "zz", "long text"}, {"b": 1, "a": {2, 3, 1}}, frozenset("hash me"))[0],
    build(Product(pk=3), uuid.UUID(int=5), ["é", None, True])[0],
]))
"""


def test_the_same_key_in_every_process() -> None:
    keys = set()
    for seed in ("0", "1", "4242"):
        environment = {
            **os.environ,
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        environment["DJANGO_SETTINGS_MODULE"] = "restflow_testing.settings"
        result = subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment
        )
        assert result.returncode == 0, result.stderr
        keys.add(tuple(json.loads(result.stdout)))
    assert len(keys) == 1
