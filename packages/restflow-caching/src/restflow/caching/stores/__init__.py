"""Where entries and tokens live, who computes them, and what happens when the cache is down."""

from .flights import ABANDONED, FAILED, LANDED, SOLO, Flight, flights, leading
from .store import Store, StoreUnavailable, store_of
from .tokens import PARTITION_LIFE, barred, sound

__all__ = [
    "ABANDONED",
    "FAILED",
    "LANDED",
    "PARTITION_LIFE",
    "SOLO",
    "Flight",
    "Store",
    "StoreUnavailable",
    "barred",
    "flights",
    "leading",
    "sound",
    "store_of",
]
