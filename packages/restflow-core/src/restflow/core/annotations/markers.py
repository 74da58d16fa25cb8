"""The annotations restflow adds to Python's: text formats, JSON, uploads, and what extras say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NewType, TypeAlias, TypeVar

from django.core.files.uploadedfile import UploadedFile as _UploadedFile
from django.utils.functional import Promise

__all__ = [
    "JSON",
    "Discriminator",
    "Email",
    "IPAddress",
    "ImageFile",
    "Info",
    "NotRequired",
    "Slug",
    "UploadedFile",
    "Url",
]

#: An email address, as Django's ``EmailValidator`` accepts it.
Email = NewType("Email", str)
#: An IPv4 or IPv6 address.
IPAddress = NewType("IPAddress", str)
#: An absolute URL, as Django's ``URLValidator`` accepts it.
Url = NewType("Url", str)
#: Letters, digits, hyphens and underscores.
Slug = NewType("Slug", str)

if TYPE_CHECKING:
    JSON: TypeAlias = Any
    UploadedFile: TypeAlias = _UploadedFile[Any]  # generic in the stubs only
    _T = TypeVar("_T")
    # Checkers allow typing's in a TypedDict only. In a serializer T is what its readers see.
    NotRequired: TypeAlias = Annotated[_T, "may be left out"]
else:
    from typing import NotRequired

    UploadedFile = _UploadedFile

    class JSON:
        """Any JSON value. To a type checker it is ``Any``."""


#: An uploaded file that is an image.
ImageFile = NewType("ImageFile", UploadedFile)


@dataclass(frozen=True, slots=True)
class Discriminator:
    """Say which member tells the classes of a union apart: ``Annotated[Cat | Dog, ...]``.

    Args:
        name: the member that every class of the union has.
        mapping: value of that member -> class. Needed only for classes that do not annotate
            the member with a ``Literal``.
    """

    name: str
    mapping: Mapping[Any, type] | None = None


@dataclass(frozen=True, slots=True)
class Info:
    """Words for people: ``Annotated[str, Info(title="Name", description="As on the label.")]``."""

    title: str | Promise | None = None
    description: str | Promise | None = None
