"""Every part of the caching description, asked of the real thing."""

from __future__ import annotations

import asyncio
import inspect
import sys
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.http import QueryDict
from django.test.utils import isolate_apps
from django.utils.module_loading import import_string
from rest_framework import serializers

from restflow.caching import (
    ArgsKeyField,
    ConstantKeyField,
    Dispatcher,
    DjangoModelKeyField,
    DrfSerializerKeyField,
    InlineKeyConstructor,
    InvalidationRule,
    KeyConstructor,
    QueryParamsKeyField,
    RequestValueKeyField,
    cache_result,
    function,
    register_dispatcher,
)
from restflow.caching.background import background
from restflow.caching.registry import registry
from restflow.caching.rules import bound_rules

calls: list[Any] = []


@pytest.fixture(autouse=True)
def _apart() -> Iterator[None]:
    calls.clear()
    yield
    registry.clear()


class UserKey(KeyConstructor):
    user = ArgsKeyField("user_id", partition=True)
    environment = ConstantKeyField("v", "production", partition=True)
    scope = ArgsKeyField("scope")

    class Meta:
        namespace = "users"


def get_user_data(user_id: int, scope: str) -> str:
    calls.append((user_id, scope))
    return f"{user_id} {scope} {len(calls)}"


def cached(constructor: Any = UserKey, **options: Any) -> Any:
    return cache_result(constructor, **options)(get_user_data)


def key(*args: Any, **fields: Any) -> str:
    def func(request: Any = None, user_id: int = 0, scope: str = "") -> None: ...

    func.__qualname__ = "f"
    constructor = InlineKeyConstructor(fields, namespace="n")
    return str(cache_result(constructor)(func).cache_key(*args))


@pytest.mark.describes(
    "key: users::get_user_data::1::production::full",
    "key: partition fields form the prefix, the others the suffix",
    "key constructor: a class with a namespace",
)
def test_the_key() -> None:
    assert (
        cached().cache_key(user_id=1, scope="full") == "users::get_user_data::1::production::full"
    )


@pytest.mark.describes(
    "key field: ConstantKeyField is a fixed pair on every call",
    "key field: ArgsKeyField captures the named argument",
    "key field: RequestValueKeyField reads a dotted path off the request",
    "key field: QueryParamsKeyField captures the listed parameters",
    "key field: every field takes partition=True",
    "key constructor: InlineKeyConstructor from a dict",
)
def test_key_fields() -> None:
    request = SimpleNamespace(user=SimpleNamespace(id=9), query_params=QueryDict("page=2&x=1"))
    assert key(a=ConstantKeyField("env", "live")) == "n::f::live"
    assert key(None, 7, a=ArgsKeyField("user_id")) == "n::f::7"
    assert key(request, a=RequestValueKeyField("user", "user.id")) == "n::f::9"
    assert key(request, a=QueryParamsKeyField(["page"])) == "n::f::page=2"
    fields: dict[str, Any] = {
        "scope": ArgsKeyField("scope"),
        "a": ConstantKeyField("env", "live", partition=True),
        "b": ArgsKeyField("user_id", partition=True),
        "c": RequestValueKeyField("user.id", partition=True),
        "d": QueryParamsKeyField("page", partition=True),
        "e": DjangoModelKeyField("auth.User", partition=True),
        "f": DrfSerializerKeyField(serializers.Serializer, partition=True),
    }
    found = key(request, 7, "x", **fields).split("::")
    assert found[:6] == ["n", "f", "live", "7", "9", "page=2"]
    assert found[-1] == "x"


@pytest.mark.describes("key field: DjangoModelKeyField changes with the model's schema")
def test_model_fingerprints() -> None:
    found = set()
    for column in (models.IntegerField(), models.TextField(), models.TextField()):
        with isolate_apps("restflow_testing"):
            meta = type("Meta", (), {"app_label": "restflow_testing"})
            body = {"a": column, "Meta": meta, "__module__": __name__}
            found.add(key(a=DjangoModelKeyField(type("Sketch", (models.Model,), body))))
    assert len(found) == 2


@pytest.mark.describes("key field: DrfSerializerKeyField changes with the serializer's shape")
def test_serializer_fingerprints() -> None:
    found = set()
    for member in (serializers.IntegerField(), serializers.CharField(), serializers.CharField()):
        sketch = type("Sketch", (serializers.Serializer,), {"a": member})
        found.add(key(a=DrfSerializerKeyField(sketch)))
    assert len(found) == 2


@pytest.mark.describes(
    "key constructor: DefaultKeyConstructor takes every argument",
    "wrapper: a normal call hits the cache",
)
def test_a_normal_call() -> None:
    wrapper = cache_result(get_user_data)
    assert wrapper(1, "full") == wrapper(user_id=1, scope="full") == "1 full 1"
    assert wrapper(1, "part") == "1 part 2"


