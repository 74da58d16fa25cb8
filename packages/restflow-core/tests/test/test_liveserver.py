"""The project's ASGI application behind a real socket: streams, hang-ups, databases, shut-down."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import unittest
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connections
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path

from restflow.test import AsyncAPIClient, AsyncAPILiveServerTestCase, assert_hops
from restflow_testing.models import Country

entries: list[Any] = []
closed = threading.Event()


async def counting(request: HttpRequest) -> StreamingHttpResponse:
    """Counts for ever, ten times a second."""

    async def source() -> AsyncIterator[str]:
        number = 0
        try:
            while True:
                yield f"{number}\n"
                number += 1
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            entries.append("cancelled")
            raise
        finally:
            entries.append("closed")

    response = StreamingHttpResponse(source(), content_type="text/plain")
    response._resource_closers.append(closed.set)  # type: ignore[attr-defined]
    return response


async def asked(request: HttpRequest) -> JsonResponse:
    country = await Country.objects.aget(code="FX")
    return JsonResponse({"name": country.name, "method": request.method})


async def created(request: HttpRequest) -> HttpResponse:
    await Country.objects.acreate(**json.loads(request.body))
    return HttpResponse(status=201)


async def from_a_thread(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"count": await asyncio.to_thread(Country.objects.count)})


urlpatterns = [
    path("counting/", counting),
    path("asked/", asked),
    path("created/", created),
    path("from-a-thread/", from_a_thread),
]


async def own_application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


@override_settings(ROOT_URLCONF=__name__)
class TestServed(AsyncAPILiveServerTestCase):
    """What a project's own class does."""

    databases = {"default", "other"}

    async def test_it_sees_what_the_test_committed_and_the_test_what_it_did(self) -> None:
        await Country.objects.acreate(code="FX", name="Faraway")
        async with httpx.AsyncClient(base_url=self.live_server_url) as client:
            answer = await client.get("/asked/")
            assert (answer.status_code, answer.json()) == (
                200,
                {"name": "Faraway", "method": "GET"},
            )
            created = await client.post("/created/", json={"code": "FY", "name": "Far Yonder"})
            assert created.status_code == 201
            assert (await client.get("/from-a-thread/")).json() == {"count": 2}
        assert await Country.objects.acount() == 2

    async def test_tests_do_not_see_each_others_rows(self) -> None:
        assert await Country.objects.acount() == 0

    def test_it_serves_sync_tests(self) -> None:
        Country.objects.create(code="FX", name="Faraway")
        assert httpx.get(f"{self.live_server_url}/asked/").json()["name"] == "Faraway"

    async def test_requests_run_at_the_same_time(self) -> None:
        await Country.objects.acreate(code="FX", name="Faraway")
        async with httpx.AsyncClient(base_url=self.live_server_url) as client:
            answers = await asyncio.gather(*(client.get("/asked/") for _ in range(20)))
        assert {answer.status_code for answer in answers} == {200}

    async def test_a_stream_is_read_while_it_is_produced_and_left_in_the_middle(self) -> None:
        entries.clear()
        closed.clear()
        async with (
            httpx.AsyncClient(base_url=self.live_server_url) as client,
            client.stream("GET", "/counting/") as response,
        ):
            lines = response.aiter_lines()
            assert [await anext(lines) for _ in range(3)] == ["0", "1", "2"]
            assert not entries
        assert await asyncio.to_thread(closed.wait, 5)
        over_a_socket = entries[:]
        entries.clear()
        async with AsyncAPIClient().stream("GET", "/counting/") as streamed:
            in_process = streamed.lines()
            assert [await anext(in_process) for _ in range(3)] == ["0", "1", "2"]
        assert entries == over_a_socket == ["cancelled", "closed"]

    async def test_hops_of_its_thread_count(self) -> None:
        await Country.objects.acreate(code="FX", name="Faraway")
        async with httpx.AsyncClient(base_url=self.live_server_url) as client:
            await client.get("/asked/")
            async with assert_hops(1, of="view"):
                await client.get("/asked/")

    async def test_static_files_and_uploads_are_served(self) -> None:
        with override_settings(MEDIA_URL="/media/"):
            name = default_storage.save("plan.txt", ContentFile(b"a plan"))
        async with httpx.AsyncClient(base_url=self.live_server_url) as client:
            answer = await client.get("/static/rest_framework/css/default.css")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "text/css")
            assert (await client.get("/static/nothing.css")).status_code == 404
            assert (await client.get(f"/media/{name}")).status_code == 404  # no MEDIA_URL is set
        default_storage.delete(name)

    async def test_the_clients_in_process_work_too(self) -> None:
        await Country.objects.acreate(code="FX", name="Faraway")
        assert (await self.client.get("/asked/")).json()["name"] == "Faraway"


@override_settings(ROOT_URLCONF=__name__, MEDIA_URL="/media/")
class TestUploads(AsyncAPILiveServerTestCase):
    async def test_uploads_are_served_under_media_url(self) -> None:
        name = default_storage.save("plan.txt", ContentFile(b"a plan"))
        url = f"{self.live_server_url}{default_storage.url(name)}"
        async with httpx.AsyncClient() as client:
            answer = await client.get(url)
            missing = await client.get(f"{url}.missing")
        default_storage.delete(name)
        assert (answer.status_code, answer.content) == (200, b"a plan")
        assert missing.status_code == 404


class TestAnApplicationOfOnesOwn(AsyncAPILiveServerTestCase):
    application = f"{__name__}.own_application"

    def test_is_served(self) -> None:
        answer = httpx.get(f"{self.live_server_url}/tea/")
        assert (answer.status_code, answer.text) == (418, "/tea/")


