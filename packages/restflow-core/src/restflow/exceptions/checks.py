"""E010, W010, W011: error handlers that cannot be called, or that never will be."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.urls import URLResolver, get_resolver
from django.utils.module_loading import import_string

from .conf import error_settings

__all__ = ["check_exceptions"]

OURS = "restflow.exceptions"
PATH = f"{OURS}.exception_handler"
HANDLERS = ("handler400", "handler403", "handler404", "handler500")


def check_exceptions(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check ``EXCEPTION_HANDLER``, the URLconfs' error handlers and the section ``ERRORS``."""
    if find_spec("rest_framework") is None:
        return []
    resolver = get_resolver() if getattr(settings, "ROOT_URLCONF", None) else None
    nested = [] if resolver is None else list(_nested(resolver))
    return [
        *_check_exception_handler(),
        *_check_included(nested),
        *_check_unused(resolver),
    ]


def _check_exception_handler() -> Iterator[CheckMessage]:
    handler = _drf_settings().get("EXCEPTION_HANDLER")
    if handler is None:
        return
    try:
        found = import_string(handler) if isinstance(handler, str) else handler
    except ImportError as error:
        problem = f"cannot be imported: {error}"
    else:
        if callable(found):
            return
        problem = f"is not callable but a {type(found).__name__}"
    yield Error(
        f"REST_FRAMEWORK['EXCEPTION_HANDLER'] {problem}. Every error would become a 500.",
        hint=f"Name a function of (exc, context), such as {PATH!r}.",
        id="restflow.E010",
    )


def _check_included(nested: list[URLResolver]) -> Iterator[CheckMessage]:
    for resolver in nested:
        for name in _our_handlers(resolver):
            yield Warning(
                f"{name} of the included URLconf {_name(resolver)} is never called: "
                f"Django asks the root URLconf alone.",
                hint=f"Move {name} to {settings.ROOT_URLCONF}.",
                id="restflow.W010",
            )


def _check_unused(resolver: URLResolver | None) -> Iterator[CheckMessage]:
    if _drf_settings().get("EXCEPTION_HANDLER"):
        return
    used = [] if resolver is None else list(_our_handlers(resolver))
    if error_settings.user_values():
        used.append("RESTFLOW_SETTINGS['ERRORS']")
    if used:
        yield Warning(
            f"{' and '.join(used)} set how errors look, but views without an exception handler "
            f"of their own answer in the shape of DRF's.",
            hint=f"Set REST_FRAMEWORK['EXCEPTION_HANDLER'] = {PATH!r}.",
            id="restflow.W011",
        )


def _drf_settings() -> dict[str, Any]:
    return getattr(settings, "REST_FRAMEWORK", None) or {}


def _nested(resolver: URLResolver) -> Iterator[URLResolver]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield pattern
            yield from _nested(pattern)


def _our_handlers(resolver: URLResolver) -> Iterator[str]:
    for name in HANDLERS:
        handler = getattr(resolver.urlconf_module, name, None)
        path = handler if isinstance(handler, str) else getattr(handler, "__module__", "")
        if path.startswith(f"{OURS}."):
            yield name


def _name(resolver: URLResolver) -> str:
    return getattr(resolver.urlconf_module, "__name__", "")
