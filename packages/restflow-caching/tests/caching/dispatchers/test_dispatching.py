"""Where the work of rules runs, and what happens when nobody takes it."""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from restflow.caching import (
    ArgsKeyField,
    Change,
    ContextKeyField,
    DeclarationError,
    Dispatcher,
    InlineKeyConstructor,
    InvalidationRule,
    cache_result,
    register_context,
    register_dispatcher,
)
from restflow.caching.dispatchers import Job, base, receive
from restflow.caching.dispatchers import context as contexts
from restflow.caching.dispatchers.courier import BrokerDispatcher
from restflow.caching.dispatchers.messages import CannotTravel, _pack, _unpack
from restflow.caching.rules import BoundRule, bound_rules
from restflow_testing.models import Tag

from ..test_single_flight import eventually, eventually_sync

KEPT: list[Any] = []


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    registered, known = dict(base._registered), dict(contexts._registered)
    yield
    KEPT.clear()
    base._registered.clear()
    base._registered.update(registered)
    contexts._registered.clear()
    contexts._registered.update(known)
    base.forget()


def function(name: str = "tags", *, rule: InvalidationRule | None = None, **options: Any) -> Any:
    """Return a cached function of a tag's id with one rule."""

    def func(pk: int) -> str:
        return f"{name} {pk}"

    func.__name__ = func.__qualname__ = name
    fields = {"pk": ArgsKeyField("pk", partition=True)}
    constructor = InlineKeyConstructor(fields, namespace="dispatching")
    rule = rule or InvalidationRule(Tag, {"pk": "id"}, **options)
    wrapper = cache_result(constructor, invalidates_on=[rule])(func)
    KEPT.append(wrapper)
    # As if it stood in a caches.py: workers would know it.
    for bound in bound_rules:
        bound.late = False
    return wrapper


def bound_of(wrapper: Any) -> BoundRule:
    [bound] = [each for each in bound_rules if each.wrapper is wrapper]
    return bound


def status(wrapper: Any, pk: Any) -> str:
    return str(wrapper.get_with_metadata(pk)[1]["cache_status"])


def stale(wrapper: Any) -> Tag:
    """Store an entry for a tag that will be saved."""
    [tag] = Tag.objects.bulk_create([Tag(name="a")])  # no signal, so nothing is under way yet
    wrapper(tag.pk)
    assert status(wrapper, tag.pk) == "HIT"
    return tag


@pytest.mark.parametrize("dispatcher", ["inline", "threadpool", "asyncio"])
def test_without_a_loop(transactional_db: None, dispatcher: str) -> None:
    wrapper = function(dispatcher=dispatcher)
    tag = stale(wrapper)
    with transaction.atomic():
        tag.save()
        assert status(wrapper, tag.pk) == "HIT"
    eventually_sync(lambda: status(wrapper, tag.pk) == "MISS")


@pytest.mark.parametrize("dispatcher", ["inline", "threadpool", "asyncio"])
async def test_on_a_loop(transactional_db: None, dispatcher: str) -> None:
    threads: list[Any] = []

    def invalidate(wrapper: Any, change: Change) -> None:
        threads.append(threading.current_thread())
        wrapper.delete_by_prefix(pk=change.pk)

    wrapper = function(rule=InvalidationRule(Tag, invalidator=invalidate, dispatcher=dispatcher))
    tag = await Tag.objects.acreate(name="a")
    await eventually(lambda: threads)
    wrapper(tag.pk)
    await tag.asave()
    await eventually(lambda: len(threads) == 2)
    await eventually(lambda: status(wrapper, tag.pk) == "MISS")
    assert threading.main_thread() not in threads  # nothing blocks the loop


