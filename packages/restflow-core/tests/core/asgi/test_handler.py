"""The handler: hops, signals, streams, files, errors, disconnects, tasks that stay behind."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import connection, connections
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from restflow.core.asgi import RestflowASGIHandler, get_asgi_application
from restflow.core.asgi import application as application_module
from restflow.core.asgi.pool import pool
from restflow.test import assert_hops

from .conversation import PATIENCE, STARTPROJECT, Client, ask, connected, idle, project

HANDLERS = [ASGIHandler, RestflowASGIHandler]


async def empty(request: Any) -> HttpResponse:
    return HttpResponse("empty")


async def count(request: Any) -> HttpResponse:
    return HttpResponse(str(await User.objects.acount()))


async def count_twice(request: Any) -> HttpResponse:
    first = await sync_to_async(threading.get_ident)()
    await User.objects.acount()
    return HttpResponse(str(first == await sync_to_async(threading.get_ident)()))


def sync_count(request: Any) -> HttpResponse:
    return HttpResponse(str(User.objects.count()))


# -- hops -------------------------------------------------------------------------------------


@pytest.mark.parametrize("middleware", [[], STARTPROJECT], ids=["none", "startproject"])
@pytest.mark.parametrize(("view", "hops"), [(empty, 0), (count, 1), (sync_count, 1)])
async def test_hops(adb: None, middleware: list[str], view: Any, hops: int) -> None:
    with project(view, MIDDLEWARE=middleware) as app:
        await ask(app, f"/{view.__name__}/")
        async with assert_hops(hops):
            answer = await ask(app, f"/{view.__name__}/")
        assert answer.status == 200
        await idle()


async def test_django_s_own_handler_is_what_was_measured_against(adb: None) -> None:
    with project(empty, handler=ASGIHandler, MIDDLEWARE=STARTPROJECT) as app:
        async with assert_hops(15):
            await ask(app, "/empty/")


async def test_no_thread_is_started_once_one_is_warm(adb: None) -> None:
    with project(count) as app:
        await ask(app, "/count/")
        await idle()
        started = pool.started
        for _ in range(20):
            await ask(app, "/count/")
            await idle()
        assert pool.started == started


async def test_all_hops_of_a_request_are_in_one_thread(adb: None) -> None:
    with project(count_twice) as app:
        assert (await ask(app, "/count_twice/")).body == b"True"
        await idle()


async def test_requests_at_once_have_threads_of_their_own() -> None:
    meeting = threading.Barrier(5)

    async def meet(request: Any) -> HttpResponse:
        await sync_to_async(meeting.wait)(PATIENCE)
        return HttpResponse(str(await sync_to_async(threading.get_ident)()))

    with project(meet) as app:
        answers = await asyncio.gather(*(ask(app, "/meet/") for _ in range(5)))
        assert len({answer.body for answer in answers}) == 5
        await idle()


# -- signals ----------------------------------------------------------------------------------


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("sender", [None, ASGIHandler])
async def test_receivers_of_others_are_called_with_django_s_sender(
    handler: type[ASGIHandler], sender: Any
) -> None:
    heard: list[tuple[str, Any, bool, bool]] = []

    def note(kind: str, sender: Any, scope: Any = None) -> None:
        on_loop = threading.current_thread() is threading.main_thread()
        heard.append((kind, sender, scope is not None, on_loop))

    def started(sender: Any, scope: Any, **kwargs: Any) -> None:
        note("started", sender, scope)

    async def astarted(sender: Any, scope: Any, **kwargs: Any) -> None:
        note("astarted", sender, scope)

    def finished(sender: Any, **kwargs: Any) -> None:
        note("finished", sender)

    with (
        project(empty, handler=handler) as app,
        connected(request_started, started, sender=sender),
        connected(request_started, astarted, sender=sender),
        connected(request_finished, finished, sender=sender),
    ):
        await ask(app, "/empty/")
    await idle()
    assert sorted(heard, key=str) == [  # before 6.0, Django calls sync and async ones at once
        ("astarted", ASGIHandler, True, True),
        ("finished", ASGIHandler, False, False),
        ("started", ASGIHandler, True, False),
    ]


@pytest.mark.parametrize("handler", HANDLERS)
async def test_a_disconnect_ends_the_request_for_receivers_too(handler: type[ASGIHandler]) -> None:
    heard: list[str] = []
    began = asyncio.Event()

    async def endless(request: Any) -> HttpResponse:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")
            raise
        return HttpResponse()

    def finished(sender: Any, **kwargs: Any) -> None:
        heard.append("finished")

    with project(endless, handler=handler) as app, connected(request_finished, finished):
        client = Client(app)
        task = client.request("/endless/")
        await asyncio.wait_for(began.wait(), PATIENCE)
        client.hang_up()
        await asyncio.wait_for(task, PATIENCE)
    await idle()
    assert heard == ["cancelled", "finished"]
    assert client.answer.messages == []


# -- scopes and errors ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_other_scopes_are_refused_as_django_does(kind: str) -> None:
    with project(empty) as app, pytest.raises(ValueError, match=f"HTTP connections, not {kind}"):
        await app({"type": kind}, None, None)


@pytest.mark.parametrize("handler", HANDLERS)
async def test_errors(handler: type[ASGIHandler]) -> None:
    async def failing(request: Any) -> HttpResponse:
        raise RuntimeError("planted")

    seen: list[Any] = []

    def noticed(sender: Any, request: Any, **kwargs: Any) -> None:
        seen.append(request.path)

    with project(failing, handler=handler) as app, connected(got_request_exception, noticed):
        assert (await ask(app, "/failing/")).status == 500
        assert (await ask(app, "/nowhere/")).status == 404
        assert (await ask(app, "/failing/?%ff")).status == 500
    assert seen == ["/failing/", "/failing/"]
    await idle()


@pytest.mark.parametrize("handler", HANDLERS)
async def test_bad_requests_before_there_is_a_request(handler: type[ASGIHandler]) -> None:
    async def reading(request: Any) -> HttpResponse:
        return HttpResponse(request.body)

    with project(reading, handler=handler) as app:
        client = Client(app)
        scope_error = client.request("/reading/")
        await scope_error
        assert client.answer.status == 200

        async def broken(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "query_string": b"\xff"}, receive, send)

        assert (await ask(broken, "/reading/")).status == 400


async def test_a_client_that_leaves_while_sending_is_not_answered() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    with project(empty) as app:
        scope = {"type": "http", "method": "POST", "path": "/empty/", "headers": []}
        await app(scope, receive, send)
    assert not sent


async def test_an_error_while_sending_reaches_the_server() -> None:
    async def send(message: Any) -> None:
        raise ConnectionResetError("planted")

    with project(empty) as app:
        client = Client(app)
        client._send = send  # type: ignore[method-assign]
        with pytest.raises(ConnectionResetError, match="planted"):
            await client.request("/empty/")
    await idle()


async def test_the_request_task_can_be_cancelled_while_a_hop_runs() -> None:
    entered, go = threading.Event(), threading.Event()

    async def hopping(request: Any) -> HttpResponse:
        await sync_to_async(lambda: (entered.set(), go.wait(PATIENCE)))()
        return HttpResponse()

    with project(hopping) as app:
        client = Client(app)
        task = client.request("/hopping/")
        await idle(entered.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert pool.leased == 1  # nobody else gets a thread that is still inside
        go.set()
        await idle()
        assert (await ask(app, "/hopping/")).status == 200
        await idle()


@pytest.mark.parametrize("handler", HANDLERS)
async def test_a_view_that_is_cut_short_inside_its_thread_keeps_its_request(
    handler: type[ASGIHandler],
) -> None:
    entered, go = threading.Event(), threading.Event()
    seen: list[Any] = []

    def reading(request: Any) -> HttpResponse:
        entered.set()
        go.wait(PATIENCE)
        try:
            seen.append(request.body)
        except Exception as error:
            seen.append(error)
        return HttpResponse()

    with project(reading, handler=handler) as app:
        client = Client(app)
        task = client.request("/reading/", "POST", body=b"ink")
        await idle(entered.is_set)
        client.hang_up()
        for _ in range(20):
            await asyncio.sleep(0)
        go.set()
        await asyncio.wait_for(task, PATIENCE)
        await idle()
    assert seen == [b"ink"]


async def test_hanging_up_while_hops_are_queued() -> None:
    entered, go = threading.Event(), threading.Event()

    async def queueing(request: Any) -> HttpResponse:
        first = sync_to_async(lambda: (entered.set(), go.wait(PATIENCE)))()
        await asyncio.gather(first, *(sync_to_async(int)() for _ in range(5)))
        return HttpResponse()

    with project(queueing) as app:
        client = Client(app)
        task = client.request("/queueing/")
        await idle(entered.is_set)
        client.hang_up()
        await asyncio.sleep(0)
        go.set()
        await asyncio.wait_for(task, PATIENCE)
        await idle()


# -- streams, files, uploads ------------------------------------------------------------------


async def test_a_stream_holds_no_thread_while_it_waits(adb: None) -> None:
    more, sent = asyncio.Event(), asyncio.Event()

    async def streaming(request: Any) -> StreamingHttpResponse:
        await User.objects.acount()

        async def source() -> Any:
            yield b"first"
            await more.wait()
            yield str(await User.objects.acount()).encode()
            sent.set()

        return StreamingHttpResponse(source())

    with project(streaming) as app:
        client = Client(app)
        task = client.request("/streaming/")
        await asyncio.wait_for(client.arrived.wait(), PATIENCE)
        await idle()
        more.set()
        await asyncio.wait_for(task, PATIENCE)
        await idle()
    assert client.answer.body == b"first0"
    assert sent.is_set()


@pytest.mark.parametrize("handler", HANDLERS)
async def test_a_stream_is_closed_when_its_client_leaves(handler: type[ASGIHandler]) -> None:
    closed: list[str] = []

    async def streaming(request: Any) -> StreamingHttpResponse:
        async def source() -> Any:
            try:
                while True:
                    yield b"x"
                    await asyncio.sleep(0)
            finally:
                closed.append("source")

        response = StreamingHttpResponse(source())
        response._resource_closers.append(lambda: closed.append("resource"))
        return response

    with project(streaming, handler=handler) as app:
        client = Client(app)
        task = client.request("/streaming/")
        await asyncio.wait_for(client.arrived.wait(), PATIENCE)
        client.hang_up()
        await asyncio.wait_for(task, PATIENCE)
        await idle()
        gc.collect()  # Django closes its own generator; the source is left to the interpreter
        await idle(lambda: len(closed) == 2)
    assert sorted(closed) == ["resource", "source"]


@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
async def test_files(handler: type[ASGIHandler], tmp_path: Path) -> None:
    path = tmp_path / "ink.bin"
    path.write_bytes(b"ink" * 100_000)
    files: list[Any] = []

    async def file(request: Any) -> FileResponse:
        files.append(path.open("rb"))
        return FileResponse(files[-1])

    with project(file, handler=handler) as app:
        answer = await ask(app, "/file/")
        await idle()
    assert answer.body == path.read_bytes()
    assert answer.headers["content-length"] == "300000"
    assert max(len(message.get("body", b"")) for message in answer.messages) == 2**16
    assert files[0].closed


@pytest.mark.parametrize("handler", HANDLERS)
async def test_uploads_are_closed(handler: type[ASGIHandler]) -> None:
    uploads: list[Any] = []

    async def upload(request: Any) -> HttpResponse:
        uploads.append(request.FILES["file"])
        return HttpResponse(str(uploads[-1].size))

    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        + b"z" * 5000
        + b"\r\n--b--\r\n"
    )
    large = {"FILE_UPLOAD_MAX_MEMORY_SIZE": 100}
    with project(upload, handler=handler, **large) as app:
        headers = {"content-type": "multipart/form-data; boundary=b"}
        answer = await ask(app, "/upload/", "POST", body=body, headers=headers)
        await idle()
    assert answer.body == b"5000"
    assert uploads[0].closed


async def test_closers_of_others_run_in_the_request_s_thread() -> None:
    where: list[int] = []

    async def closing(request: Any) -> HttpResponse:
        where.append(await sync_to_async(threading.get_ident)())
        response = HttpResponse()
        response._resource_closers.append(lambda: where.append(threading.get_ident()))
        return response

    with project(closing) as app:
        await ask(app, "/closing/")
        await idle()
    assert where[0] == where[1] != threading.get_ident()


async def test_a_response_that_overrides_close_is_closed_in_a_thread() -> None:
    where: list[bool] = []

    class Closing(HttpResponse):
        def close(self) -> None:
            where.append(threading.current_thread() is threading.main_thread())
            super().close()

    async def own(request: Any) -> HttpResponse:
        return Closing()

    with project(own) as app:
        await ask(app, "/own/")
        await idle()
    assert where == [False]


class NoisyCache:
    """Cache backends with and without something to close at the end of a request."""

    closed: list[bool] = []


def _noisy() -> type:
    from django.core.cache.backends.locmem import LocMemCache

    class Noisy(LocMemCache):
        def close(self, **kwargs: Any) -> None:
            NoisyCache.closed.append(threading.current_thread() is threading.main_thread())

    return Noisy


NoisyLocMem = _noisy()


async def test_caches_are_closed_as_with_django(settings: Any) -> None:
    NoisyCache.closed.clear()
    backend = f"{__name__}.NoisyLocMem"

    async def caching(request: Any) -> HttpResponse:
        from django.core.cache import cache

        await cache.aset("key", 1)
        return HttpResponse()

    with project(caching, CACHES={"default": {"BACKEND": backend}}) as app:
        await ask(app, "/caching/")
        await idle()
    assert NoisyCache.closed == [False]


# -- what stays behind ------------------------------------------------------------------------


@pytest.mark.parametrize("handler", HANDLERS)
async def test_a_task_that_outlives_the_request_can_hop(handler: type[ASGIHandler]) -> None:
    go = asyncio.Event()
    tasks: list[asyncio.Task[int]] = []

    async def later() -> int:
        await go.wait()
        return await sync_to_async(threading.get_ident)()

    async def firing(request: Any) -> HttpResponse:
        await sync_to_async(threading.get_ident)()
        tasks.append(asyncio.create_task(later()))
        return HttpResponse()

    with project(firing, handler=handler) as app:
        await ask(app, "/firing/")
        await idle()
        go.set()
        assert await asyncio.wait_for(tasks[0], PATIENCE) != threading.get_ident()
        gc.collect()


@pytest.mark.django_db(transaction=True)
async def test_the_connection_is_closed_when_the_request_ends() -> None:
    wrappers: list[Any] = []

    async def using(request: Any) -> HttpResponse:
        def use() -> None:
            connection.ensure_connection()
            wrappers.append(connections["default"])

        await sync_to_async(use)()
        return HttpResponse()

    with project(using) as app:
        await ask(app, "/using/")
        await idle()
    assert wrappers[0].connection is None


async def test_under_a_sync_caller_the_caller_s_thread_is_used() -> None:
    async def where(request: Any) -> HttpResponse:
        return HttpResponse(str(await sync_to_async(threading.get_ident)()))

    def call() -> tuple[int, bytes]:
        return threading.get_ident(), async_to_sync(ask)(app, "/where/").body

    with project(where) as app:
        ident, body = await asyncio.to_thread(call)
    assert body == str(ident).encode()


async def test_no_growth(adb: None) -> None:
    """What a request made is gone after it: no lease, context or response is kept."""
    import weakref

    responses: weakref.WeakSet[HttpResponse] = weakref.WeakSet()

    async def made(request: Any) -> HttpResponse:
        response = HttpResponse(str(await User.objects.acount()))
        responses.add(response)
        return response

    with project(made, MIDDLEWARE=STARTPROJECT) as app:
        for _ in range(10):
            await ask(app, "/made/")
        await idle()
        gc.collect()
        assert len(responses) == 0


def test_uvloop() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def where(request: Any) -> HttpResponse:
        return HttpResponse(str(await sync_to_async(threading.get_ident)()))

    async def main(app: Any) -> Any:
        answers = [await ask(app, "/where/") for _ in range(3)]
        await idle()
        return answers

    with project(where, MIDDLEWARE=STARTPROJECT) as app:
        assert {answer.status for answer in uvloop.run(main(app))} == {200}


# -- the entry point --------------------------------------------------------------------------


def test_get_asgi_application_sets_django_up() -> None:
    assert type(get_asgi_application()) is RestflowASGIHandler
    assert application_module.obstacle() is None


def test_an_unknown_django_gets_its_own_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_module.django, "VERSION", (7, 0, 0, "final", 0))
    assert type(get_asgi_application()) is ASGIHandler


def test_an_asgiref_that_works_another_way_gets_django_s_handler(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(application_module.SyncToAsync, "context_to_thread_executor")
    assert type(get_asgi_application()) is ASGIHandler
    assert "asgiref" in (application_module.obstacle() or "")


async def test_the_header_names_the_hops_under_debug(adb: None) -> None:
    with project(count, DEBUG=True, MIDDLEWARE=STARTPROJECT) as app:
        answer = await ask(app, "/count/")
        await idle()
    assert answer.headers["restflow-hops"].startswith("1; django.db.models.query.QuerySet.count")
    with project(count) as app:
        assert "restflow-hops" not in (await ask(app, "/count/")).headers
        await idle()
