"""What a transaction has not committed nobody else is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction

from restflow.caching import ArgsKeyField, InlineKeyConstructor, cache_result


@pytest.fixture
def postgres(postgres_database: dict[str, Any], django_db_blocker: Any) -> Iterator[str]:
    """PostgreSQL as one more database, whose transactions read what others have committed."""
    made = connections.configure_settings(
        {**connections.settings, "postgres": {**postgres_database, "TEST": {}}}
    )
    connections.settings["postgres"] = made["postgres"]
    with django_db_blocker.unblock():
        yield "postgres"
    connections["postgres"].close()
    del connections["postgres"]
    del connections.settings["postgres"]


def counted() -> Any:
    calls: list[int] = []

    @cache_result(InlineKeyConstructor({"row": ArgsKeyField("row")}, namespace="transactions"))
    def rows(row: int) -> int:
        calls.append(row)
        return len(calls)

    rows.invalidate_all()
    return rows


def status(wrapper: Any) -> str:
    return str(wrapper.get_with_metadata(1)[1]["cache_status"])


def test_a_snapshot_is_never_published(transactional_db: None) -> None:
    rows = counted()
    with transaction.atomic():
        assert [status(rows), status(rows)] == ["MISS", "MISS"]
    assert [status(rows), status(rows)] == ["MISS", "HIT"]


def test_committed_values_are_published_on_commit(postgres: str) -> None:
    rows = counted()
    with transaction.atomic(using=postgres):
        assert rows.get_with_metadata(1)[1]["cached_at"] is None
        assert status(rows) == "MISS"
    assert status(rows) == "HIT"


def test_what_is_rolled_back_is_never_published(postgres: str) -> None:
    rows = counted()
    with transaction.atomic(using=postgres):
        rows(1)
        transaction.set_rollback(True, using=postgres)
    assert status(rows) == "MISS"
    rows.delete_cache(1)
    with transaction.atomic(using=postgres), transaction.atomic(using=postgres):
        rows(1)
        transaction.set_rollback(True, using=postgres)  # of the savepoint
    assert status(rows) == "MISS"


def test_an_invalidation_before_the_commit_wins(postgres: str) -> None:
    rows = counted()
    with transaction.atomic(using=postgres):
        rows(1)
        rows.invalidate_all()
    assert status(rows) == "MISS"


def test_the_transaction_of_a_test_case_does_not_count(db: None) -> None:
    rows = counted()
    assert connections["default"].in_atomic_block
    assert [status(rows), status(rows)] == ["MISS", "HIT"]


def test_a_snapshot_that_postgres_was_asked_for(postgres: str) -> None:
    from psycopg import IsolationLevel

    connections.settings[postgres]["OPTIONS"] = {"isolation_level": IsolationLevel.REPEATABLE_READ}
    rows = counted()
    with transaction.atomic(using=postgres):
        rows(1)
    assert status(rows) == "MISS"