async def test_asyncio_awaits_on_the_loop(transactional_db: None) -> None:
    loops: list[Any] = []

    async def invalidate(wrapper: Any, change: Change) -> None:
        loops.append(asyncio.get_running_loop())
        await wrapper.adelete_by_prefix(pk=change.pk)

    function(rule=InvalidationRule(Tag, invalidator=invalidate, dispatcher="asyncio"))
    await Tag.objects.acreate(name="a")
    await eventually(lambda: loops)
    assert loops == [asyncio.get_running_loop()]


def test_the_default_is_a_setting(transactional_db: None) -> None:
    taken: list[Job] = []

    class Mine(Dispatcher):
        def dispatch(self, job: Job) -> None:
            taken.append(job)
            assert self.options == {"shared": 1, "own": 2}

    register_dispatcher("mine", Mine)
    settings = {
        "CACHING": {
            "DEFAULT_DISPATCHER": "mine",
            "DISPATCHER_SETTINGS": {"mine": {"shared": 1, "own": 1}},
        }
    }
    with override_settings(RESTFLOW_SETTINGS=settings):
        wrapper = function(dispatcher_config={"own": 2})
        tag = stale(wrapper)
        tag.save()
    assert [job.values for job in taken] == [{"pk": tag.pk}]
    assert status(wrapper, tag.pk) == "HIT"
    receive(taken[0].message)
    receive(taken[0].message)  # twice is harmless
    assert [status(wrapper, tag.pk), status(wrapper, tag.pk)] == ["MISS", "HIT"]


def test_dotted_paths_classes_and_objects(transactional_db: None) -> None:
    path = "restflow.caching.dispatchers.local.InlineDispatcher"
    for choice in (path, base.Dispatcher, base.import_string(path)({})):
        assert base.dispatcher_for(bound_of(function(f"f{id(choice)}", dispatcher=choice)))
    for wrong, words in [
        ("nobody", "no dispatcher 'nobody'"),
        ("a.b", "imported"),
        (7, "no method"),
    ]:
        with pytest.raises(DeclarationError, match=words):
            base.dispatcher_for(bound_of(function(f"g{wrong}", dispatcher=wrong)))


class Broken(BrokerDispatcher):
    name = "broken"
    asked = 0
    hangs = threading.Event()

    def send(self, message: str) -> None:
        Broken.asked += 1
        if self.options.get("hang"):
            Broken.hangs.wait(60)
        raise ConnectionError("planted")


@pytest.mark.parametrize("hang", [True, False])
def test_a_broker_that_is_down(
    transactional_db: None, hang: bool, caplog: pytest.LogCaptureFixture
) -> None:
    register_dispatcher("broken", Broken)
    Broken.hangs.clear()
    wrapper = function(dispatcher="broken", dispatcher_config={"hang": hang, "timeout": 0.2})
    later: list[int] = []
    started, before = time.monotonic(), Broken.asked
    tags = []
    for name in "abc":
        with transaction.atomic():
            tags.append(Tag.objects.create(name=name))
            wrapper(tags[-1].pk)
            transaction.on_commit(lambda: later.append(1))
    assert [status(wrapper, tag.pk) for tag in tags] == ["MISS"] * 3  # it happened inline
    assert later == [1, 1, 1]
    assert Broken.asked == before + 1  # and nobody asks again and again
    assert time.monotonic() - started < 30
    messages = [record for record in caplog.records if "does not take" in record.message]
    assert len(messages) == 1
    Broken.hangs.set()


def test_a_rule_that_workers_may_not_know_is_done_here(transactional_db: None) -> None:
    register_dispatcher("broken", Broken)
    wrapper = function(dispatcher="broken")
    bound_of(wrapper).late = True
    tag, before = stale(wrapper), Broken.asked
    tag.save()
    assert status(wrapper, tag.pk) == "MISS"
    assert Broken.asked == before


# -- messages ----------------------------------------------------------------------------------

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.uuids(),
    st.decimals(allow_nan=False),
    st.datetimes(timezones=st.sampled_from([None, datetime.UTC, ZoneInfo("Europe/Oslo")])),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.binary(),
)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.text(), inner)
    ),
    max_leaves=10,
)


