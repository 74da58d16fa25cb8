"""Cache keys: fields, constructors, and the compiled function that builds the keys of a call."""

from .builder import Built, KeyBuilder
from .constructor import DefaultKeyConstructor, InlineKeyConstructor, KeyConstructor
from .fields import (
    ArgsKeyField,
    ConstantKeyField,
    ContextKeyField,
    DjangoModelKeyField,
    DrfSerializerKeyField,
    KeyField,
    QueryParamsKeyField,
    RequestValueKeyField,
)

__all__ = [
    "ArgsKeyField",
    "Built",
    "ConstantKeyField",
    "ContextKeyField",
    "DefaultKeyConstructor",
    "DjangoModelKeyField",
    "DrfSerializerKeyField",
    "InlineKeyConstructor",
    "KeyBuilder",
    "KeyConstructor",
    "KeyField",
    "QueryParamsKeyField",
    "RequestValueKeyField",
]
