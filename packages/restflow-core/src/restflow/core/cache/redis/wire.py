"""The bytes of the Redis protocol: packing commands, and reading replies as they come in.

redis-py's own Python parsers *pull*: they ask a socket or a stream for the next line. A connection
that many share needs one that is *pushed* what has arrived, as hiredis offers; :class:`Reader`
stands in for it where hiredis is not installed. It reads RESP2: our connections speak nothing else.

https://redis.io/docs/latest/develop/reference/protocol-spec/
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from django.utils.module_loading import import_string

#: What a reader returns while the next reply is incomplete (``None`` and ``False`` are replies).
MORE = object()

Argument = bytes | str | int | float
Command = tuple[Argument, ...]


class Incremental(Protocol):
    """What hiredis' ``Reader`` and ours have in common."""

    def feed(self, data: bytes) -> Any: ...
    def gets(self) -> Any: ...


def new_packer(encoder: Any) -> Callable[[Command], bytes]:
    """Return a function that gives the bytes of a command.

    Args:
        encoder: redis-py's, which knows the encoding that the backend's options ask for.
    """
    from redis.utils import HIREDIS_AVAILABLE

    if (encoder.encoding, encoder.encoding_errors) != ("utf-8", "strict"):
        return partial(pack, encode=encoder.encode)
    if HIREDIS_AVAILABLE:
        packer: Callable[[Command], bytes] = import_string("hiredis.pack_command")
        return packer
    return pack


def utf8(argument: Argument) -> bytes:
    """Return *argument* as bytes."""
    return argument if isinstance(argument, bytes) else str(argument).encode()


def pack(command: Command, encode: Callable[[Argument], bytes] = utf8) -> bytes:
    """Return the bytes of *command*; *encode* makes bytes of what is not bytes."""
    parts = [b"*%d\r\n" % len(command)]
    for argument in map(encode, command):
        parts.append(b"$%d\r\n%b\r\n" % (len(argument), argument))
    return b"".join(parts)


def new_reader() -> Incremental:
    """Return hiredis' reader if redis-py uses hiredis, else ours."""
    from redis.connection import DefaultParser
    from redis.exceptions import InvalidResponse
    from redis.utils import HIREDIS_AVAILABLE

    if not HIREDIS_AVAILABLE:
        return Reader(DefaultParser.parse_error, InvalidResponse)
    reader: Incremental = import_string("hiredis.Reader")(
        protocolError=InvalidResponse,
        replyError=DefaultParser.parse_error,
        notEnoughData=MORE,
    )
    return reader


class Reader:
    """An incremental RESP2 reader.

    Args:
        error: makes the exception of an error reply; it is returned like a value, not raised.
        invalid: raised when what came in is no RESP2.
    """

    def __init__(
        self, error: Callable[[str], Exception], invalid: Callable[[str], Exception]
    ) -> None:
        self._error = error
        self._invalid = invalid
        self._buffer = bytearray()
        self._position = 0
        #: Arrays under construction, outermost first: items, and how many are to come.
        self._arrays: list[list[Any]] = []

    def feed(self, data: bytes) -> None:
        """Take in what has arrived."""
        self._buffer += data

    def gets(self) -> Any:
        """Return the next complete reply, or :data:`MORE`."""
        buffer, arrays, start = self._buffer, self._arrays, self._position
        try:
            while (end := buffer.find(b"\r\n", start)) >= 0:
                kind, line, after = buffer[start], buffer[start + 1 : end], end + 2
                value: Any
                if kind == 36:  # $: a string of so many bytes
                    size = int(line)
                    if size >= 0:
                        end = after + size
                        if len(buffer) < end + 2:
                            break
                        value, after = bytes(buffer[after:end]), end + 2
                    else:
                        value = None
                elif kind == 42:  # *: an array of so many items
                    count = int(line)
                    if count > 0:
                        arrays.append([[], count])
                        start = after
                        continue
                    value = [] if count == 0 else None
                elif kind == 58:  # :
                    value = int(line)
                elif kind == 43:  # +
                    value = bytes(line)
                elif kind == 45:  # -
                    value = self._error(line.decode("utf-8", errors="replace"))
                else:
                    raise ValueError
                start = after
                while arrays:  # the value is an item; an array's last item completes it
                    array = arrays[-1]
                    array[0].append(value)
                    array[1] -= 1
                    if array[1]:
                        break
                    value = arrays.pop()[0]
                else:
                    self._position = start
                    return value
        except ValueError:
            raise self._invalid(f"Protocol error: {bytes(buffer[start:end])!r}") from None
        del buffer[:start]
        self._position = 0
        return MORE