@given(values)
def test_values_travel(value: Any) -> None:
    found = _unpack(json.loads(json.dumps(_pack(value))))
    assert found == value
    assert type(found) is type(value)
    assert repr(found) == repr(value)


def test_what_cannot_travel_is_done_here(transactional_db: None) -> None:
    with pytest.raises(CannotTravel, match="object"):
        _pack(object())
    assert _pack(Decimal("1.50")) == {"$": "decimal", "v": "1.50"}
    assert _pack(uuid.UUID(int=1))["$"] == "uuid"


def message_of(wrapper: Any, **changed: Any) -> str:
    told = json.loads(Job(bound_of(wrapper), {"pk": 1}, None, {}).message)
    return json.dumps({**told, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"version": 99},
        {"rule": 7},
        {"rule": "shop.caches.renamed:shop.product(pk=id)"},
        {"values": [1]},
        {"values": {"$": "no such kind", "v": 1}},
        {"change": {"$": "dict", "v": {"nonsense": 1}}},
    ],
)
def test_messages_are_refused_aloud(changed: Any, caplog: pytest.LogCaptureFixture) -> None:
    wrapper, neighbour = function("one"), function("two")
    for each in (wrapper, neighbour):
        each(1)
    receive(message_of(wrapper, **changed))
    assert "was refused" in caplog.text
    assert [status(wrapper, 1), status(neighbour, 1)] == ["HIT", "HIT"]


def test_garbage_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    for message in ("", "null", "[]", "{}", '"x"', "{"):
        caplog.clear()
        receive(message)
        assert "was refused" in caplog.text


def test_a_rule_that_was_changed_drops_all_of_its_function(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wrapper, neighbour = function("one"), function("two")
    for each in (wrapper, neighbour):
        each(1), each(2)
    name = bound_of(wrapper).name.replace("id)", "slug)")
    receive(message_of(wrapper, rule=name))
    assert [status(wrapper, 1), status(wrapper, 2)] == ["MISS", "MISS"]
    assert status(neighbour, 1) == "HIT"
    assert "all of" in caplog.text


def test_ambient_state_comes_along(transactional_db: None) -> None:
    tenant: ContextVar[str] = ContextVar("tenant", default="none")

    @contextmanager
    def as_tenant(name: str) -> Iterator[None]:
        token = tenant.set(name)
        yield
        tenant.reset(token)

    register_context("tenant", tenant.get, as_tenant)
    taken: list[Job] = []

    class Mine(Dispatcher):
        def dispatch(self, job: Job) -> None:
            taken.append(job)

    fields: Any = {
        "tenant": ContextKeyField(tenant.get, partition=True),
        "pk": ArgsKeyField("pk", partition=True),
    }

    @cache_result(
        InlineKeyConstructor(fields),
        invalidates_on=[InvalidationRule(Tag, {"pk": "id"}, dispatcher=Mine)],
    )
    def rows(pk: int) -> str:
        return f"{tenant.get()} {pk}"

    with as_tenant("north"):
        tag = Tag.objects.create(name="a")
        assert rows(tag.pk) == f"north {tag.pk}"
    with as_tenant("south"):
        assert rows(tag.pk) == f"south {tag.pk}"
        receive(taken[0].message)
        assert status(rows, tag.pk) == "HIT"
    with as_tenant("north"):
        assert status(rows, tag.pk) == "MISS"


def test_a_worker_that_cannot_reach_the_cache_says_so(
    transactional_db: None, own_redis: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from restflow.caching.dispatchers import Undelivered

    caplog.set_level(logging.ERROR)
    wrapper = function()
    message = message_of(wrapper)
    own_redis.stop()
    with pytest.raises(Undelivered):
        receive(message)
    own_redis.start()
    eventually_sync(lambda: not wrapper.cached.store.pending)
    receive(message)
