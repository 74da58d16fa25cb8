"""Invalidations survive the process and the cache, as rows of the write's own transaction."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from time import monotonic, sleep
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from restflow.caching import ArgsKeyField, InlineKeyConstructor, InvalidationRule, cache_result
from restflow.caching.rules import bound_rules, firing
from restflow_testing.models import Tag
from restflow_testing.services import RedisServer

from ..test_single_flight import eventually_sync


@pytest.fixture
def entries(transactional_db: None) -> Iterator[Any]:
    """The rows of the outbox, in an app that is there for this test."""
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "restflow.caching.outbox"]):
        from restflow.caching.outbox.models import OutboxEntry

        with connection.schema_editor() as editor:
            editor.create_model(OutboxEntry)
        try:
            yield OutboxEntry.objects.all()
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(OutboxEntry)


def cached(**options: Any) -> Any:
    fields = {"pk": ArgsKeyField("pk", partition=True)}
    rule = InvalidationRule(Tag, {"pk": "id"}, trigger_on_create=False, **options)

    @cache_result(InlineKeyConstructor(fields, namespace="outbox"), invalidates_on=[rule])
    def names(pk: int) -> str:
        return Tag.objects.get(pk=pk).name

    return names


def status(wrapper: Any, pk: int) -> str:
    return str(wrapper.get_with_metadata(pk)[1]["cache_status"])


def deliver() -> str:
    output = StringIO()
    call_command("restflow_cache", "deliver", "--older-than", "0", stdout=output)
    return output.getvalue().strip()


def test_a_row_lasts_until_it_is_done(entries: Any) -> None:
    names, tag = cached(), Tag.objects.create(name="a")
    names(tag.pk)
    with transaction.atomic():
        tag.save()
        tag.save()
        assert entries.count() == 1
    assert entries.count() == 0
    assert status(names, tag.pk) == "MISS"
    with transaction.atomic():
        tag.save()
        transaction.set_rollback(True)
    assert entries.count() == 0
    assert deliver() == "Delivered 0."


@pytest.mark.parametrize("dispatcher", ["inline", "threadpool"])
def test_a_process_that_dies_after_the_commit(
    entries: Any, dispatcher: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, tag = cached(dispatcher=dispatcher), Tag.objects.create(name="a")
    names(tag.pk)
    with monkeypatch.context() as patch:
        patch.setattr(firing.Firing, "__call__", lambda self: None)
        tag.save()
    assert (entries.count(), status(names, tag.pk)) == (1, "HIT")
    assert deliver() == "Delivered 1."
    assert (entries.count(), status(names, tag.pk)) == (0, "MISS")
    tag.save()
    deadline = monotonic() + 60
    while entries.count():
        assert monotonic() < deadline
        sleep(0.01)


def test_a_cache_that_is_down(entries: Any, own_redis: RedisServer) -> None:
    names, tag = cached(), Tag.objects.create(name="a")
    assert names(tag.pk) == "a"
    own_redis.stop()
    tag.save()
    assert entries.count() == 1
    assert deliver() == "Delivered 0."
    own_redis.start()
    eventually_sync(lambda: not names.cached.store.pending)
    assert deliver() == "Delivered 1."
    assert entries.count() == 0


def test_what_a_broker_has_taken_is_its_own(entries: Any) -> None:
    from restflow.caching import Dispatcher

    class Taking(Dispatcher):
        remote = True

        def dispatch(self, job: Any) -> None:
            assert entries.count() == 1

    names, tag = cached(dispatcher=Taking), Tag.objects.create(name="a")
    for bound in bound_rules:
        bound.late = False
    tag.save()
    assert entries.count() == 0
    assert names.rules


def test_without_the_app(db: None) -> None:
    with pytest.raises(CommandError, match="There is no outbox"):
        deliver()


def test_the_migration_is_complete(entries: Any) -> None:
    call_command("makemigrations", "restflow_caching_outbox", check=True, dry_run=True, verbosity=0)
