"""The views of restflow.authentication: what they take and give, by token or by cookie.

They are found by name: nothing here needs restflow-auth to be installed.
"""

from __future__ import annotations

from typing import Any

from .errors import error_format, error_response

VIEWS = "restflow.authentication.views"
JWK_SET = "application/jwk-set+json"

PAIR: dict[str, Any] = {
    "type": "object",
    "properties": {"access": {"type": "string"}, "refresh": {"type": "string"}},
    "required": ["access"],
}
BY_COOKIE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "access_expires_in": {"type": "integer", "description": "Seconds.", "minimum": 0}
    },
    "required": ["access_expires_in"],
}
KEYS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "keys": {"type": "array", "items": {"type": "object", "additionalProperties": {}}}
    },
    "required": ["keys"],
}


def token_view(view: Any) -> str:
    """Return the name of the view of restflow.authentication that *view* is, ``""`` if none."""
    for cls in type(view).__mro__:
        if f"{cls.__module__}.".startswith(f"{VIEWS}."):
            return cls.__name__
    return ""


def takes_nothing(view: Any) -> bool:
    """Tell whether *view* reads its token from a cookie, and so no body."""
    return token_view(view) in REFRESHES | BLACKLISTS and bool(view.by_cookie)


OBTAINS = {"TokenObtainView"}
REFRESHES = {"TokenRefreshView", "SimpleJWTRefreshView"}
BLACKLISTS = {"TokenBlacklistView"}


def token_responses(auto_schema: Any) -> dict[str, Any] | None:
    """Return the responses of a token view that are no errors, None for any other view."""
    view, method = auto_schema.view, auto_schema.method
    name = token_view(view)
    ended = {"204": {"description": "Logged out."}}
    if name in OBTAINS | REFRESHES and method == "POST":
        schema = BY_COOKIE if view.by_cookie else PAIR
        said = "Tokens, as cookies." if view.by_cookie else "Tokens."
        media_types = auto_schema.map_renderers("media_type")
        content = {media_type: {"schema": schema} for media_type in media_types}
        return {"200": {"description": said, "content": content}}
    if (name in BLACKLISTS and method == "POST") or (method == "DELETE" and name):
        return ended
    if name == "JWKSView" and method == "GET":
        return {"200": {"description": "Public keys.", "content": {JWK_SET: {"schema": KEYS}}}}
    return None


def is_token_list(view: Any, method: str) -> bool:
    """Tell whether *view* lists logins; never in pages."""
    return method == "GET" and token_view(view) == "TokenSessionListView"


def add_token_errors(auto_schema: Any, responses: dict[str, Any]) -> None:
    """Add what token views refuse, whatever their permissions: wrong tokens and passwords."""
    view, style = auto_schema.view, error_format(auto_schema.view)
    name = token_view(view)
    if auto_schema.method != "POST" or style is None:
        return
    statuses = []
    if name in OBTAINS | REFRESHES | BLACKLISTS:
        statuses.append(401)
        if view.by_cookie:
            statuses.append(403)  # the CSRF check
    if name in OBTAINS:
        statuses.append(429)  # failed logins are limited
    for status in statuses:
        responses.setdefault(str(status), error_response(auto_schema, status, style))