@pytest.mark.describes("wrapper: get_with_metadata says HIT, MISS, STALE, BYPASS or REFRESH")
def test_statuses(monkeypatch: pytest.MonkeyPatch) -> None:
    wrapper = cached(ttl=60, stale_ttl=60)

    def status(method: str = "get_with_metadata") -> str:
        return str(getattr(wrapper, method)(1, "status")[1]["cache_status"])

    assert [status(), status()] == ["MISS", "HIT"]
    assert status("refresh_with_metadata") == "REFRESH"
    assert status("bypass_with_metadata") == "BYPASS"
    later = SimpleNamespace(time=lambda: time.time() + 90, perf_counter=time.perf_counter)
    monkeypatch.setattr(function, "time", later)
    assert status() == "STALE"
    deadline = time.monotonic() + 60  # its refresh computes too: in this test, not in the next
    while background.busy:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.describes(
    "wrapper: refresh runs and stores again",
    "wrapper: bypass_cache neither reads nor writes",
    "wrapper: delete_cache drops one entry",
    "wrapper: delete_by_prefix drops a partition",
    "wrapper: invalidate_all drops everything",
)
def test_control_methods() -> None:
    wrapper = cached()
    wrapper.invalidate_all()
    assert wrapper(42, "a") == "42 a 1"
    assert wrapper.refresh(42, "a") == "42 a 2"
    assert wrapper.bypass_cache(42, "a") == "42 a 3"
    assert wrapper(42, "a") == "42 a 2"
    assert wrapper(42, "b") == "42 b 4"
    wrapper.delete_cache(42, "a")
    assert [wrapper(42, "a"), wrapper(42, "b"), wrapper(43, "a")] == ["42 a 5", "42 b 4", "43 a 6"]
    wrapper.delete_by_prefix(user_id=42)
    assert [wrapper(42, "a"), wrapper(42, "b"), wrapper(43, "a")] == ["42 a 7", "42 b 8", "43 a 6"]
    wrapper.invalidate_all()
    assert [wrapper(42, "a"), wrapper(43, "a")] == ["42 a 9", "43 a 10"]


@pytest.mark.describes(
    "wrapper: async functions have the same surface with an a prefix",
    "wrapper: an async call returns a coroutine, a sync call the value",
)
async def test_async_functions() -> None:
    @cache_result(UserKey)
    async def user_data(user_id: int, scope: str) -> str:
        await asyncio.sleep(0)
        return get_user_data(user_id, scope)

    called = user_data(1, "a")
    assert inspect.iscoroutine(called)
    assert await called == "1 a 1"
    assert (await user_data.aget_with_metadata(1, "a"))[1]["cache_status"] == "HIT"
    assert await user_data.arefresh(1, "a") == "1 a 2"
    assert await user_data.abypass_cache(1, "a") == "1 a 3"
    await user_data.adelete_cache(1, "a")
    assert await user_data(1, "a") == "1 a 4"
    await user_data.adelete_by_prefix(user_id=1)
    assert await user_data(1, "a") == "1 a 5"
    await user_data.ainvalidate_all()
    assert await user_data(1, "a") == "1 a 6"


# -- rules and dispatchers ---------------------------------------------------------------------


def payload_of(**options: Any) -> Any:
    """Return the cached function of the description, with its rule."""
    calls.clear()
    rule = InvalidationRule(model=User, **options)

    @cache_result(key_constructor=UserIdKey, ttl=300, invalidates_on=[rule])
    def get_user_payload(user_id: int) -> str:
        calls.append(user_id)
        return str(User.objects.get(pk=user_id).email)

    return get_user_payload


class UserIdKey(KeyConstructor):
    user = ArgsKeyField("user_id", partition=True)


MAPPING = {"user_id": "id"}


def status_of(wrapper: Any, user: User) -> str:
    return str(wrapper.get_with_metadata(user.pk)[1]["cache_status"])


@pytest.fixture
def user(transactional_db: None) -> User:
    return User.objects.create_user("ada", "ada@example.com")


@pytest.mark.describes("rule: field_mapping from arguments to fields", "dispatcher: inline")
def test_a_mapping(user: User) -> None:
    wrapper = payload_of(field_mapping=MAPPING, dispatcher="inline")
    assert wrapper(user.pk) == "ada@example.com"
    user.email = "lovelace@example.com"
    user.save()
    assert wrapper(user.pk) == "lovelace@example.com"
    user.delete()
    with pytest.raises(User.DoesNotExist):
        wrapper(1)


@pytest.mark.describes("rule: watch_fields fires only when a watched field changed")
def test_watched_fields(user: User) -> None:
    wrapper = payload_of(field_mapping=MAPPING, watch_fields=["email"])
    wrapper(user.pk)
    user.save()
    user.save(update_fields=["first_name"])
    assert status_of(wrapper, user) == "HIT"
    user.save(update_fields=["email"])
    assert status_of(wrapper, user) == "MISS"


