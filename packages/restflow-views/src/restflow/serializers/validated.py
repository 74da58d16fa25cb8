"""Validated data: a dict whose keys are attributes too."""

from __future__ import annotations

from typing import Any

__all__ = ["ValidatedData"]


class ValidatedData(dict[str, Any]):
    """What validation gives: ``data["name"]`` is also ``data.name``.

    A method of dict wins over a key of its name (``items``, ``values``, ``keys``, ``get``...): use
    the key there.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(
                f"The validated data have no {name!r}; they have {', '.join(self) or 'no fields'}."
            ) from None

    def copy(self) -> ValidatedData:
        """Return a shallow copy with attribute access."""
        return ValidatedData(self)
