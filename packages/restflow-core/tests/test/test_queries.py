"""Statements of all threads, counted as Django counts those of one."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, reset_queries, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.test.utils import CaptureQueriesContext
from django.urls import path

from restflow.test import AsyncAPIClient, assert_queries, count_queries
from restflow_testing.models import Country

pytestmark = pytest.mark.urls(__name__)


async def two(request: HttpRequest) -> HttpResponse:
    await Country.objects.acount()
    await Country.objects.filter(code="FX").aexists()
    return HttpResponse()


urlpatterns = [path("two/", two)]


def work() -> None:
    Country.objects.bulk_create([Country(code="FX", name="Faraway")])
    with transaction.atomic():
        Country.objects.filter(code="FX").update(name="Far")
    list(Country.objects.raw("SELECT * FROM restflow_testing_country"))
    with connection.cursor() as cursor:
        rename = "UPDATE restflow_testing_country SET name = %s WHERE code = %s"
        cursor.executemany(rename, [("a", "b"), ("c", "d")])
    Country.objects.all().delete()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("SAVEPOINT", marks=pytest.mark.django_db),
        pytest.param("BEGIN", marks=pytest.mark.django_db(transaction=True)),
    ],
)
def test_counts_equal_those_of_django(name: str) -> None:
    with CaptureQueriesContext(connection) as theirs:
        work()
    with count_queries() as ours:
        work()
    numbered = re.compile(r"_x\d+")
    assert [numbered.sub("", sql) for sql in ours] == [
        numbered.sub("", query["sql"]) for query in theirs
    ]
    assert any(sql.startswith(name) for sql in ours)
    with assert_queries(len(theirs)), CaptureQueriesContext(connection) as both:
        work()
    assert len(both) == len(theirs)
    with CaptureQueriesContext(connection) as both, assert_queries(len(theirs)):
        work()
    assert len(both) == len(theirs)


@pytest.mark.usefixtures("adb")
async def test_queries_of_a_request() -> None:
    async with assert_queries(2) as queries:
        await AsyncAPIClient().get("/two/")
    assert "COUNT(*)" in queries.sql[0]


@pytest.mark.usefixtures("transactional_db")
async def test_queries_on_connections_that_are_opened_meanwhile() -> None:
    def close() -> None:
        connections["default"].close()

    await sync_to_async(close)()
    with assert_queries(3):
        await Country.objects.acount()
        await asyncio.to_thread(Country.objects.count)
        await sync_to_async(Country.objects.count, thread_sensitive=False)()
    await sync_to_async(close)()


@pytest.mark.usefixtures("transactional_db")
def test_what_sets_a_connection_up_is_not_the_requests() -> None:
    def set_up(connection: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    def work() -> None:
        Country.objects.count()
        connections["default"].close()

    connection_created.connect(set_up)
    try:
        with assert_queries(1), ThreadPoolExecutor(1) as executor:
            executor.submit(work).result()
    finally:
        connection_created.disconnect(set_up)


@pytest.mark.django_db(databases=["default", "other"])
def test_databases_are_told_apart() -> None:
    with (
        assert_queries(1),
        assert_queries(2, using="other"),
        assert_queries(3, using=None) as queries,
    ):
        Country.objects.count()
        Country.objects.using("other").count()
        Country.objects.using("other").count()
    assert len(queries) == 3


@pytest.mark.django_db
def test_the_report_lists_the_statements() -> None:
    with pytest.raises(AssertionError) as caught, assert_queries(0):
        Country.objects.count()
    lines = str(caught.value).splitlines()
    assert lines[0] == "1 SQL statement on database 'default', expected 0:"
    assert lines[1].startswith("  1. SELECT COUNT(*)")
    with pytest.raises(AssertionError, match=r"^0 SQL statements on all databases, expected 1:$"):
        assert_queries(1, using=None).__enter__().__exit__(None, None, None)


@pytest.mark.django_db
def test_an_error_in_the_block_is_what_is_reported() -> None:
    with pytest.raises(LookupError), assert_queries(5):
        raise LookupError


@pytest.mark.django_db
def test_nothing_is_left_behind() -> None:
    before = vars(BaseDatabaseWrapper)["queries_logged"], BaseDatabaseWrapper.connect
    log = connection.queries_log
    with assert_queries(1):
        Country.objects.count()
    assert before == (vars(BaseDatabaseWrapper)["queries_logged"], BaseDatabaseWrapper.connect)
    assert connection.queries_log is log
    assert type(log) is deque
    assert not log


@pytest.mark.django_db
def test_under_debug_the_log_keeps_what_it_would_have(settings: Any) -> None:
    settings.DEBUG = True
    with assert_queries(1):
        Country.objects.count()
    assert len(connection.queries) == 1
    connection.queries_log.clear()


@pytest.mark.django_db
def test_a_cleared_log_stays_cleared(settings: Any) -> None:
    settings.DEBUG = True
    with assert_queries(2):
        Country.objects.count()
        reset_queries()
        Country.objects.count()
        assert len(connection.queries) == 1
    assert len(connection.queries) == 1
    connection.queries_log.clear()
