"""Declarative cache keys, the cached wrapper and invalidation rules."""

from .dispatchers import Dispatcher, register_context, register_dispatcher
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
from .responses import cache_response
from .rules import (
    Change,
    InvalidatingManager,
    InvalidatingQuerySet,
    InvalidationRule,
    arows_changed,
    rows_changed,
)
from .statistics import cache_event
from .wrapper import CachedWrapper, cache_result

__all__ = [
    "ArgsKeyField",
    "CacheKeyError",
    "CacheMetadata",
    "CacheStatus",
    "CachedWrapper",
    "Change",
    "Codec",
    "ConstantKeyField",
    "ContextKeyField",
    "DeclarationError",
    "DefaultKeyConstructor",
    "Dispatcher",
    "DjangoModelKeyField",
    "DrfSerializerKeyField",
    "InlineKeyConstructor",
    "InvalidatingManager",
    "InvalidatingQuerySet",
    "InvalidationRule",
    "KeyConstructor",
    "KeyField",
    "QueryParamsKeyField",
    "RequestValueKeyField",
    "UnstableValueError",
    "__version__",
    "ainvalidate_tags",
    "arows_changed",
    "cache_event",
    "cache_response",
    "cache_result",
    "cache_status_headers",
    "invalidate_tags",
    "register_context",
    "register_dispatcher",
    "rows_changed",
]

__version__ = "0.1.0"
