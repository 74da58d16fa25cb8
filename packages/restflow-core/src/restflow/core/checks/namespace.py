"""E001: another distribution took the ``restflow`` namespace."""

from __future__ import annotations

import sys
from importlib import import_module, metadata
from typing import Any

from django.core.checks import CheckMessage, Error

#: The one file that turns a namespace into a package of its own.
CULPRIT = "restflow/__init__.py"


def check_namespace(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Find a file ``restflow/__init__.py``: it hides or overwrites parts of restflow (PEP 420)."""
    found = getattr(import_module("restflow"), "__file__", None)
    if found is None:
        return []
    owners = sorted({name for name, files in _shipped() if CULPRIT in files})
    remedy = (
        f"Uninstall it (pip uninstall {' '.join(owners)}), then reinstall the restflow "
        f"distributions you use: files may have been overwritten."
        if owners
        else f"Delete {found}; no installed distribution lays claim to it."
    )
    return [
        Error(
            f"{found} shadows the restflow namespace, so parts of restflow cannot be imported.",
            hint=remedy,
            id="restflow.E001",
        )
    ]


def _shipped() -> list[tuple[str, set[str]]]:
    return [
        (dist.metadata["Name"], {file.as_posix() for file in dist.files or ()})
        for dist in metadata.distributions(path=sys.path)
    ]
