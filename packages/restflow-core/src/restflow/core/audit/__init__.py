"""What each URL of a project costs in hops under ASGI, who causes it, and what to do about it."""

from .costs import Cost, Endpoint, total
from .endpoints import endpoints
from .migration import Move, move_of
from .project import project_costs
from .views import view_costs

__all__ = [
    "Cost",
    "Endpoint",
    "Move",
    "endpoints",
    "move_of",
    "project_costs",
    "total",
    "view_costs",
]