@pytest.mark.describes("rule: rewarm runs the function instead of dropping the entry")
def test_rewarming(user: User) -> None:
    wrapper = payload_of(field_mapping=MAPPING, watch_fields=["email"], rewarm=True)
    wrapper(user.pk)
    user.email = "lovelace@example.com"
    user.save()
    assert calls == [user.pk, user.pk]
    assert status_of(wrapper, user) == "HIT"
    assert wrapper(user.pk) == "lovelace@example.com"


@pytest.mark.describes("rule: invalidator in place of field_mapping")
def test_an_invalidator(user: User) -> None:
    wrapper = payload_of(invalidator=lambda wrapper, change: [{"user_id": change.pk}])
    wrapper(user.pk)
    user.save()
    assert status_of(wrapper, user) == "MISS"


@pytest.mark.describes("dispatcher: threadpool", "dispatcher: asyncio")
@pytest.mark.parametrize("dispatcher", ["threadpool", "asyncio"])
def test_dispatchers_of_this_process(user: User, dispatcher: str) -> None:
    wrapper = payload_of(field_mapping=MAPPING, dispatcher=dispatcher)
    wrapper(user.pk)
    user.save()
    deadline = time.monotonic() + 60
    while status_of(wrapper, user) == "HIT":
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.describes("dispatcher: dispatcher_config")
def test_options_of_a_dispatcher(user: User) -> None:
    seen: list[Any] = []

    class Recording(Dispatcher):
        def dispatch(self, job: Any) -> None:
            seen.append(self.options)

    register_dispatcher("recording", Recording)
    config = {"queue": "cache-invalidation"}
    payload = payload_of(field_mapping=MAPPING, dispatcher="recording", dispatcher_config=config)
    user.save()
    assert seen == [config]
    assert payload.rules


def brought(dispatcher: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Have what the library is given done at once, and return the list of queues it was given.

    ``packages/restflow-caching/tests/caching/brokers`` has each library with its own workers.
    """
    queues: list[Any] = []

    def enqueue(path: str, message: str, **options: Any) -> None:
        queues.append(options.get("queue") or options.get("q_options", {}).get("cluster"))
        import_string(path)(message)

    def apply_async(args: list[str], queue: str, **options: Any) -> None:
        queues.append(queue)
        celery_tasks.invalidate.run(*args)

    if dispatcher == "celery":
        from restflow.caching import tasks as celery_tasks

        monkeypatch.setattr(celery_tasks.invalidate, "apply_async", apply_async)
    elif dispatcher == "django_rq":
        import django_rq

        def get_queue(name: str) -> Any:
            return SimpleNamespace(
                is_async=True, enqueue=lambda *args, **kw: enqueue(*args, queue=name)
            )

        monkeypatch.setattr(django_rq, "get_queue", get_queue)
    elif dispatcher == "django_q":
        tasks = SimpleNamespace(async_task=enqueue)
        conf = SimpleNamespace(Conf=SimpleNamespace(SYNC=False, ORM=None))
        monkeypatch.setitem(sys.modules, "django_q.tasks", tasks)
        monkeypatch.setitem(sys.modules, "django_q.conf", conf)
    return queues


@pytest.mark.describes("dispatcher: celery", "dispatcher: django_rq", "dispatcher: django_q")
@pytest.mark.parametrize("dispatcher", ["celery", "django_rq", "django_q"])
def test_brokers(user: User, dispatcher: str, monkeypatch: pytest.MonkeyPatch) -> None:
    queues = brought(dispatcher, monkeypatch)
    name = "cluster" if dispatcher == "django_q" else "queue"
    config = {name: "cache-invalidation"}
    wrapper = payload_of(
        field_mapping=MAPPING, dispatcher=dispatcher, dispatcher_config={**config, "timeout": 60}
    )
    for bound in bound_rules:
        bound.late = False  # as if it stood in a caches.py
    wrapper(user.pk)
    user.save()
    assert queues == ["cache-invalidation"]
    assert status_of(wrapper, user) == "MISS"


@pytest.mark.describes("dispatcher: dramatiq")
def test_dramatiq(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    import dramatiq
    from dramatiq.brokers.stub import StubBroker

    broker = StubBroker()
    dramatiq.set_broker(broker)
    from restflow.caching.workers import actors

    if actors.actor().broker is not broker:
        actors.actor.cache_clear()
        actors.actor()
    wrapper = payload_of(
        field_mapping=MAPPING,
        dispatcher="dramatiq",
        dispatcher_config={"queue": "cache-invalidation"},
    )
    for bound in bound_rules:
        bound.late = False
    wrapper(user.pk)
    user.save()
    assert status_of(wrapper, user) == "HIT"
    worker = dramatiq.Worker(broker, worker_timeout=50, worker_threads=1)
    worker.start()
    try:
        broker.join("cache-invalidation", timeout=60_000)
        worker.join()
    finally:
        worker.stop()
        broker.close()
        actors.actor.cache_clear()
    assert status_of(wrapper, user) == "MISS"
