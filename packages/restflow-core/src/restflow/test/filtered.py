"""The parameters that a list's filter set takes, against those that are documented."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from .document import Document, Operation


def filter_problems(document: Document, **arguments: Any) -> Iterator[str]:
    """Yield where the document and the filter set of a view differ, both ways.

    Args:
        document: the project's.
        arguments: those of drf-spectacular's generator.
    """
    for operation, view in views(document, **arguments):
        taken = filter_parameters(view)
        if taken is None or operation.method != "get":
            continue
        documented = set(document.parameters(operation))
        action = getattr(view, "action", None)
        lists = action == "list" if action is not None else hasattr(view, "list")
        # An action of the project's own may filter or not: what it says of one, it says of all.
        if lists or (taken & documented and not getattr(view, "detail", False)):
            for name in sorted(taken - documented):
                yield f"{operation} filters by {name!r}, which is not documented"
        elif getattr(view, "detail", False) or not lists:
            for name in sorted(taken & documented):
                yield f"{operation} documents {name!r}, which filters lists only"


def views(document: Document, **arguments: Any) -> Iterator[tuple[Operation, Any]]:
    """Yield the operations of *document* with their views, as their actions find them."""
    from drf_spectacular.settings import spectacular_settings

    known = {(one.path, one.method): one for one in document.operations}
    generator: Any = spectacular_settings.DEFAULT_GENERATOR_CLASS(**arguments)
    generator._initialise_endpoints()
    for path, _, method, callback in generator.endpoints:
        view = generator.create_view(callback, method)
        operation = known.get((generator.coerce_path(path, method, view), method.lower()))
        if operation is None:
            continue
        configs = getattr(view, "action_configs", None) or {}
        config = configs.get(getattr(view, "action", None))
        for name, value in config.given().items() if config is not None else ():
            if name in ("filter_backends", "filterset_class"):
                setattr(view, name, value)
        yield operation, view


def filter_parameters(view: Any) -> set[str] | None:
    """Return the names that the filter sets of *view* take, None if it has none."""
    try:
        filters = import_module("restflow.filters")  # a plugin above this distribution
    except ModuleNotFoundError:
        return None
    found: set[str] | None = None
    for backend in getattr(view, "filter_backends", None) or ():
        if isinstance(backend, type) and issubclass(backend, filters.RestflowFilterBackend):
            chosen = backend().get_filterset_class(view, getattr(view, "queryset", None))
            if chosen is not None:
                found = (found or set()) | set(chosen.plan().parameters)
    return found
