"""The field classes a filter set is declared with."""

from .base import Field, FilterBy
from .choices import ChoiceField, MultipleChoiceField
from .lists import ListField
from .ordering import OrderField
from .related import RelatedField
from .scalars import (
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    FloatField,
    IntegerField,
    IPAddressField,
    StringField,
    TimeField,
    UUIDField,
)

__all__ = [
    "BooleanField",
    "ChoiceField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "Field",
    "FilterBy",
    "FloatField",
    "IPAddressField",
    "IntegerField",
    "ListField",
    "MultipleChoiceField",
    "OrderField",
    "RelatedField",
    "StringField",
    "TimeField",
    "UUIDField",
]
