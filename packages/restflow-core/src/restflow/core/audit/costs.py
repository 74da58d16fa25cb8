"""One cause of hops, and one endpoint that pays for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

#: Whose part of a request makes the hop.
Kind: TypeAlias = Literal["signal", "middleware", "view", "rendering", "component"]

#: The qualified name of the classes that DRF's ``@api_view`` makes.
API_VIEW = "WrappedAPIView"


@dataclass(frozen=True)
class Cost:
    """Hops that one thing makes on each request.

    Attributes:
        kind: which part of the request it belongs to.
        cause: its dotted name.
        django: hops under Django's ASGI handler.
        restflow: hops under restflow's.
        why: what runs there.
        remedy: what would make it cheaper, empty when nothing has to be done.
    """

    kind: Kind
    cause: str
    django: int
    restflow: int
    why: str
    remedy: str = ""


@dataclass(frozen=True)
class Endpoint:
    """One URL pattern with a view.

    Attributes:
        route: the pattern, from the root.
        name: the name to reverse it by, with its namespace.
        view: the callable.
        costs: what its view costs, beyond what every request costs.
    """

    route: str
    name: str
    view: Any
    costs: list[Cost] = field(default_factory=list)


def total(costs: Iterable[Cost]) -> tuple[int, int]:
    """Return the sums of the hops under Django's handler and under restflow's."""
    found = list(costs)
    return sum(cost.django for cost in found), sum(cost.restflow for cost in found)


def dotted(value: Any) -> str:
    """Return the dotted name of a class, a function or an instance's class."""
    if not hasattr(value, "__qualname__"):
        value = type(value)
    # DRF's @api_view makes a class and gives it the function's name, but not its qualified one.
    name = value.__name__ if value.__qualname__ == API_VIEW else value.__qualname__
    return f"{value.__module__}.{name}"
