"""The four case classes, under pytest and under Django's own runner."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.test import override_settings
from django.test.testcases import DatabaseOperationForbidden
from django.urls import path

from restflow.test import (
    AsyncAPIClient,
    AsyncAPILiveServerTestCase,
    AsyncAPISimpleTestCase,
    AsyncAPITestCase,
    AsyncAPITransactionTestCase,
)
from restflow_testing.models import Country

fired: list[str] = []


async def products(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        [country.name async for country in Country.objects.order_by("code")], safe=False
    )


def created(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Country.objects.create(code="FY", name="Far Yonder")
        transaction.on_commit(lambda: fired.append("created"))
    return HttpResponse(status=201)


async def moved(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/api/products/")


urlpatterns = [
    path("api/products/", products),
    path("created/", created),
    path("moved/", moved),
]


@override_settings(ROOT_URLCONF=__name__)
class TestProducts(AsyncAPITestCase):
    async def test_list_returns_200(self) -> None:
        client = AsyncAPIClient()
        response = await client.get("/api/products/")
        assert response.status_code == 200


@override_settings(ROOT_URLCONF=__name__)
class TestTransaction(AsyncAPITestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.country = Country.objects.create(code="FX", name="Faraway")

    def setUp(self) -> None:
        Country.objects.create(code="FZ", name="Fazenda")

    async def test_views_and_the_async_orm_see_it(self) -> None:
        await Country.objects.filter(code="FX").aupdate(name="Near")
        assert (await self.client.get("/api/products/")).json() == ["Near", "Fazenda"]
        async with self.client.stream("GET", "/api/products/") as response:
            assert await response.read() == b'["Near", "Fazenda"]'

    async def test_it_is_rolled_back(self) -> None:
        names = [country.name async for country in Country.objects.order_by("code")]
        assert names == ["Faraway", "Fazenda"]
        await self.country.arefresh_from_db()

    async def test_tasks_see_it_too(self) -> None:
        counts = await asyncio.gather(*(Country.objects.acount() for _ in range(5)))
        assert counts == [2] * 5

    def test_sync_tests_work_as_ever(self) -> None:
        with self.assertNumQueries(1):
            assert Country.objects.count() == 2
        self.assertNumQueries(1, Country.objects.count)
        with self.captureOnCommitCallbacks(execute=True):
            transaction.on_commit(lambda: fired.append("sync"))
        assert fired.pop() == "sync"

    async def test_queries_of_awaited_code_are_counted(self) -> None:
        with self.assertNumQueries(1):
            await self.client.get("/api/products/")
        with (
            pytest.raises(AssertionError, match="1 SQL statement on database 'default'"),
            self.assertNumQueries(2),
        ):
            await self.client.get("/api/products/")
        with self.assertNumQueries(0, using="other"):
            await self.client.get("/api/products/")

    async def test_on_commit_hooks_are_captured(self) -> None:
        async with self.acaptureOnCommitCallbacks() as callbacks:
            await self.client.post("/created/")
        assert (len(callbacks), fired) == (1, [])
        async with self.acaptureOnCommitCallbacks(execute=True) as callbacks:
            await Country.objects.filter(code="FY").adelete()
            await self.client.post("/created/")
        assert (len(callbacks), fired) == (1, ["created"])
        fired.clear()

    async def test_where_django_would_capture_none_the_twin_is_named(self) -> None:
        with pytest.raises(TypeError, match=r"async with self\.acaptureOnCommitCallbacks"):
            self.captureOnCommitCallbacks()


class TestNoDatabase(AsyncAPISimpleTestCase):
    async def test_using_one_fails(self) -> None:
        with pytest.raises(DatabaseOperationForbidden, match="not allowed in SimpleTestCase"):
            await Country.objects.acount()

    async def test_both_clients_are_ours(self) -> None:
        assert isinstance(self.client, AsyncAPIClient)
        assert isinstance(self.async_client, AsyncAPIClient)
        assert (await self.client.get("/nowhere/")).status_code == 404


@override_settings(ROOT_URLCONF=__name__)
class TestRedirects(AsyncAPISimpleTestCase):
    async def test_assert_redirects(self) -> None:
        response = await self.client.get("/moved/")
        self.assertRedirects(response, "/api/products/", fetch_redirect_response=False)
        self.assertRedirects(response, "/api/products/", 302, 200, "", False)
        with pytest.raises(TypeError, match="follow=True, or pass fetch_redirect_response=False"):
            self.assertRedirects(response, "/api/products/")


@override_settings(ROOT_URLCONF=__name__)
class TestFollowedRedirects(AsyncAPITestCase):
    async def test_assert_redirects(self) -> None:
        self.assertRedirects(await self.client.get("/moved/", follow=True), "/api/products/")
        self.assertContains(await self.client.get("/api/products/"), "[]")


@override_settings(ROOT_URLCONF=__name__)
class TestRealTransactions(AsyncAPITransactionTestCase):
    async def test_on_commit_hooks_run(self) -> None:
        fired.clear()
        await self.client.post("/created/")
        assert fired == ["created"]
        with self.assertNumQueries(1):
            assert await Country.objects.acount() == 1
        async with self.client.stream("GET", "/api/products/") as response:
            assert await response.read() == b'["Far Yonder"]'

    async def test_the_tables_are_empty_again(self) -> None:
        assert await Country.objects.acount() == 0
        assert not connection.in_atomic_block


@pytest.mark.parametrize(
    "case",
    [
        AsyncAPISimpleTestCase,
        AsyncAPITestCase,
        AsyncAPITransactionTestCase,
        AsyncAPILiveServerTestCase,
    ],
)
def test_they_mirror_djangos_hierarchy(case: type[Any]) -> None:
    django = {
        "AsyncAPISimpleTestCase": "SimpleTestCase",
        "AsyncAPITestCase": "TestCase",
        "AsyncAPITransactionTestCase": "TransactionTestCase",
        "AsyncAPILiveServerTestCase": "LiveServerTestCase",
    }
    assert django[case.__name__] in [base.__name__ for base in case.__mro__]


# -- Django's runner ---------------------------------------------------------------------------

SETTINGS = """
SECRET_KEY = "x" * 50
USE_TZ = True
ROOT_URLCONF = "shop.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"]
REST_FRAMEWORK = {"TEST_REQUEST_DEFAULT_FORMAT": "json"}
"""

URLS = """
from django.contrib.auth.models import User
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

