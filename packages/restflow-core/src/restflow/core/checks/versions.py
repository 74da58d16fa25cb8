"""E007: a pair of Django and DRF releases that do not work together."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import django
from django.core.checks import CheckMessage, Error

#: (Django from, DRF from): metadata cannot say "the newer Django needs the newer DRF".
PAIRS = (((6, 1), (3, 18)),)


def check_versions(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Find a DRF that is too old for the installed Django."""
    try:
        installed = metadata.version("djangorestframework")
    except metadata.PackageNotFoundError:
        return []
    drf = tuple(int(part) for part in installed.split(".")[:2])
    for needs_django, needs_drf in PAIRS:
        if django.VERSION[:2] >= needs_django and drf < needs_drf:
            wanted = ".".join(map(str, needs_drf))
            return [
                Error(
                    f"Django {django.get_version()} needs Django REST framework {wanted} or newer; "
                    f"{installed} is installed.",
                    hint=f'pip install "djangorestframework>={wanted}"',
                    id="restflow.E007",
                )
            ]
    return []
