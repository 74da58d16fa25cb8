"""DRF's serializers, declared by annotations, equal in sync and async, compiled once per class."""

from restflow.core.annotations import (
    JSON,
    Discriminator,
    Email,
    ImageFile,
    Info,
    IPAddress,
    NotRequired,
    Slug,
    UploadedFile,
    Url,
    register_annotation,
)

from .declaration import Field
from .field_map import SerializerFieldMap
from .inline import InlineSerializer
from .listing import ListSerializer
from .model import HyperlinkedModelSerializer, ModelSerializer
from .plans import originals
from .serializer import Serializer
from .validated import ValidatedData

__all__ = [
    "JSON",
    "Discriminator",
    "Email",
    "Field",
    "HyperlinkedModelSerializer",
    "IPAddress",
    "ImageFile",
    "Info",
    "InlineSerializer",
    "ListSerializer",
    "ModelSerializer",
    "NotRequired",
    "Serializer",
    "SerializerFieldMap",
    "Slug",
    "UploadedFile",
    "Url",
    "ValidatedData",
    "register_annotation",
]

# From here on a class that defines one of these anew is doing it itself.
originals((Serializer, ModelSerializer, HyperlinkedModelSerializer))
