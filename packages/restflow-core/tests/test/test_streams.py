"""Streams read while they are produced, and left in the middle: in process as over a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test.client import FakePayload
from django.urls import path
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory, StreamAborted
from restflow.test.streams import Exchange

pytestmark = pytest.mark.urls(__name__)


class Journal:
    """What the application did, in order, and the events that tests let it wait for."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.go = asyncio.Event()

    def write(self, entry: Any) -> None:
        self.entries.append(entry)


journal: Journal


@pytest.fixture(autouse=True)
def _journal() -> None:
    global journal
    journal = Journal()


async def counting(request: HttpRequest) -> StreamingHttpResponse:
    """Counts to ``last``, or for ever; pauses where the test says."""
    last = int(request.GET.get("last", -1))
    pause = int(request.GET.get("pause", -1))

    async def source() -> AsyncIterator[str]:
        number = 0
        try:
            while number != last:
                if number == pause:
                    await journal.go.wait()
                journal.write(number)
                yield f"{number}\n"
                await asyncio.sleep(0)
                number += 1
        except asyncio.CancelledError:
            journal.write("cancelled")
            raise
        finally:
            journal.write("closed")

    response = StreamingHttpResponse(source(), content_type="text/plain; charset=utf-8")
    response.set_cookie("first", "1")
    response.set_cookie("second", "2")
    response._resource_closers.append(lambda: journal.write("response closed"))  # type: ignore[attr-defined]
    return response


async def slow(request: HttpRequest) -> HttpResponse:
    try:
        journal.write("started")
        journal.go.set()
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        journal.write("cancelled")
        raise
    return HttpResponse()


async def stubborn(request: HttpRequest) -> StreamingHttpResponse:
    async def source() -> AsyncIterator[str]:
        yield "one"
        while not journal.go.is_set():
            try:
                await journal.go.wait()
            except asyncio.CancelledError:
                journal.write("ignored")

    return StreamingHttpResponse(source())


async def breaking(request: HttpRequest) -> StreamingHttpResponse:
    async def source() -> AsyncIterator[str]:
        yield "[1,"
        raise LookupError("the source ran dry")

    return StreamingHttpResponse(source())


async def failing(request: HttpRequest) -> HttpResponse:
    raise LookupError("before the first byte")


def blocking(request: HttpRequest) -> StreamingHttpResponse:
    def source() -> Iterator[bytes]:
        yield b"a"
        yield b"b"

    return StreamingHttpResponse(source())


def sent(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "method": request.method,
            "body": request.body.decode(),
            "length": len(request.body),
            "query": request.GET,
            "type": request.content_type,
            "tenant": request.headers.get("X-Tenant"),
            "cookies": request.COOKIES,
        }
    )


async def text(request: HttpRequest) -> StreamingHttpResponse:
    async def source() -> AsyncIterator[bytes]:
        for piece in json.loads(request.body):
            yield piece.encode("latin-1")

    charset = request.GET.get("charset", "utf-8")
    return StreamingHttpResponse(source(), content_type=f"text/plain; charset={charset}")


class Guarded(APIView):
    authentication_classes = [SessionAuthentication]
    permission_classes = [IsAuthenticated]

    def post(self, request: Request) -> Response:
        return Response({"user": str(request.user), "auth": str(request.auth)})


urlpatterns = [
    path("counting/", counting),
    path("slow/", slow),
    path("stubborn/", stubborn),
    path("breaking/", breaking),
    path("failing/", failing),
    path("blocking/", blocking),
    path("sent/", sent),
    path("text/", text),
    path("guarded/", Guarded.as_view()),
]


# -- reading -----------------------------------------------------------------------------------


async def test_chunks_arrive_while_the_view_still_produces() -> None:
    async with AsyncAPIClient().stream("GET", "/counting/?pause=2&last=4") as response:
        assert response.status_code == 200
        chunks = response.chunks()
        assert [await anext(chunks), await anext(chunks)] == [b"0\n", b"1\n"]
        assert journal.entries == [0, 1]  # the source waits for the test
        journal.go.set()
        assert await response.read() == b"2\n3\n"
    assert journal.entries == [0, 1, 2, 3, "closed", "response closed"]


async def test_the_response_is_its_own_iterator() -> None:
    async with AsyncAPIClient().stream("GET", "/counting/?last=3") as response:
        assert [chunk async for chunk in response] == [b"0\n", b"1\n", b"2\n"]
        assert await response.read() == b""


