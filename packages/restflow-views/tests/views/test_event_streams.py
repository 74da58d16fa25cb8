"""``Accept: text/event-stream`` is never answered 406, by either family of views."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from restflow.permissions import IsAuthenticated
from restflow.responses import EventStreamRenderer, SSEResponse
from restflow.test import AsyncAPIRequestFactory, assert_hops
from restflow.views import APIView, AsyncAPIView

ACCEPT = "text/event-stream"


async def _ticks() -> AsyncIterator[dict[str, Any]]:
    yield {"event": "tick", "data": 1}


class Ticks(AsyncAPIView):
    authentication_classes: list[Any] = []

    async def get(self, request: Any) -> Any:
        return SSEResponse(_ticks())

    async def post(self, request: Any) -> Response:
        return Response({"done": True}, status=201)


class Closed(Ticks):
    permission_classes = [IsAuthenticated]


class SyncTicks(APIView):
    authentication_classes: list[Any] = []

    def get(self, request: Any) -> Any:
        return SSEResponse([{"data": 1}])


async def asked(cls: Any, accept: str, method: str = "get", **extra: Any) -> Any:
    request = getattr(AsyncAPIRequestFactory(), method)("/", headers={"accept": accept}, **extra)
    response = cls.as_view()(request)
    if hasattr(response, "__await__"):
        response = await response
    if hasattr(response, "render"):
        await response.render()
    return response


@pytest.mark.parametrize("accept", [ACCEPT, "TEXT/Event-Stream", f"image/png, {ACCEPT};q=0.5"])
async def test_a_stream_is_what_an_event_source_gets(accept: str) -> None:
    with assert_hops(0):
        response = await asked(Ticks, accept)
        body = b"".join([part async for part in response])
    assert response.status_code == 200
    assert body == b":\n\nevent: tick\ndata: 1\n\n"
    assert (await asked(SyncTicks, accept)).status_code == 200


async def test_an_error_is_an_event_with_its_status() -> None:
    response = await asked(Closed, ACCEPT)
    assert response.status_code == 403
    assert response["Content-Type"] == ACCEPT
    assert response.content.startswith(b"event: error\ndata: {")
    assert (await asked(Ticks, ACCEPT, "put")).status_code == 405


async def test_what_is_no_stream_is_one_event() -> None:
    response = await asked(Ticks, ACCEPT, "post")
    assert (response.status_code, response.content) == (201, b'data: {"done":true}\n\n')


@pytest.mark.parametrize("accept", ["image/png", f"{ACCEPT};q=0", "text/event", "nonsense"])
async def test_other_types_are_refused_as_ever(accept: str) -> None:
    assert (await asked(Ticks, accept)).status_code == 406


async def test_a_renderer_that_the_client_takes_comes_first() -> None:
    response = await asked(Ticks, f"application/json, {ACCEPT}", "post")
    assert response["Content-Type"] == "application/json"


async def test_own_renderers_and_negotiation_are_asked_first() -> None:
    seen: list[str] = []

    class Own(EventStreamRenderer):
        """A project's own."""

    class Choosing(BaseContentNegotiation):
        def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
            seen.append(request.META["HTTP_ACCEPT"])
            return renderers[0], renderers[0].media_type

    listed = type("Listed", (Ticks,), {"renderer_classes": [JSONRenderer, Own]})
    response = await asked(listed, ACCEPT, "post")
    assert type(response.accepted_renderer) is Own
    choosing = type("Choosing", (Ticks,), {"content_negotiation_class": Choosing})
    response = await asked(choosing, ACCEPT, "post")
    assert response["Content-Type"] == "application/json"
    assert seen == [ACCEPT]
