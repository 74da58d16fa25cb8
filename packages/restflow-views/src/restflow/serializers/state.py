"""The state that DRF gives every new serializer, worked out once per class."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as drf

from .plans.currency import epoch

__all__ = ["fresh_state"]

#: Where a class keeps the state, with the epoch it belongs to.
KEPT = "__restflow_state__"


def fresh_state(cls: type[Any]) -> dict[str, Any]:
    """Return what DRF's constructor sets on a serializer of *cls* that is given no arguments.

    Walking the bases for error messages is most of what that constructor does.
    """
    kept = cls.__dict__.get(KEPT)
    if kept is None or kept[0] != epoch():
        sample = drf.BaseSerializer.__new__(cls)
        given = set(vars(sample))
        drf.BaseSerializer.__init__(sample)
        state = {key: value for key, value in vars(sample).items() if key not in given}
        kept = epoch(), state
        type.__setattr__(cls, KEPT, kept)
    state = dict(kept[1])
    state["style"] = {}
    state["error_messages"] = dict(state["error_messages"])
    counted: Any = drf.Field
    state["_creation_counter"] = counted._creation_counter
    counted._creation_counter += 1
    return state
