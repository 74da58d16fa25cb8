"""What ``class Meta`` says and DRF does not hear."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from django.core.checks import CheckMessage, Error, Warning

from .classes import Declared

#: What DRF reads in the Meta of a model serializer, and of any serializer.
MODEL_OPTIONS = ("model", "fields", "exclude", "read_only_fields", "extra_kwargs", "depth")
OPTIONS = (*MODEL_OPTIONS, "validators", "list_serializer_class")


def options_nobody_reads(declared: Declared) -> Iterator[CheckMessage]:
    """E338: an option that was taken out of DRF or is misspelt. W339: one of model serializers."""
    if declared.meta is None or declared.is_list:
        return
    where = f"{declared.name}.Meta"
    for name in dir(declared.meta):
        if name.startswith("_") or name in OPTIONS or name == "readonly_fields":
            continue  # the last one DRF refuses by itself
        if name == "write_only_fields":
            yield Error(
                f"{where}.write_only_fields has no effect: these fields are shown to clients.",
                hint='Write extra_kwargs = {"<field>": {"write_only": True}}.',
                id="restflow.E338",
            )
            continue
        close = get_close_matches(name, OPTIONS, n=1, cutoff=0.8)
        if close:
            yield Error(
                f"{where}.{name} has no effect.",
                hint=f"Did you mean {close[0]}?",
                id="restflow.E338",
            )
    if not declared.is_model:
        for name in ("fields", "exclude", "read_only_fields", "extra_kwargs"):
            if hasattr(declared.meta, name):
                yield Warning(
                    f"{where}.{name} has no effect: {declared.cls.__qualname__} is no model "
                    "serializer.",
                    hint="Derive it from ModelSerializer, or say it in the fields themselves.",
                    id="restflow.W339",
                )


def ignored_for_declared_fields(declared: Declared) -> Iterator[CheckMessage]:
    """E336: DRF applies these options to the fields it makes, not to those that are declared."""
    if not declared.is_model or not declared.has_own_fields:
        return
    written = declared.cls._declared_fields
    for option in ("read_only_fields", "extra_kwargs"):
        for name in _named(declared, option):
            field = declared.fields.get(name)
            if name not in written or field is None:
                continue
            if option == "read_only_fields" and field.read_only:
                continue
            yield Error(
                f"{declared.name}.Meta.{option} has no effect on {name!r}, which is declared as "
                "a field.",
                hint="Give the declared field its arguments: "
                + ("read_only=True." if option == "read_only_fields" else "they are not merged."),
                id="restflow.E336",
            )


def names_of_no_field(declared: Declared) -> Iterator[CheckMessage]:
    """W337: an option names what is a field of neither the serializer nor the model."""
    if not declared.is_model or not declared.has_own_fields:
        return
    model = getattr(declared.meta, "model", None)
    for option in ("read_only_fields", "extra_kwargs"):
        for name in _named(declared, option):
            if name in declared.fields or hasattr(model, name):
                continue
            close = get_close_matches(name, declared.fields, n=1)
            yield Warning(
                f"{declared.name}.Meta.{option} names {name!r}, which is no field.",
                hint=f"Did you mean {close[0]!r}?" if close else "Remove the name.",
                id="restflow.W337",
            )


def _named(declared: Declared, option: str) -> list[str]:
    return [name for name in getattr(declared.meta, option, None) or () if isinstance(name, str)]
