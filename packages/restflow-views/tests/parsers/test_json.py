"""Parsing by a library gives what DRF's parser gives, errors included."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import parsers

from restflow.parsers import JSONParser
from restflow_testing.counts import cases


def both(body: bytes, context: Any = None) -> tuple[Any, Any]:
    return attempt(JSONParser(), body, context), attempt(parsers.JSONParser(), body, context)


def attempt(parser: Any, body: bytes, context: Any) -> Any:
    try:
        return repr(parser.parse(io.BytesIO(body), "application/json", context))
    except Exception as error:
        return type(error), str(error)


HARD = [
    b"",
    b" 1 ",
    b"[1,2",
    b'{"a":1,"a":2}',
    b"\xef\xbb\xbf1",
    b"NaN",
    b"[Infinity]",
    b"1e400",
    b"-0",
    b"-0.0",
    b"12345678901234567890123",
    b"[9223372036854775807,9223372036854775808,18446744073709551616]",
    b"0.12345678901234567890123",
    b'"\\ud800"',
    b'"\\ud83d\\ude00"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\x00"',
    b"01",
    b"1.",
    b"[1,]",
    b"'a'",
    b"[" * 1100 + b"]" * 1100,
    "\u2028".encode(),
]


@pytest.mark.parametrize("body", HARD, ids=lambda body: repr(body)[:30])
def test_reads_what_drf_reads(body: bytes) -> None:
    ours, theirs = both(body)
    assert ours == theirs


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "UTF-8", "bz2_codec", "no-such"])
def test_reads_other_encodings_as_drf(encoding: str) -> None:
    text = '{"name": "Zürich"}'
    body = text.encode(encoding) if encoding in ("utf-16", "latin-1") else text.encode()
    ours, theirs = both(body, {"encoding": encoding})
    assert ours == theirs


def test_is_strict_only_if_drf_is() -> None:
    ours = type("Ours", (JSONParser,), {"strict": False})()
    assert repr(ours.parse(io.BytesIO(b"[NaN]"))) == "[nan]"


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=cases(2000), deadline=None)
@given(trees, st.booleans())
def test_gives_what_drf_gives(data: Any, ascii_only: bool) -> None:
    try:
        body = json.dumps(data, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        body = json.dumps(data).encode()
    ours, theirs = both(body)
    assert ours == theirs


@settings(max_examples=cases(2000), deadline=None)
@given(
    st.binary(max_size=12)
    | st.text('[]{}",:0123456789eE+-.\\u d8ntrufals', max_size=14).map(str.encode)
)
def test_refuses_what_drf_refuses(body: bytes) -> None:
    ours, theirs = both(body)
    assert ours == theirs
