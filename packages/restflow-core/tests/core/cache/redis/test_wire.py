"""Packing and reading, against redis-py's own packer and parser."""

from __future__ import annotations

import socket
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.connection import Connection, DefaultParser, Encoder
from redis.exceptions import InvalidResponse, NoScriptError, ResponseError

from restflow.core.cache.redis.wire import MORE, Reader, new_packer, new_reader, pack
from restflow_testing.counts import cases

lines = st.text(st.characters(blacklist_characters="\r\n", codec="ascii"), max_size=20)


def render(value: Any) -> bytes:
    """Write *value* as a RESP2 reply."""
    if value is None:
        return b"$-1\r\n"
    if isinstance(value, Exception):
        return b"-ERR %b\r\n" % str(value).encode()
    if isinstance(value, int):
        return b":%d\r\n" % value
    if isinstance(value, str):
        return b"+%b\r\n" % value.encode()
    if isinstance(value, bytes):
        return b"$%d\r\n%b\r\n" % (len(value), value)
    return b"*%d\r\n" % len(value) + b"".join(map(render, value))


def expected(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, list):
        return [expected(item) for item in value]
    return value


def alike(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, Exception):
        return type(one) is type(other) and str(one) == str(other)
    return type(one) is type(other) and bool(one == other)


replies = st.recursive(
    st.none()
    | st.integers(-(2**63), 2**63 - 1)
    | st.binary(max_size=60)
    | lines
    | st.builds(ResponseError, lines.map(lambda text: f"x{text}")),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=20,
)


def own_reader() -> Reader:
    return Reader(DefaultParser.parse_error, InvalidResponse)


def read_all(reader: Any, chunks: list[bytes]) -> list[Any]:
    found = []
    for chunk in chunks:
        reader.feed(chunk)
        while (reply := reader.gets()) is not MORE:
            found.append(reply)
    return found


@given(values=st.lists(replies, max_size=5), cuts=st.lists(st.integers(0, 400), max_size=8))
@settings(max_examples=cases(2000))
def test_replies_arrive_whole_however_they_are_cut(values: list[Any], cuts: list[int]) -> None:
    data = b"".join(map(render, values))
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    chunks = [data[start:end] for start, end in pairwise(places)]
    assert alike(read_all(own_reader(), chunks), [expected(value) for value in values])
    assert alike(read_all(new_reader(), chunks), [expected(value) for value in values])


@given(values=st.lists(replies, min_size=1, max_size=4))
@settings(max_examples=cases(400))
def test_we_read_what_redis_py_reads(values: list[Any]) -> None:
    from redis._parsers import _RESP2Parser

    ours, theirs = socket.socketpair()
    with ours, theirs:
        parser = _RESP2Parser(65536)
        encoder = Encoder("utf-8", "strict", False)
        parser.on_connect(SimpleNamespace(_sock=ours, socket_timeout=5, encoder=encoder))
        data = b"".join(map(render, values))
        theirs.sendall(data)
        found = [parser.read_response(disable_decoding=True) for _ in values]
        assert alike(read_all(own_reader(), [data]), found)
        parser.on_disconnect()


def test_errors_are_values_of_the_class_that_redis_py_gives_them() -> None:
    reader = own_reader()
    reader.feed(b"*2\r\n-NOSCRIPT No matching script.\r\n:1\r\n")
    error, one = reader.gets()
    assert type(error) is NoScriptError
    assert one == 1


@pytest.mark.parametrize(
    "data", [b"HTTP/1.1 400 Bad Request\r\n", b"$five\r\n", b":\r\n", b"*x\r\n", b"\r\n"]
)
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    reader = own_reader()
    reader.feed(data)
    with pytest.raises(InvalidResponse):
        reader.gets()


def test_a_long_reply_in_small_pieces_is_read_once() -> None:
    reader = own_reader()
    item = b"x" * 10_000
    data = render([item] * 200)
    found = read_all(reader, [data[at : at + 1000] for at in range(0, len(data), 1000)])
    assert found == [[item] * 200]
    assert not reader._buffer


arguments = st.binary(max_size=50) | st.text(max_size=50) | st.integers()


@given(command=st.lists(arguments, min_size=1, max_size=6).map(tuple))
@settings(max_examples=cases(500))
def test_commands_are_packed_as_redis_py_packs_them(command: tuple[Any, ...]) -> None:
    connection = Connection()
    theirs = b"".join(connection.pack_command(b"SET", *command))
    assert pack((b"SET", *command)) == theirs
    assert new_packer(Encoder("utf-8", "strict", False))((b"SET", *command)) == theirs


def test_the_encoding_of_the_backend_is_used() -> None:
    packer = new_packer(Encoder("latin-1", "replace", False))
    assert packer((b"GET", "\xe9\u20ac")) == b"*2\r\n$3\r\nGET\r\n$2\r\n\xe9?\r\n"
