"""Parameters nobody declared: who else may own them, and what to tell the client."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ErrorDetail, ValidationError

from .conf import filter_settings

logger = logging.getLogger("restflow.filters")

#: Comparing names costs time that the client decides on: so many names, so long ones.
MAX_SUGGESTED, MAX_REPORTED, MAX_NAME = 5, 20, 100


def is_allowed(name: str) -> bool:
    """Tell a name that the project lets pass, such as those that marketing links carry."""
    return any(
        name == glob or fnmatchcase(name[:MAX_NAME], glob) for glob in filter_settings.ALLOWED
    )


def undeclared(names: Iterable[str], is_known: Callable[[str], bool] | None) -> list[str]:
    """Return the names among *names* that belong to nobody.

    Args:
        names: what the filter set itself does not declare.
        is_known: tells what others own.
    """
    return [
        name
        for name in names
        if not is_allowed(name) and not (is_known is not None and is_known(name))
    ]


def unknown_errors(names: list[str], known: Iterable[str]) -> dict[str, list[ErrorDetail]]:
    """Return the error of each unknown parameter, with what the client may have meant."""
    candidates = list(known)
    errors: dict[str, list[ErrorDetail]] = {}
    for position, name in enumerate(names[:MAX_REPORTED]):
        close = _close(name, candidates) if position < MAX_SUGGESTED else []
        message = (
            _("Unknown parameter. Did you mean {names}?").format(names=_listed(close))
            if close
            else _("Unknown parameter.")
        )
        errors[printable(name)] = [ErrorDetail(message, code="unknown_parameter")]
    return errors


def warn(owner: str, names: list[str], known: Iterable[str]) -> None:
    """Log parameters that will be refused once the policy is ``"error"``."""
    candidates = list(known)
    for name in names[:MAX_SUGGESTED]:
        close = _close(name, candidates)
        logger.warning(
            "%s got the unknown parameter %r%s; it filters nothing.",
            owner,
            printable(name),
            f" (did you mean {_listed(close)}?)" if close else "",
        )


def unknown_choice(word: str, known: Mapping[str, Any]) -> ValidationError:
    """Return the error for a word that is not one of *known*."""
    close = _close(word, list(known))
    if close:
        text = _("{word} is not one of the choices. Did you mean {names}?")
        message = text.format(word=f'"{printable(word)}"', names=_listed(close))
    else:
        text = _("{word} is not one of the choices: {names}.")
        message = text.format(word=f'"{printable(word)}"', names=", ".join(known))
    return ValidationError(message, code="invalid_choice")


def printable(name: str) -> str:
    """Return a client's name as an answer can hold it: not endless, and encodable."""
    return encodable(name if len(name) <= MAX_NAME else f"{name[:MAX_NAME]}...")


def encodable(text: str) -> str:
    """Return *text* without what no encoding can hold: half of a surrogate pair."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _close(name: str, candidates: list[str]) -> list[str]:
    if len(name) > MAX_NAME:
        return []
    return get_close_matches(name, candidates, 3, 0.7)


def _listed(names: list[str]) -> str:
    return _(" or ").join(f'"{name}"' for name in names)
