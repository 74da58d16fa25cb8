"""Security schemes: restflow's authenticators as OpenAPI names them, and who may do without.

Authenticators are found by dotted name: nothing here needs restflow-auth to be installed.
"""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular says that it is typed, and mostly is not.

from __future__ import annotations

import json
from typing import Any, Literal

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.plumbing import ComponentIdentity, build_bearer_security_scheme_object
from rest_framework import permissions

from restflow.core.settings import restflow_settings

AUTHENTICATION = "restflow.authentication"
#: What combinations of permissions are called, ours and DRF's, and their parts.
PARTS = ("op1", "op2")


class JWTScheme(OpenApiAuthenticationExtension):
    """A token in the ``Authorization`` header, by the types of ``JWT.AUTH_HEADER_TYPES``."""

    target_class = f"{AUTHENTICATION}.JWTAuthentication"
    match_subclasses = True
    name = "jwtAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme: HTTP bearer, or a header where the prefix is another word."""
        types = restflow_settings.JWT.AUTH_HEADER_TYPES
        first = types if isinstance(types, str) else next(iter(types), "Bearer")
        found: dict[str, Any] = build_bearer_security_scheme_object(
            header_name="Authorization", token_prefix=first, bearer_format="JWT"
        )
        return found


class JWTStatelessUserScheme(JWTScheme):
    """The same for services that only verify."""

    target_class = f"{AUTHENTICATION}.JWTStatelessUserAuthentication"


class JWTCookieScheme(OpenApiAuthenticationExtension):
    """An access token in a cookie."""

    target_class = f"{AUTHENTICATION}.JWTCookieAuthentication"
    match_subclasses = True
    priority = 1  # whatever it derives from
    name = "jwtCookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme."""
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": restflow_settings.JWT.COOKIE_ACCESS_NAME,
        }


class SimpleJWTScheme(OpenApiAuthenticationExtension):
    """djangorestframework-simplejwt's tokens, by our adapter."""

    target_class = f"{AUTHENTICATION}.simplejwt.SimpleJWTAuthentication"
    match_subclasses = True
    name = "simplejwtAuth"
    optional = True

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme: HTTP bearer, or a header where the prefix is another word."""
        from rest_framework_simplejwt.settings import api_settings

        found: dict[str, Any] = build_bearer_security_scheme_object(
            header_name=api_settings.AUTH_HEADER_NAME,
            token_prefix=api_settings.AUTH_HEADER_TYPES[0],
            bearer_format="JWT",
        )
        return found


class SessionScheme(OpenApiAuthenticationExtension):
    """Django's session cookie."""

    target_class = f"{AUTHENTICATION}.SessionAuthentication"
    match_subclasses = True
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme."""
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class BasicScheme(OpenApiAuthenticationExtension):
    """HTTP Basic (RFC 7617)."""

    target_class = f"{AUTHENTICATION}.BasicAuthentication"
    match_subclasses = True
    name = "basicAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme."""
        return {"type": "http", "scheme": "basic"}


class TokenScheme(OpenApiAuthenticationExtension):
    """DRF's tokens."""

    target_class = f"{AUTHENTICATION}.TokenAuthentication"
    match_subclasses = True
    name = "tokenAuth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Return the scheme: HTTP bearer, or a header where the keyword is another word."""
        found: dict[str, Any] = build_bearer_security_scheme_object(
            header_name="Authorization", token_prefix=self.target.keyword
        )
        return found


class RemoteUserScheme(OpenApiAuthenticationExtension):
    """A user whom the web server names: nothing that a client of the API could send."""

    target_class = "rest_framework.authentication.RemoteUserAuthentication"
    match_subclasses = True
    name = "remoteUser"

    def get_security_requirement(self, auto_schema: Any) -> Any:
        """Return None: there is no requirement that OpenAPI could express."""
        return None

    def get_security_definition(self, auto_schema: Any) -> Any:
        """Return None: there is no scheme either."""
        return None


class SchemeRegistry:
    """Lets several classes share one scheme: a subclass does not make it another one."""

    def __init__(self, registry: Any) -> None:
        self.registry = registry

    def register_on_missing(self, component: Any) -> None:
        """Register *component* by what it says; one that says nothing is none."""
        if component.schema is not None:
            said = json.dumps(component.schema, default=str, sort_keys=True)
            component.object = ComponentIdentity(said)
            self.registry.register_on_missing(component)


Verdict = Literal["all", "users", "some"]


def admitted(permission: Any, method: str) -> Verdict:
    """Return whom *permission*, an instance, lets do *method* before an object is known.

    ``"all"``: everybody; ``"users"``: whoever is known; ``"some"``: it depends on the user, the
    request, or code that cannot be read.
    """
    parts = [getattr(permission, name) for name in PARTS if hasattr(permission, name)]
    if parts:
        return _combined(permission, [admitted(part, method) for part in parts])
    if _decided_by(permission, permissions.AllowAny):
        return "all"
    if _decided_by(permission, permissions.IsAuthenticatedOrReadOnly):
        return "all" if method in permissions.SAFE_METHODS else "users"
    if _decided_by(permission, permissions.IsAuthenticated):
        return "users"
    return "some"


def admitted_by_all(found: list[Any], method: str) -> Verdict:
    """Return whom a view with the permissions *found* lets do *method*."""
    return _strictest([admitted(permission, method) for permission in found])


def _combined(permission: Any, verdicts: list[Verdict]) -> Verdict:
    if isinstance(permission, permissions.AND):
        return _strictest(verdicts)
    if isinstance(permission, permissions.OR):
        order: list[Verdict] = ["all", "users", "some"]
        return min(verdicts, key=order.index)
    return "some"


def _strictest(verdicts: list[Verdict]) -> Verdict:
    order: list[Verdict] = ["all", "users", "some"]
    return max(verdicts, key=order.index, default="all")


def _decided_by(permission: Any, known: type[Any]) -> bool:
    """Tell whether *permission* decides as *known* does: a subclass of it that overrides nothing.

    Our own classes derive from DRF's and decide alike.
    """
    if not isinstance(permission, known):
        return False
    hooks = {"has_permission", "ahas_permission", "has_object_permission", "ahas_object_permission"}
    for owner in type(permission).__mro__:
        if not vars(owner).keys().isdisjoint(hooks):
            return owner is known or owner.__module__.startswith("restflow.permissions")
    return False