@override_settings(ASGI_APPLICATION=f"{__name__}.own_application")
class TestTheProjectsApplication(AsyncAPILiveServerTestCase):
    def test_is_served(self) -> None:
        assert httpx.get(f"{self.live_server_url}/tea/").status_code == 418


# -- starting and stopping ---------------------------------------------------------------------


def run(case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.TestSuite([case(name) for name in vars(case) if name.startswith("test")]).run(result)
    return result


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.urls(__name__)
def test_a_stream_left_open_does_not_keep_the_server() -> None:
    class Case(AsyncAPILiveServerTestCase):
        held: Any = None

        def test_leaves_a_stream_open(self) -> None:
            host, port = "127.0.0.1", type(self).server_thread.port
            Case.held = held = socket.create_connection((host, port))
            held.sendall(b"GET /counting/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert held.recv(12) == b"HTTP/1.1 200"

    closed.clear()
    result = run(Case)
    assert (result.errors, result.failures) == ([], [])
    assert closed.wait(5)
    assert not Case.server_thread.is_alive()
    Case.held.close()


@pytest.mark.usefixtures("transactional_db")
def test_a_port_in_use_is_reported() -> None:
    with socket.create_server(("localhost", 0)) as taken:

        class Case(AsyncAPILiveServerTestCase):
            port = taken.getsockname()[1]

            def test_never_runs(self) -> None:
                raise AssertionError

        result = run(Case)
    ((_, trace),) = result.errors
    assert "Address already in use" in trace
    assert not Case.server_thread.is_alive()


async def dying(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no licence"})


@pytest.mark.usefixtures("transactional_db")
def test_an_application_that_refuses_to_start_is_reported() -> None:
    class Case(AsyncAPILiveServerTestCase):
        application = f"{__name__}.dying"

        def test_never_runs(self) -> None:
            raise AssertionError

    result = run(Case)
    ((_, trace),) = result.errors
    assert "dying" in trace
    assert "refused to start: its lifespan start-up failed" in trace
    assert not Case.server_thread.is_alive()


@pytest.mark.usefixtures("transactional_db")
def test_a_server_that_dies_later_is_reported(monkeypatch: Any) -> None:
    class Case(AsyncAPILiveServerTestCase):
        def test_passes(self) -> None:
            server = type(self).server_thread._server
            monkeypatch.setattr(server, "on_tick", lambda counter: 1 / 0)

    result = run(Case)
    ((_, trace),) = result.errors
    assert "ZeroDivisionError" in trace


@pytest.mark.django_db(transaction=True)
@pytest.mark.urls(__name__)
def test_no_connection_outlives_the_server() -> None:
    opened = []

    class Case(AsyncAPILiveServerTestCase):
        def test_uses_threads_that_nobody_cleans_up(self) -> None:
            assert httpx.get(f"{self.live_server_url}/from-a-thread/").json() == {"count": 0}
            opened.extend(type(self).server_thread._opened)

    result = run(Case)
    assert (result.errors, result.failures) == ([], [])
    assert opened
    assert all(connection.connection is None for connection in opened)
    assert connections["default"] not in opened


# -- in another process ------------------------------------------------------------------------

IN_MEMORY = """
import asyncio, sys, threading, unittest
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="x" * 50, ALLOWED_HOSTS=[], USE_TZ=True, ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
)
django.setup()
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connections
from django.http import JsonResponse
from django.test.runner import DiscoverRunner
from django.urls import path
import httpx
from restflow.test import AsyncAPILiveServerTestCase, AsyncAPITestCase

async def names(request):
    await User.objects.acreate(username=f"made by {request.GET['by']}")
    seen = [user.username async for user in User.objects.order_by("pk")]
    in_thread = await asyncio.to_thread(lambda: (User.objects.count(), connections["default"]))
    in_request = await sync_to_async(lambda: connections["default"])()
    assert in_thread[1] is in_request is mine
    return JsonResponse({"names": seen, "count": in_thread[0]})

urlpatterns = [path("names/", names)]

mine = connections["default"]

class Live(AsyncAPILiveServerTestCase):
    async def test_all_threads_share_the_database(self):
        await User.objects.acreate(username="made by the test")
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.live_server_url}/names/?by=request")
        assert answer.json() == {"names": ["made by the test", "made by request"], "count": 2}
        assert await User.objects.acount() == 2

class Plain(AsyncAPITestCase):
    async def test_the_transaction_is_seen(self):
        await User.objects.acreate(username="made by the test")
        assert await User.objects.acount() == 1

runner = DiscoverRunner(verbosity=0)
old = runner.setup_databases()
runner.setup_test_environment()
suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
result = unittest.TextTestRunner().run(suite)
runner.teardown_test_environment()
runner.teardown_databases(old)
sys.exit(not result.wasSuccessful())
"""


def python(code: str, *flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *flags, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_in_memory_databases_are_shared_with_the_servers_threads() -> None:
    done = python(IN_MEMORY)
    assert done.returncode == 0, done.stderr
    assert "Ran 2 tests" in done.stderr
    assert "Warning" not in done.stderr


WITHOUT_UVICORN = """
import sys
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"])
django.setup()
sys.modules["uvicorn"] = None
from restflow.test import AsyncAPILiveServerTestCase
AsyncAPILiveServerTestCase._create_server_thread({})
"""


def test_without_uvicorn_the_remedy_is_named() -> None:
    done = python(WITHOUT_UVICORN)
    assert done.stderr.splitlines()[-1] == (
        "ImportError: AsyncAPILiveServerTestCase serves ASGI with uvicorn, which is not installed: "
        "pip install 'restflow-core[live]'"
    )
