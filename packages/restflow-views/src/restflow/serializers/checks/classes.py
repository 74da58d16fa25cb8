"""Which serializer classes are the project's, and what is known of one without an instance."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from inspect import iscoroutinefunction
from typing import Any

from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework import serializers as drf
from rest_framework.views import APIView

from ..plans.currency import is_dynamic
from ..plans.plan import has_own_init, prototype
from ..serializer import Serializer
from ..surface import AsyncSurface

__all__ = ["Declared", "full_name", "project_serializers", "view_classes"]

#: Where the classes are that nobody in the project wrote.
LIBRARIES = ("rest_framework.", "django.", "restflow.serializers.")


class Declared:
    """One serializer class, ours or DRF's, as its author wrote it."""

    def __init__(self, cls: type[Any]) -> None:
        self.cls = cls
        self.name = full_name(cls)
        self.meta = getattr(cls, "Meta", None)
        self.is_ours = issubclass(cls, AsyncSurface)
        self.is_list = issubclass(cls, drf.ListSerializer)
        self.is_model = issubclass(cls, drf.ModelSerializer)

    @cached_property
    def is_base(self) -> bool:
        """Whether it is there to be derived from, so that it need not be complete."""
        if not self.is_model:
            return False
        model = getattr(self.meta, "model", None)
        return self.meta is None or (model is None and bool(self.cls.__subclasses__()))

    @cached_property
    def has_own_fields(self) -> bool:
        """Whether every instance has the fields of the class."""
        cls = self.cls
        if not issubclass(cls, Serializer) or self.is_base:
            return False
        return not is_dynamic(cls) and not has_own_init(cls)

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields by name; those of a class that decides per instance are left out.

        Raises:
            Exception: whatever DRF has to say about the class.
        """
        if not self.has_own_fields:
            return {}
        return dict(prototype(self.cls, partial=False)._own_fields())

    @cached_property
    def known_fields(self) -> dict[str, Any]:
        """The same, none of a class whose fields cannot be made."""
        try:
            return self.fields
        except Exception:
            return {}

    @cached_property
    def written(self) -> list[type]:
        """The classes in its inheritance that are no library's."""
        return [base for base in self.cls.__mro__ if not _is_library(base)]

    @cached_property
    def coroutines(self) -> dict[str, type]:
        """The names of its ``async def`` methods, with the class that has the last word."""
        found: dict[str, type] = {}
        for name in {name for base in self.written for name in vars(base)}:
            owner = next(base for base in self.cls.__mro__ if name in vars(base))
            if not _is_library(owner) and iscoroutinefunction(vars(owner)[name]):
                found[name] = owner
        return found

    @cached_property
    def called(self) -> set[str]:
        """The names that the functions of the class itself use."""
        names: set[str] = set()
        for base in self.written:
            for value in vars(base).values():
                function = getattr(value, "__func__", value)
                code = getattr(function, "__code__", None)
                if code is not None:
                    names.update(code.co_names)
        return names

    @cached_property
    def subclasses(self) -> list[Declared]:
        """Everything derived from it."""
        return [Declared(cls) for cls in subclasses(self.cls)]


def full_name(cls: type) -> str:
    """Return the dotted name of *cls*."""
    return f"{cls.__module__}.{cls.__qualname__}"


def _is_library(cls: type) -> bool:
    return cls is object or cls.__module__.startswith(LIBRARIES)


def subclasses(cls: type) -> Iterator[type]:
    """Yield everything derived from *cls*, each once."""
    seen: set[type] = set()
    waiting: list[type] = [*cls.__subclasses__()]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting += each.__subclasses__()
            yield each


def project_serializers() -> list[type]:
    """Return the serializer classes of the installed apps, of the project, and of its URLs."""
    homes = {config.name for config in apps.get_app_configs()}
    if isinstance(settings.ROOT_URLCONF, str):
        homes.add(settings.ROOT_URLCONF.partition(".")[0])
    found = {
        cls
        for cls in subclasses(drf.BaseSerializer)
        if not _is_library(cls) and any(_lives_in(cls, home) for home in homes)
    }
    for view in view_classes():
        found |= {each for each in serializers_of(view) if not _is_library(each)}
    return sorted(found, key=full_name)


def _lives_in(cls: type, home: str) -> bool:
    return cls.__module__ == home or cls.__module__.startswith(f"{home}.")


def view_classes() -> Iterator[type[Any]]:
    """Yield every view class of DRF's kind that a URL leads to, each once."""
    seen = set()
    waiting: list[Any] = list(get_resolver().url_patterns)
    while waiting:
        pattern = waiting.pop()
        if isinstance(pattern, URLResolver):
            waiting += pattern.url_patterns
        elif isinstance(pattern, URLPattern):
            cls = getattr(pattern.callback, "cls", None)
            if isinstance(cls, type) and issubclass(cls, APIView) and cls not in seen:
                seen.add(cls)
                yield cls


NAMES = ("serializer_class", "request_serializer_class", "response_serializer_class")


def serializers_of(view: Any) -> list[type]:
    """Return the serializer classes that a view class names."""
    configs = getattr(view, "action_configs", None)
    owners = [view, *(configs.values() if isinstance(configs, dict) else ())]
    found = [getattr(owner, name, None) for owner in owners for name in NAMES]
    return [cls for cls in found if isinstance(cls, type) and issubclass(cls, drf.BaseSerializer)]
