"""DRF's own components that are pure CPU work, so that they run where the driver stands.

Each is named by the function that defines it; a subclass that overrides it is user code again and
runs in a worker thread.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import (
    authentication,
    negotiation,
    pagination,
    permissions,
    throttling,
    versioning,
    views,
)
from rest_framework.request import ForcedAuthentication

from restflow.core.adapters import declare_loop_safe


def _brings_no_scheme(authenticator: Any, request: Any) -> bool:
    """Tell whether the header authenticator returns ``None`` before it looks anything up."""
    scheme, _, _ = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    keyword = getattr(authenticator, "keyword", "Basic")
    return bool(scheme.lower() != keyword.lower())


def _brings_no_session(authenticator: Any, request: Any) -> bool:
    """Tell whether there is no session to load a user from, or the user is loaded already."""
    if hasattr(request._request, "_cached_user"):
        return True
    return settings.SESSION_COOKIE_NAME not in request.COOKIES


declare_loop_safe(ForcedAuthentication.authenticate)
declare_loop_safe(authentication.BasicAuthentication.authenticate, when=_brings_no_scheme)
declare_loop_safe(authentication.TokenAuthentication.authenticate, when=_brings_no_scheme)
declare_loop_safe(authentication.SessionAuthentication.authenticate, when=_brings_no_session)
declare_loop_safe(
    authentication.BaseAuthentication.authenticate_header,
    authentication.BasicAuthentication.authenticate_header,
    authentication.TokenAuthentication.authenticate_header,
)
declare_loop_safe(
    permissions.BasePermission.has_permission,
    permissions.BasePermission.has_object_permission,
    permissions.AllowAny.has_permission,
    permissions.IsAuthenticated.has_permission,
    permissions.IsAdminUser.has_permission,
    permissions.IsAuthenticatedOrReadOnly.has_permission,
)
declare_loop_safe(throttling.BaseThrottle.wait, throttling.SimpleRateThrottle.wait)
declare_loop_safe(
    negotiation.DefaultContentNegotiation.select_renderer,
    negotiation.DefaultContentNegotiation.select_parser,
)
declare_loop_safe(
    versioning.AcceptHeaderVersioning.determine_version,
    versioning.URLPathVersioning.determine_version,
    versioning.NamespaceVersioning.determine_version,
    versioning.HostNameVersioning.determine_version,
    versioning.QueryParameterVersioning.determine_version,
)
declare_loop_safe(
    pagination.PageNumberPagination.get_paginated_response,
    pagination.LimitOffsetPagination.get_paginated_response,
    pagination.CursorPagination.get_paginated_response,
)
declare_loop_safe(views.exception_handler)
