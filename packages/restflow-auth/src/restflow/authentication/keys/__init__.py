"""Keys: parsed once, pinned to one algorithm each, in a ring that can turn without a restart."""

from .key import ALGORITHMS, InvalidKey, Key, parsed_key
from .ring import KeyRing, KeyRingSource, current_keys, key_ring

__all__ = [
    "ALGORITHMS",
    "InvalidKey",
    "Key",
    "KeyRing",
    "KeyRingSource",
    "current_keys",
    "key_ring",
    "parsed_key",
]
