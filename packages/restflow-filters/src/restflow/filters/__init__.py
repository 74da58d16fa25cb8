"""Filter sets from type annotations, and the DRF backend that runs them."""

from restflow.core.annotations import Email, IPAddress

from .backend import RestflowFilterBackend
from .fields import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    Field,
    FloatField,
    IntegerField,
    IPAddressField,
    ListField,
    MultipleChoiceField,
    OrderField,
    RelatedField,
    StringField,
    TimeField,
    UUIDField,
)
from .filterset import Applied, FilterSet
from .inline import InlineFilterSet

__all__ = [
    "Applied",
    "BooleanField",
    "ChoiceField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "Email",
    "EmailField",
    "Field",
    "FilterSet",
    "FloatField",
    "IPAddress",
    "IPAddressField",
    "InlineFilterSet",
    "IntegerField",
    "ListField",
    "MultipleChoiceField",
    "OrderField",
    "RelatedField",
    "RestflowFilterBackend",
    "StringField",
    "TimeField",
    "UUIDField",
    "__version__",
]

__version__ = "0.1.0"
