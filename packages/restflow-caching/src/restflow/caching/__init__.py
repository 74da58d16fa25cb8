"""Declarative cache keys, the cached wrapper and invalidation rules."""

from .entries import Codec
from .errors import CacheKeyError, DeclarationError, UnstableValueError
from .invalidation import ainvalidate_tags, invalidate_tags
from .keys import (
    ArgsKeyField,
    ConstantKeyField,
    ContextKeyField,
    DefaultKeyConstructor,
    DjangoModelKeyField,
    DrfSerializerKeyField,
    InlineKeyConstructor,
    KeyConstructor,
    KeyField,
    QueryParamsKeyField,
    RequestValueKeyField,
)
from .metadata import CacheMetadata, CacheStatus, cache_status_headers
from .statistics import cache_event
from .wrapper import CachedWrapper, cache_result

__all__ = [
    "ArgsKeyField",
    "CacheKeyError",
    "CacheMetadata",
    "CacheStatus",
    "CachedWrapper",
    "Codec",
    "ConstantKeyField",
    "ContextKeyField",
    "DeclarationError",
    "DefaultKeyConstructor",
    "DjangoModelKeyField",
    "DrfSerializerKeyField",
    "InlineKeyConstructor",
    "KeyConstructor",
    "KeyField",
    "QueryParamsKeyField",
    "RequestValueKeyField",
    "UnstableValueError",
    "__version__",
    "ainvalidate_tags",
    "cache_event",
    "cache_result",
    "cache_status_headers",
    "invalidate_tags",
]

__version__ = "0.1.0"