class Products(APIView):
    def get(self, request):
        return Response([user.username for user in User.objects.all()])

    def post(self, request):
        return Response(User.objects.create(**request.data).username, status=201)

urlpatterns = [path("api/products/", Products.as_view())]
"""

TESTS = """
from django.contrib.auth.models import User
from restflow.test import AsyncAPIClient, AsyncAPITestCase, AsyncAPILiveServerTestCase

class TestProducts(AsyncAPITestCase):
    async def test_list_returns_200(self):
        client = AsyncAPIClient()
        response = await client.get("/api/products/")
        assert response.status_code == 200

class TestSharing(AsyncAPITestCase):
    async def test_the_transaction_is_seen(self):
        await User.objects.acreate(username="pen")
        assert (await self.client.get("/api/products/")).data == ["pen"]

    async def test_a_post_in_the_projects_default_format(self):
        response = await self.client.post("/api/products/", {"username": "ink"})
        assert (response.status_code, response.data) == (201, "ink")
        assert await User.objects.acount() == 1
"""


def test_under_djangos_runner(tmp_path: Path) -> None:
    package = tmp_path / "shop"
    package.mkdir()
    for name, text in {"settings": SETTINGS, "urls": URLS, "tests": TESTS, "__init__": ""}.items():
        (package / f"{name}.py").write_text(text)
    command = [sys.executable, "-W", "error", "-m", "django", "test", "--settings=shop.settings"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Ran 3 tests" in done.stderr
