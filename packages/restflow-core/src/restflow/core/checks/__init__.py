"""System checks: ids ``restflow.E001`` to ``E099`` and ``W001`` to ``W099`` are core's.

A distribution names its own check functions in the entry point group ``restflow.checks``; a check
takes ``app_configs`` and ``**kwargs`` and returns messages, as Django's do. One with an attribute
``deploy = True`` is for ``check --deploy`` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any

from .asgi import check_asgi, check_deployment
from .namespace import check_namespace
from .sections import check_settings
from .versions import check_versions

__all__ = [
    "check_asgi",
    "check_deployment",
    "check_namespace",
    "check_settings",
    "check_versions",
    "registered_checks",
]

ENTRY_POINT_GROUP = "restflow.checks"


def registered_checks() -> Iterator[Callable[..., Any]]:
    """Yield core's checks, then those which the installed distributions name.

    A distribution whose optional library is absent cannot be imported, nor used: it is left out.
    """
    yield from (check_namespace, check_settings, check_versions, check_asgi, check_deployment)
    for point in sorted(metadata.entry_points(group=ENTRY_POINT_GROUP), key=lambda p: p.name):
        try:
            yield point.load()
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] == "restflow":
                raise
