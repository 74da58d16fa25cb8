"""One module a side: ``urlpatterns`` for Django's handlers, or an ``application`` of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Side:
    """How a side is named in reports, where its code is, and what serves it."""

    name: str
    module: str
    handler: str  # "asgi", "wsgi", "restflow" (restflow's own ASGI handler) or "own"


SIDES = {
    each.name: each
    for each in (
        Side("hand-written", "hand", "asgi"),
        Side("hand-written on restflow's handler", "hand", "restflow"),
        Side("restflow", "ours", "restflow"),
        Side("restflow on Django's handler", "ours", "asgi"),
        Side("DRF, WSGI", "drf", "wsgi"),
        Side("DRF, ASGI", "drf", "asgi"),
        Side("adrf", "adrf_views", "asgi"),
        Side("django-ninja", "ninja_api", "asgi"),
        Side("django-modern-rest", "modern_rest", "asgi"),
        Side("FastAPI", "fastapi_app", "own"),
    )
}
