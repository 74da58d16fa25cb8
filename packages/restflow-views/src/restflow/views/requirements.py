"""What a view needs before it can serve: found when ``as_view()`` is called, not by a request."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from restflow.core.adapters import hook_of_class

from .action_config import UNSET, ActionConfig, Unset

#: Our own actions and whether they need a queryset and a serializer class.
NEEDS = {
    "list": (True, True),
    "retrieve": (True, True),
    "update": (True, True),
    "partial_update": (True, True),
    "destroy": (True, False),
    "create": (False, True),
}
QUERYSET_HOOKS = ("get_queryset",)
SERIALIZER_HOOKS = (
    "get_serializer",
    "get_serializer_class",
    "get_request_serializer_class",
    "get_response_serializer_class",
)


def check_needs(cls: type, actions: Iterable[str], initkwargs: Mapping[str, Any]) -> None:
    """Refuse a generic view whose own actions cannot do their work.

    Raises:
        AssertionError: a queryset or a serializer class is missing, in DRF's words.
    """
    for action in actions:
        queryset, serializer = NEEDS.get(action, (False, False))
        if not _is_ours(cls, action):
            continue
        if queryset and not _has(cls, action, initkwargs, ("queryset",), QUERYSET_HOOKS):
            raise AssertionError(
                f"'{cls.__qualname__}' should either include a `queryset` attribute, "
                f"or override the `get_queryset()` method: its action {action!r} needs one."
            )
        attributes = (
            "serializer_class",
            "request_serializer_class",
            "response_serializer_class",
        )
        if serializer and not _has(cls, action, initkwargs, attributes, SERIALIZER_HOOKS):
            raise AssertionError(
                f"'{cls.__qualname__}' should either include a `serializer_class` attribute, "
                f"or override the `get_serializer_class()` method: its action {action!r} needs one."
            )


def _has(
    cls: type,
    action: str,
    initkwargs: Mapping[str, Any],
    attributes: Iterable[str],
    hooks: Iterable[str],
) -> bool:
    config: ActionConfig | None = getattr(cls, "action_configs", {}).get(action)
    for name in attributes:
        given = UNSET if config is None else getattr(config, name, UNSET)
        if isinstance(given, Unset):
            given = initkwargs.get(name, getattr(cls, name, None))
        if given is not None:
            return True
    return not all(_is_ours(cls, name) for name in hooks)


def _is_ours(cls: type, name: str) -> bool:
    if not hasattr(cls, name):
        return False
    return hook_of_class(cls, name).steps is not None


def check_hooks(cls: type) -> None:
    """Refuse hooks and handlers that no driver can run.

    Raises:
        TypeError: a method that has to return or be awaited is a generator.
    """
    for klass in cls.__mro__:
        if klass.__module__.startswith(("restflow.", "rest_framework.", "django.")):
            continue
        for name, value in vars(klass).items():
            function = getattr(value, "__func__", value)
            if not (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)):
                continue
            if any(hasattr(base, name) for base in cls.__mro__[1:] if base is not klass):
                raise TypeError(
                    f"{klass.__qualname__}.{name}() is a generator, so calling it runs nothing. "
                    f"Return its result, or a StreamingJSONListResponse over a generator."
                )