async def test_headers_and_cookies() -> None:
    client = AsyncAPIClient()
    async with client.stream("GET", "/counting/?last=1") as response:
        assert response.headers["content-type"] == "text/plain; charset=utf-8"
        assert "set-cookie" not in response.headers
        assert repr(response) == "<StreamedResponse 200 'text/plain; charset=utf-8'>"
    assert {name: cookie.value for name, cookie in response.cookies.items()} == {
        "first": "1",
        "second": "2",
    }
    async with client.stream("GET", "/sent/") as response:
        assert json.loads(await response.read())["cookies"] == {"first": "1", "second": "2"}


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["one\ntwo\n"], ["one", "two"]),
        (["on", "e\nt", "wo"], ["one", "two"]),
        (["one\r", "\ntwo\r\n", "\n"], ["one", "two", ""]),
        (["\xe2", "\x82", "\xac\n"], ["€"]),
        (["one\x85still one\n"], ["one\ufffdstill one"]),
        ([], []),
    ],
)
async def test_lines(pieces: list[str], lines: list[str]) -> None:
    async with AsyncAPIClient().stream("POST", "/text/", pieces, format="json") as response:
        if "\ufffd" in "".join(lines):
            with pytest.raises(UnicodeDecodeError):
                await response.lines().__anext__()
        else:
            assert [line async for line in response.lines()] == lines


async def test_lines_split_at_line_feeds_only_and_in_the_response_s_charset() -> None:
    client = AsyncAPIClient()
    pieces = ["a\x85b\x0cc\n", "d"]
    async with client.stream("POST", "/text/?charset=latin-1", pieces, format="json") as response:
        assert [line async for line in response.lines()] == ["a\x85b\x0cc", "d"]


async def test_reading_lines_can_be_taken_up_again() -> None:
    async with AsyncAPIClient().stream(
        "POST", "/text/", ["1\n2\n", "3\n"], format="json"
    ) as response:
        async for line in response.lines():
            assert line == "1"
            break
        assert [line async for line in response.lines()] == ["2", "3"]


async def test_a_body_from_a_sync_source() -> None:
    with pytest.warns(Warning, match="must consume synchronous iterators"):
        async with AsyncAPIClient().stream("GET", "/blocking/") as response:
            assert await response.read() == b"ab"


async def test_a_head_request_has_no_body() -> None:
    async with AsyncAPIClient().stream("HEAD", "/counting/?last=3") as response:
        assert await response.read() == b""


# -- asking ------------------------------------------------------------------------------------


async def test_requests_are_composed_as_for_other_calls() -> None:
    client = AsyncAPIClient(HTTP_X_TENANT="7")
    async with client.stream("GET", "/sent/", {"a": "1"}) as response:
        assert json.loads(await response.read())["query"] == {"a": "1"}
    arguments: Any = {"format": "json", "query_params": {"q": "2"}}
    async with client.stream("POST", "/sent/", {"a": 1}, **arguments) as response:
        answer = json.loads(await response.read())
    assert answer["body"] == '{"a":1}'
    assert (answer["query"], answer["type"]) == ({"q": "2"}, "application/json")
    client.credentials(HTTP_X_TENANT="8")
    async with client.stream("PUT", "/sent/", "text", content_type="text/plain") as response:
        answer = json.loads(await response.read())
    assert (answer["method"], answer["body"], answer["tenant"]) == ("PUT", "text", "8")


async def test_a_large_body_is_sent_whole() -> None:
    body = b"x" * 200_000
    arguments: Any = {"content_type": "application/octet-stream"}
    async with AsyncAPIClient().stream("POST", "/sent/", body, **arguments) as response:
        assert json.loads(await response.read())["length"] == 200_000


@pytest.mark.parametrize("enforce", [False, True])
async def test_forced_users_and_csrf_as_for_other_calls(enforce: bool) -> None:
    client = AsyncAPIClient(enforce_csrf_checks=enforce)
    async with client.stream("POST", "/guarded/") as response:
        assert response.status_code == 403
    client.force_authenticate(User(username="ada"), token="t")
    async with client.stream("POST", "/guarded/") as response:
        assert json.loads(await response.read()) == {"user": "ada", "auth": "t"}


@pytest.mark.parametrize(("enforce", "status"), [(False, 200), (True, 403)])
@pytest.mark.usefixtures("adb")
async def test_csrf_of_sessions(enforce: bool, status: int, settings: Any) -> None:
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
    client = AsyncAPIClient(enforce_csrf_checks=enforce)
    await client.aforce_login(await User.objects.acreate(username="ada"))
    async with client.stream("POST", "/guarded/") as response:
        assert response.status_code == status


# -- leaving -----------------------------------------------------------------------------------


async def test_leaving_in_mid_stream_closes_the_source() -> None:
    async with AsyncAPIClient().stream("GET", "/counting/") as response:
        assert await anext(response.chunks()) == b"0\n"
    assert journal.entries[-2:] == ["closed", "response closed"]


async def test_disconnect_does_so_at_once() -> None:
    async with AsyncAPIClient().stream("GET", "/counting/?pause=1") as response:
        assert await anext(response.chunks()) == b"0\n"
        await response.disconnect()
        assert journal.entries == [0, "cancelled", "closed", "response closed"]
        assert [chunk async for chunk in response] == []


