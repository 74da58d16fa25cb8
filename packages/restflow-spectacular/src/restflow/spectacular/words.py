"""Docstrings as descriptions: the project's, not those of the libraries below it."""

from __future__ import annotations

import inspect
from typing import Any

from drf_spectacular.settings import spectacular_settings

from .actions import is_the_projects


def documentation(cls: Any) -> str:
    """Return the docstring of *cls* or the nearest base that the project wrote; ``""`` if none."""
    for owner in cls.__mro__:
        if not is_the_projects(owner):
            break
        text = clean(vars(owner).get("__doc__"))
        if text:
            return text
    return ""


def clean(text: str | None) -> str:
    """Return a docstring without its indentation; ``""`` where docstrings are not to be shown."""
    if not text or getattr(spectacular_settings, "DISABLE_DOCSTRING_DESCRIPTIONS", False):
        return ""
    return "\n".join(line.rstrip() for line in inspect.cleandoc(text).splitlines())
