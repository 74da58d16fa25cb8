"""Codecs turn results into bytes and back: signed pickle, JSON, or one of the project's own."""

from __future__ import annotations

import io
import json
import pickle
from functools import lru_cache
from typing import Any, ClassVar

import django
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.utils.module_loading import import_string

from ..errors import DeclarationError
from ..keys.fingerprints import model_fingerprint

__all__ = ["Codec", "JSONCodec", "PickleCodec", "UnserialisableError", "codec_of"]


class UnserialisableError(ValueError):
    """A result cannot be turned into bytes; the message says why."""


class StaleFormatError(ValueError):
    """Bytes were made under another version of the code that has to read them."""


class Codec:
    """Base of codecs; one of your own needs :meth:`dumps` and :meth:`loads`.

    Attributes:
        shared: entries are plain JSON documents that other programs may read and write; they are
            neither signed nor compressed.
        faithful: ``loads(dumps(value))`` has the types of ``value``. If not, a computed result
            is returned as a later reader will get it.
    """

    shared: ClassVar[bool] = False
    faithful: ClassVar[bool] = True

    def dumps(self, value: Any) -> bytes:
        """Return *value* as bytes; raise anything if that cannot be done."""
        raise TypeError(f"{type(self).__name__} must define dumps(value).")

    def loads(self, data: bytes) -> Any:
        """Return the value that *data* stands for; raise anything if it stands for none."""
        raise TypeError(f"{type(self).__name__} must define loads(data).")


class PickleCodec(Codec):
    """Whatever pickles. Model instances are bound to the Django version and the model's fields."""

    # What follows the pickle is ignored when it is loaded: notes go there, so that reading needs
    # no copy. The last byte tells whether there are any.

    def dumps(self, value: Any) -> bytes:
        if type(value) in PLAIN:
            return pickle.dumps(value, pickle.HIGHEST_PROTOCOL) + b"\0"
        buffer = io.BytesIO()
        pickler = NotingPickler(buffer, pickle.HIGHEST_PROTOCOL)
        pickler.dump(value)
        if not pickler.models:
            return buffer.getvalue() + b"\0"
        stamp = stamp_of(frozenset(pickler.models)).encode()
        return b"".join((buffer.getvalue(), stamp, len(stamp).to_bytes(4), b"\1"))

    def loads(self, data: bytes) -> Any:
        if data[-1]:
            size = int.from_bytes(data[-5:-1])
            stamp = data[-5 - size : -5].decode()
            labels = frozenset(part.partition("=")[0] for part in stamp.split("|")[1:])
            if stamp_of(labels) != stamp:
                raise StaleFormatError(f"Model instances were stored as {stamp}.")
        return pickle.loads(data)


PLAIN = frozenset([int, str, float, bool, bytes, type(None)])


class NotingPickler(pickle.Pickler):
    """Pickles, and notes the models whose instances it met."""

    def __init__(self, file: Any, protocol: int) -> None:
        super().__init__(file, protocol)
        self.models: set[str] = set()

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Model):
            self.models.add(obj._meta.label)
        return NotImplemented


@lru_cache(maxsize=1024)
def stamp_of(labels: frozenset[str]) -> str:
    """Return what instances of the models *labels* look like in this process."""
    prints = (f"{label}={model_fingerprint(apps.get_model(label))}" for label in sorted(labels))
    return "|".join((django.get_version(), *prints))


class JSONCodec(Codec):
    """Plain JSON, for data shared with other programs: readable, unsigned, never executed."""

    shared = True
    faithful = False

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, cls=DjangoJSONEncoder, allow_nan=False).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


BUILT_IN: dict[str, type[Codec]] = {"pickle": PickleCodec, "json": JSONCodec}


def codec_of(choice: Any) -> Codec:
    """Return the codec for a name, a dotted path, a class or an instance.

    Raises:
        DeclarationError: *choice* is none of these.
    """
    found = choice
    if isinstance(found, str):
        found = BUILT_IN.get(found) or import_string(found)
    if isinstance(found, type):
        found = found()
    if not (hasattr(found, "dumps") and hasattr(found, "loads")):
        raise DeclarationError(
            f"codec={choice!r} is no codec. Name {' or '.join(BUILT_IN)}, or give an object with "
            f"dumps(value) and loads(data)."
        )
    codec: Codec = found
    return codec
