"""Base64url without padding, exactly as RFC 7515 writes it: one text for each value."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from binascii import a2b_base64

_TEXT = re.compile(rb"[A-Za-z0-9_-]*").fullmatch
_STANDARD = bytes.maketrans(b"-_", b"+/")
#: By length modulo 4: the padding, and the last letters whose unused bits are zero.
_ENDS = {0: (b"", None), 2: (b"==", b"AQgw"), 3: (b"=", b"AEIMQUYcgkosw048")}


def encoded(value: bytes) -> bytes:
    """Return the text of *value*."""
    return urlsafe_b64encode(value).rstrip(b"=")


def decoded(text: bytes) -> bytes:
    """Return the value of *text*.

    Raises:
        ValueError: *text* is not what :func:`encoded` gives for any value: another alphabet,
            padding, white space, a length that cannot be, or unused bits that are set.
    """
    end = _ENDS.get(len(text) % 4)
    if end is None or not _TEXT(text):
        raise ValueError("not base64url")
    padding, last = end
    if last is not None and text[-1] not in last:
        raise ValueError("not canonical base64url")
    return a2b_base64(text.translate(_STANDARD) + padding)
