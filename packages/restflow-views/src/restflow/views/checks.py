"""System checks of views: ids ``restflow.E300`` and ``W300`` and up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.db import connections
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.permissions import OperandHolder, SingleOperandHolder
from rest_framework.views import APIView as DRFAPIView

from restflow.core.adapters import hook_of_class

from .action_config import UNSET, ActionConfig
from .base import AsyncAPIView
from .dispatching import Dispatching
from .requirements import NEEDS
from .transactions import OwnTransactions, atomic_aliases
from .unreachable import unreachable

#: Hooks of a component that DRF's own views ask by their sync name only.
ASKED = {
    "permission_classes": ("has_permission", "has_object_permission"),
    "throttle_classes": ("allow_request",),
    "authentication_classes": ("authenticate",),
}


COMPONENTS = (*ASKED, "filter_backends", "pagination_class", "versioning_class")


def check_views(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check every view class that a URL leads to, each once."""
    messages: list[CheckMessage] = []
    for cls, callback in sorted(_views(), key=lambda found: found[0].__qualname__):
        if issubclass(cls, Dispatching):
            messages += _permissions_left_out(cls)
            messages += _split_transactions(cls, callback)
            messages += _never_reached(cls)
        else:
            messages += _components_never_asked(cls)
    return messages


def _views() -> Iterator[tuple[Any, Any]]:
    seen = set()
    pending: list[Any] = list(get_resolver().url_patterns)
    while pending:
        pattern = pending.pop()
        if isinstance(pattern, URLResolver):
            pending += pattern.url_patterns
        elif isinstance(pattern, URLPattern):
            cls = getattr(pattern.callback, "cls", None)
            if isinstance(cls, type) and issubclass(cls, DRFAPIView) and cls not in seen:
                seen.add(cls)
                yield cls, pattern.callback


def _components_never_asked(cls: Any) -> Iterator[CheckMessage]:
    """E301: DRF's own view would take an async-only component's base for its answer."""
    for attribute, hooks in ASKED.items():
        for component in _leaves(getattr(cls, attribute, ())):
            for hook in hooks:
                if not hasattr(component, f"a{hook}"):
                    continue
                if hook_of_class(component, hook).sync is None and not _is_mirrored(
                    component, hook
                ):
                    yield Error(
                        f"{_name(cls)} is a view of DRF, which never calls "
                        f"{_name(component)}.a{hook}(): what its base answers counts instead.",
                        hint="Derive the view from restflow.views, or define "
                        f"{hook}() in {component.__qualname__}.",
                        id="restflow.E301",
                    )


def _never_reached(cls: Any) -> Iterator[CheckMessage]:
    """E305: ``super()`` of a sync hook leads past an async one, to a base that knows no twins."""
    found: dict[type, None] = {cls: None}
    for attribute in COMPONENTS:
        components = getattr(cls, attribute, None) or ()
        components = components if isinstance(components, Iterable) else (components,)
        found |= dict.fromkeys(_leaves(components))
    for component in found:
        for hook, below, above, base in unreachable(component):
            yield Error(
                f"{_name(component)}: {above.__qualname__}.{hook}() is sync and its super() is "
                f"{base.__qualname__}.{hook}(), so {below.__qualname__}.a{hook}() never runs.",
                hint=f"Derive from a class of restflow, whose {hook}() finds both colours, or "
                f"write the two in the same colour.",
                id="restflow.E305",
            )


def _is_mirrored(component: type, hook: str) -> bool:
    return hasattr(getattr(component, hook, None), "__mirrors__")


def _leaves(components: Any) -> Iterator[type]:
    for component in components:
        if isinstance(component, OperandHolder):
            yield from _leaves((component.op1_class, component.op2_class))
        elif isinstance(component, SingleOperandHolder):
            yield from _leaves((component.op1_class,))
        elif isinstance(component, type):
            yield component


def _permissions_left_out(cls: Any) -> Iterator[CheckMessage]:
    configs: dict[str, ActionConfig] = dict(getattr(cls, "action_configs", {}))
    if _guarded(configs, "update") != _guarded(configs, "partial_update") and hasattr(
        cls, "partial_update"
    ):
        given, lacking = ("update", "partial_update")
        if not _guarded(configs, "update"):
            given, lacking = lacking, given
        yield Warning(
            f"{_name(cls)}.action_configs sets permission_classes for {given!r} "
            f"but not for {lacking!r}, which changes the same objects.",
            hint=f"Set permission_classes for {lacking!r} too.",
            id="restflow.W302",
        )
    for base in cls.__mro__[1:]:
        inherited: dict[str, ActionConfig] = dict(vars(base).get("action_configs", {}))
        for action in inherited:
            if _guarded(inherited, action) and not _guarded(configs, action):
                yield Warning(
                    f"{_name(cls)}.action_configs drops the permission_classes that "
                    f"{_name(base)} sets for {action!r}.",
                    hint=f"Start from {{**{base.__qualname__}.action_configs, ...}}.",
                    id="restflow.W303",
                )


def _guarded(configs: dict[str, ActionConfig], action: str) -> bool:
    return action in configs and configs[action].permission_classes is not UNSET


def _split_transactions(cls: Any, callback: Any) -> Iterator[CheckMessage]:
    """W304: an async hook between stages that write ends the first transaction."""
    exempt = getattr(callback, "_non_atomic_requests", OwnTransactions())
    if not issubclass(cls, AsyncAPIView) or not isinstance(exempt, OwnTransactions):
        return
    if not any(options.get("ATOMIC_REQUESTS") for options in connections.settings.values()):
        return
    aliases = atomic_aliases(exempt)
    if not aliases:
        return
    for hook in ("perform_create", "perform_update", "perform_destroy", *NEEDS):
        if hasattr(cls, hook) and hook_of_class(cls, hook).sync is None:
            if hook_of_class(cls, hook).steps is not None:
                continue
            yield Warning(
                f"{_name(cls)} overrides {hook}() as a coroutine, so with ATOMIC_REQUESTS on "
                f"{', '.join(aliases)} its requests are more than one transaction.",
                hint=f"Make {hook}() sync, or exempt the view with non_atomic_requests.",
                id="restflow.W304",
            )


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
