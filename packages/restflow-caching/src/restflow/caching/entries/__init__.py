"""Entries: what is stored for one call, as bytes, and how it is judged when it comes back."""

from .codecs import Codec, JSONCodec, PickleCodec, UnserialisableError, codec_of
from .entry import Entry, EntryFormat

__all__ = [
    "Codec",
    "Entry",
    "EntryFormat",
    "JSONCodec",
    "PickleCodec",
    "UnserialisableError",
    "codec_of",
]