async def test_a_reader_that_waits_is_released_by_a_disconnect() -> None:
    async with AsyncAPIClient().stream("GET", "/counting/?pause=0") as response:
        reading = asyncio.create_task(response.read())
        await asyncio.sleep(0)
        await response.disconnect()
        assert await reading == b""


async def test_leaving_before_the_response_cancels_the_view() -> None:
    async def ask() -> None:
        async with AsyncAPIClient().stream("GET", "/slow/"):
            pytest.fail("there was an answer")

    asking = asyncio.create_task(ask())
    await journal.go.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert journal.entries == ["started", "cancelled"]


async def ended() -> None:
    """Let the stubborn view go and wait until nothing of it runs."""
    journal.go.set()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left:
        await asyncio.wait(left, timeout=5)


async def test_an_application_that_goes_on_is_reported() -> None:
    with pytest.raises(TimeoutError, match=r"GET /stubborn/ was still running 0.05 s after"):
        async with AsyncAPIClient().stream("GET", "/stubborn/", timeout=0.05) as response:
            assert await anext(response.chunks()) == b"one"
    await ended()


async def test_a_failing_test_is_what_is_reported() -> None:
    async def test() -> None:
        async with AsyncAPIClient().stream("GET", "/stubborn/", timeout=0.05) as response:
            assert await anext(response.chunks()) == b"one"
            raise AssertionError("the test's own")

    with pytest.raises(AssertionError, match="the test's own"):
        await test()
    await ended()


# -- back-pressure -----------------------------------------------------------------------------


async def drained() -> None:
    """Give the application every turn it can use without the reader."""
    before = -1
    while before != len(journal.entries):
        before = len(journal.entries)
        for _ in range(20):
            await asyncio.sleep(0)


async def test_without_a_buffer_the_source_waits_for_the_reader() -> None:
    async with AsyncAPIClient().stream("GET", "/counting/", buffer_size=0) as response:
        await drained()
        assert journal.entries == [0]
        assert await anext(response.chunks()) == b"0\n"
        await drained()
        assert journal.entries == [0, 1]


async def test_the_source_is_ahead_by_the_buffer_at_most() -> None:
    async with AsyncAPIClient().stream("GET", "/counting/", buffer_size=10) as response:
        await drained()
        assert journal.entries == [0, 1, 2, 3, 4, 5]  # two bytes each; the sixth had to wait
        await anext(response.chunks())


async def test_a_send_that_waits_for_the_reader_ends_when_the_client_leaves() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        """Never asks receive() whether anybody is there."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(5):
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            journal.write(number)

    client = AsyncAPIClient()
    scope = AsyncAPIRequestFactory().get("/").scope | {"_body_file": FakePayload(b"")}
    exchange = Exchange(client, application, scope, buffer_size=0, timeout=5)
    async with exchange as response:
        assert await anext(response.chunks()) == b"x"
        await drained()
        assert journal.entries == [0]
    assert journal.entries == [0, 1, 2, 3, 4]


# -- failing -----------------------------------------------------------------------------------


async def test_an_error_in_mid_stream_is_raised_by_the_reader_once() -> None:
    async with AsyncAPIClient().stream("GET", "/breaking/") as response:
        chunks = response.chunks()
        assert await anext(chunks) == b"[1,"
        with pytest.raises(LookupError, match="the source ran dry"):
            await anext(chunks)
        assert response.exc_info is not None
        assert response.exc_info[0] is LookupError


async def test_an_error_that_nobody_read_is_raised_at_the_end() -> None:
    async def test() -> None:
        async with AsyncAPIClient().stream("GET", "/breaking/") as response:
            assert await anext(response.chunks()) == b"[1,"
            await drained()

    with pytest.raises(LookupError, match="the source ran dry"):
        await test()


async def test_or_the_body_breaks_off() -> None:
    client = AsyncAPIClient(raise_request_exception=False)
    async with client.stream("GET", "/breaking/") as response:
        chunks = response.chunks()
        assert await anext(chunks) == b"[1,"
        with pytest.raises(StreamAborted, match="GET /breaking/ broke off in mid-stream"):
            await anext(chunks)


async def test_an_error_before_the_response() -> None:
    with pytest.raises(LookupError, match="before the first byte"):
        async with AsyncAPIClient().stream("GET", "/failing/"):
            pytest.fail("there was an answer")
    client = AsyncAPIClient(raise_request_exception=False)
    async with client.stream("GET", "/failing/") as response:
        assert response.status_code == 500
        assert response.exc_info is not None
        assert str(response.exc_info[1]) == "before the first byte"


async def test_streams_that_run_together_keep_their_errors_apart() -> None:
    client = AsyncAPIClient()
    async with client.stream("GET", "/counting/?pause=1&last=2") as response:
        with pytest.raises(LookupError):
            await client.get("/failing/")
        with pytest.raises(LookupError):
            async with client.stream("GET", "/failing/"):
                pytest.fail("there was an answer")
        journal.go.set()
        assert await response.read() == b"0\n1\n"
        assert response.exc_info is None
