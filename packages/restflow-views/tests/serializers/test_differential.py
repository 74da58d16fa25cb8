"""DRF decides what is right: random classes and inputs give what DRF gives, byte for byte.

One example is one random class with ``BATCH`` random inputs.
"""

from __future__ import annotations

import asyncio
import copy
import os
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import serializers as drf
from rest_framework.renderers import JSONRenderer

from restflow.serializers import Serializer
from restflow_testing.counts import cases

from .blueprints import Blueprint, blueprints
from .outcomes import outcome, validated
from .values import random_input, random_instance

BATCH = 10
#: Runs that owe more than a small part, one cell of CI among them, try 10,000 inputs and as many
#: rows.
FULL = 1000
batches = settings(
    max_examples=FULL if "RESTFLOW_GENERATED" in os.environ else cases(FULL),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
zones = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
seeds = st.integers(0, 2**32)


@pytest.fixture(autouse=True)
def _zone() -> Iterator[None]:
    yield
    timezone.deactivate()


def logs(blueprint: Blueprint) -> list[list[Any]]:
    """Return what the hooks of a blueprint and of those nested in it wrote down."""
    inner = [recipe.blueprint for recipe in blueprint.fields.values() if recipe.blueprint]
    return [blueprint.log, *(log for each in inner for log in logs(each))]


def taken(found: list[list[Any]]) -> list[list[Any]]:
    copied = [list(log) for log in found]
    for log in found:
        log.clear()
    return copied


@batches
@given(blueprints(), seeds, zones)
def test_validation_equals_drf(blueprint: Blueprint, seed: int, zone: str) -> None:
    random = Random(seed)
    timezone.activate(zone)
    theirs, ours = blueprint.realised(drf.Serializer), blueprint.realised(Serializer)
    found = logs(blueprint)
    for _ in range(BATCH):
        many = random.random() < 0.3
        data: Any = random_input(random, blueprint)
        if many:
            data = [random_input(random, blueprint) for _ in range(random.randrange(4))]
        kwargs = {"many": many, "partial": random.random() < 0.3}
        if random.random() < 0.3:
            kwargs["context"] = {"short": True}
        results = []
        for cls in (theirs, ours):
            serializer = cls(data=copy.deepcopy(data), **kwargs)
            result = outcome(lambda s=serializer: validated(s))
            shown = outcome(lambda s=serializer: s.data)
            results.append((result, shown, taken(found)))
        assert results[1] == results[0], (data, kwargs)


@batches
@given(blueprints(), seeds, zones)
def test_representation_equals_drf(blueprint: Blueprint, seed: int, zone: str) -> None:
    random = Random(seed)
    timezone.activate(zone)
    theirs, ours = blueprint.realised(drf.Serializer), blueprint.realised(Serializer)
    found = logs(blueprint)
    for _ in range(BATCH):
        many = random.random() < 0.3
        instance: Any = random_instance(random, blueprint)
        if many:
            instance = [random_instance(random, blueprint) for _ in range(random.randrange(4))]
        context = {"short": True} if random.random() < 0.3 else {}
        results = []
        for cls in (theirs, ours):
            serializer = cls(instance, many=many, context=context)
            shown = outcome(lambda s=serializer: s.data)
            rendered = outcome(lambda s=serializer: JSONRenderer().render(s.data))
            results.append((shown, rendered, taken(found)))
        assert results[1] == results[0], instance


@settings(batches, max_examples=cases(400))
@given(blueprints(), seeds)
def test_async_equals_sync(blueprint: Blueprint, seed: int) -> None:
    random = Random(seed)
    cls = blueprint.realised(Serializer)
    found = logs(blueprint)
    pairs = []
    for _ in range(BATCH):
        many = random.random() < 0.3
        data: Any = random_input(random, blueprint)
        if many:
            data = [random_input(random, blueprint) for _ in range(random.randrange(4))]
        pairs.append((cls(data=copy.deepcopy(data), many=many), cls(data=data, many=many)))
    expected = [(outcome(lambda s=sync: validated(s)), taken(found)) for sync, _ in pairs]

    async def main() -> list[Any]:
        return [(await awaited(serializer), taken(found)) for _, serializer in pairs]

    assert asyncio.run(main()) == expected


async def awaited(serializer: Any) -> Any:
    try:
        await serializer.ais_valid()
    except Exception as error:
        raised = error
    else:
        return outcome(lambda: validated(serializer))

    def again() -> None:
        raise raised

    return outcome(again)
