"""Annotations to field specs: what serializers and filters read from a class body."""

from .constraints import MISSING, Constraints
from .declarations import Declarations
from .engine import AnnotationEngine
from .errors import AnnotationError
from .markers import (
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
)
from .registry import AnnotationRegistry, AnnotationType, annotation_types, register_annotation
from .spec import (
    Choice,
    Collection,
    Custom,
    Dictionary,
    FieldSpec,
    FixedTuple,
    Nested,
    Scalar,
    Structure,
    TypeSpec,
    Variants,
)

__all__ = [
    "JSON",
    "MISSING",
    "AnnotationEngine",
    "AnnotationError",
    "AnnotationRegistry",
    "AnnotationType",
    "Choice",
    "Collection",
    "Constraints",
    "Custom",
    "Declarations",
    "Dictionary",
    "Discriminator",
    "Email",
    "FieldSpec",
    "FixedTuple",
    "IPAddress",
    "ImageFile",
    "Info",
    "Nested",
    "NotRequired",
    "Scalar",
    "Slug",
    "Structure",
    "TypeSpec",
    "UploadedFile",
    "Url",
    "Variants",
    "annotation_types",
    "register_annotation",
]
