"""The bytes of an entry: when it was made, under which tokens, and the result."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import partial
from math import inf
from struct import Struct
from typing import Any, NamedTuple

from .codecs import Codec, UnserialisableError
from .signing import SIZE, signer

#: Bytes of a token. Random ones: a counter that restarts would make old entries current again.
TOKEN_SIZE = 16
MAGIC = b"\xf7r1"
#: Magic, flags, made at, fresh until, number of tokens.
HEADER = Struct(">3sBddB")
HEADER_SIZE, UNPACK = HEADER.size, HEADER.unpack_from
COMPRESSED = 1
FORMAT = "restflow-1"


class Entry(NamedTuple):
    """One stored result.

    Args:
        value: the result itself.
        made: POSIX time at which its computation ended.
        expires: POSIX time until which it is fresh, ``inf`` for ever.
    """

    value: Any
    made: float
    expires: float


#: Makes an entry of a tuple without a Python call: every hit does.
_entry = partial(tuple.__new__, Entry)


class EntryFormat:
    """Writes and reads the entries of one cached function.

    Args:
        codec: of the results.
        signed: sign entries; what lives in this process needs no signature.
        compress_above: compress results of more bytes than this; ``None`` never does.
        max_size: refuse entries of more bytes than this; ``None`` never does.
    """

    def __init__(
        self,
        codec: Codec,
        *,
        signed: bool,
        compress_above: int | None,
        max_size: int | None,
    ) -> None:
        self.codec = codec
        self._loads = codec.loads
        self.signed = signed
        self.compress_above = compress_above
        self.max_size = max_size
        self._shared = getattr(codec, "shared", False)
        self._read = self._from_document if self._shared else self._from_frame
        self._faithful = getattr(codec, "faithful", True)

    def write(self, key: str, entry: Entry, tokens: Sequence[bytes]) -> bytes:
        """Return *entry* as bytes, acceptable under *tokens* only.

        Raises:
            UnserialisableError: the codec refuses the result, or it is too large.
        """
        try:
            payload: Any = self.codec.dumps(entry.value)
        except Exception as error:
            raise UnserialisableError(f"{type(error).__name__}: {error}") from error
        if not isinstance(payload, bytes):
            kind = type(payload).__name__
            raise UnserialisableError(
                f"{type(self.codec).__name__}.dumps() returned {kind}, not bytes"
            )
        data = (self._document if self._shared else self._frame)(key, entry, tokens, payload)
        if self.max_size is not None and len(data) > self.max_size:
            raise UnserialisableError(
                f"the entry has {len(data)} bytes and may have {self.max_size} (MAX_ENTRY_SIZE)"
            )
        return data

    def read(self, key: str, data: bytes, tokens: Sequence[bytes | None]) -> Entry | None:
        """Return the entry in *data*, or ``None`` for anything that is not acceptable.

        Truncated, foreign, moved, wrongly signed and undecodable entries are no entries, and
        neither are those made under other tokens.
        """
        try:
            return self._read(key, data, tokens)
        except Exception:  # whatever a codec makes of foreign bytes: it is a miss
            return None

    def settled(self, entry: Entry, data: bytes, key: str, tokens: Sequence[bytes]) -> Any:
        """Return the result just computed, as whoever reads *data* later will get it."""
        if self._faithful:
            return entry.value
        found = self.read(key, data, tokens)
        return entry.value if found is None else found.value

    # -- frames ------------------------------------------------------------------------------

    def _frame(self, key: str, entry: Entry, tokens: Sequence[bytes], payload: bytes) -> bytes:
        flags = 0
        if self.compress_above is not None and len(payload) > self.compress_above:
            packed = zlib.compress(payload, 1)
            if len(packed) < len(payload):
                payload, flags = packed, COMPRESSED
        head = HEADER.pack(MAGIC, flags, entry.made, entry.expires, len(tokens))
        data = b"".join((head, *tokens, payload))
        return data + signer.sign(key.encode(), data) if self.signed else data

    def _from_frame(self, key: str, data: bytes, tokens: Sequence[bytes | None]) -> Entry | None:
        magic, flags, made, expires, count = UNPACK(data)
        start = HEADER_SIZE + TOKEN_SIZE * count
        if data[HEADER_SIZE:start] != b"".join(tokens) or magic != MAGIC:  # type: ignore[arg-type]
            return None
        if self.signed:
            data, signature = data[:-SIZE], data[-SIZE:]
            if not signer.valid(key.encode(), data, signature):
                return None
        payload = data[start:]
        if flags & COMPRESSED:
            payload = zlib.decompress(payload)
        return _entry((self._loads(payload), made, expires))

    # -- documents ---------------------------------------------------------------------------

    def _document(self, key: str, entry: Entry, tokens: Sequence[bytes], payload: bytes) -> bytes:
        head = {
            "format": FORMAT,
            "cached_at": entry.made,
            "expires_at": None if entry.expires == inf else entry.expires,
            "tokens": [token.hex() for token in tokens],
        }
        return json.dumps(head).encode()[:-1] + b', "value": ' + payload + b"}"

    def _from_document(self, key: str, data: bytes, tokens: Sequence[bytes | None]) -> Entry | None:
        found = json.loads(data)
        current = [token.hex() for token in tokens if token is not None]
        if found["format"] != FORMAT or found["tokens"] != current:
            return None
        expires = inf if found["expires_at"] is None else float(found["expires_at"])
        return Entry(found["value"], float(found["cached_at"]), expires)
