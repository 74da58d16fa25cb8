"""Rendering by a library means what DRF's rendering means, and its bytes are DRF's."""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections import OrderedDict
from typing import Any

import pytest
from django.test import override_settings
from django.utils.functional import lazystr
from django.utils.safestring import mark_safe
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import renderers
from rest_framework.utils.serializer_helpers import ReturnDict, ReturnList

from restflow.renderers import JSONRenderer, libraries
from restflow_testing.counts import cases


@pytest.fixture(params=["orjson", "msgspec", "neither"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Render with one library, as if only that one were installed."""
    if request.param != "neither":
        pytest.importorskip(request.param)
    encode = None if request.param == "neither" else getattr(libraries, f"_{request.param}")()
    monkeypatch.setattr("restflow.renderers.json.encoder", lambda: encode)
    return str(request.param)


def both(data: Any, *args: Any) -> tuple[Any, Any]:
    return attempt(JSONRenderer(), data, *args), attempt(renderers.JSONRenderer(), data, *args)


def attempt(renderer: Any, data: Any, *args: Any) -> Any:
    try:
        return renderer.render(data, *args)
    except Exception as error:
        return type(error), str(error)


class Name(str):
    pass


class Rank(int):
    pass


HARD: list[Any] = [
    None,
    "",
    [],
    {},
    float("nan"),
    [1, float("inf")],
    {"a": None, "b": float("-inf")},
    {"next": None, "previous": None, "results": [{"a": 1.5, "b": None}, {"a": float("nan")}]},
    {"next": None, "results": [{"a": "null"}, (1, {"b": [None, 2.5]})]},
    {"next": None, "rate": float("nan")},
    2**63 - 1,
    2**64,
    -(2**63) - 1,
    Name("loud"),
    {Name("key"): Rank(3)},
    [mark_safe("<b>"), lazystr("later")],
    "\u2028 and \u2029",
    "\ud800",
    '\x00\x1f\x7f"\\/',
    {1: "a", None: "b", False: "c"},
    {1.5: 1},
    decimal.Decimal("1.10"),
    decimal.Decimal("NaN"),
    uuid.UUID(int=7),
    datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
    datetime.datetime(2024, 1, 2, 3, 4, 5, 6),
    datetime.date(2024, 1, 2),
    datetime.time(3, 4),
    datetime.time(3, 4, tzinfo=datetime.UTC),
    datetime.timedelta(days=1, milliseconds=5),
    (1, 2),
    OrderedDict(b=1, a=2),
    ReturnDict({"a": 1}, serializer=None),
    ReturnList([{"a": 1}], serializer=None),
    b"bytes",
    b"\xff",
    {1, 2},
    object(),
    [object()],
    (n for n in ()),
]


@pytest.mark.parametrize("data", HARD, ids=lambda data: repr(data)[:30])
def test_writes_what_drf_writes(library: str, data: Any) -> None:
    ours, theirs = both(data)
    assert ours == theirs


@pytest.mark.parametrize("indent", ["0", "2", "99", "x", "-1"])
def test_indents_as_the_client_asks(library: str, indent: str) -> None:
    ours, theirs = both({"a": [1, {"b": 2}]}, f"application/json; indent={indent}")
    assert ours == theirs


def test_indents_as_the_context_asks(library: str) -> None:
    ours, theirs = both({"a": 1}, None, {"indent": 3})
    assert ours == theirs
    assert b"\n   " in ours


@pytest.mark.parametrize("setting", ["UNICODE_JSON", "COMPACT_JSON", "STRICT_JSON"])
def test_leaves_unusual_settings_to_drf(library: str, setting: str) -> None:
    attribute, value = {
        "UNICODE_JSON": ("ensure_ascii", True),
        "COMPACT_JSON": ("compact", False),
        "STRICT_JSON": ("strict", False),
    }[setting]
    ours = type("Ours", (JSONRenderer,), {attribute: value})()
    theirs = type("Theirs", (renderers.JSONRenderer,), {attribute: value})()
    data = {"a": ["ü", 1.5]} if setting != "STRICT_JSON" else [float("nan")]
    assert ours.render(data) == theirs.render(data)


def test_asks_an_encoder_class_of_ones_own(library: str) -> None:
    class Shouting(renderers.JSONRenderer.encoder_class):  # type: ignore[misc]
        def encode(self, o: Any) -> str:
            return str(super().encode(o)).upper()

    class Renderer(JSONRenderer):
        encoder_class = Shouting

    assert Renderer().render({"a": "b"}) == b'{"A":"B"}'


numbers = st.integers() | st.floats()
scalars = st.none() | st.booleans() | numbers | st.text() | st.decimals() | st.uuids() | st.dates()
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=cases(2000), deadline=None)
@given(trees)
@pytest.mark.parametrize("name", ["_orjson", "_msgspec"])
def test_means_what_drf_means(name: str, data: Any) -> None:
    data = [data]  # nothing at all is an empty body
    pytest.importorskip(name[1:])
    theirs = attempt(renderers.JSONRenderer(), data)
    body = getattr(libraries, name)()(data)
    if body is None:  # left to DRF
        return
    assert isinstance(theirs, bytes), "DRF refuses this"
    assert repr(json.loads(body)) == repr(json.loads(theirs))


@override_settings(ROOT_URLCONF=__name__)
def test_renders_the_errors_of_a_view() -> None:
    from rest_framework.response import Response
    from rest_framework.test import APIRequestFactory
    from rest_framework.views import APIView

    class View(APIView):
        renderer_classes = [JSONRenderer]

        def get(self, request: Any) -> Response:
            return Response({"ok": [1, None]})

    response = View.as_view()(APIRequestFactory().get("/"))
    assert response.render().content == b'{"ok":[1,null]}'


urlpatterns: list[Any] = []
