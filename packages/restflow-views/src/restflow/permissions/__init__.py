"""DRF's permission classes with async twins and combinators over any mix."""

from rest_framework.permissions import SAFE_METHODS

from .classes import (
    AllowAny,
    BasePermission,
    BasePermissionMetaclass,
    DjangoModelPermissions,
    DjangoModelPermissionsOrAnonReadOnly,
    DjangoObjectPermissions,
    IsAdminUser,
    IsAuthenticated,
    IsAuthenticatedOrReadOnly,
)
from .operators import And, Not, Or, ask

__all__ = [
    "SAFE_METHODS",
    "AllowAny",
    "And",
    "BasePermission",
    "BasePermissionMetaclass",
    "DjangoModelPermissions",
    "DjangoModelPermissionsOrAnonReadOnly",
    "DjangoObjectPermissions",
    "IsAdminUser",
    "IsAuthenticated",
    "IsAuthenticatedOrReadOnly",
    "Not",
    "Or",
    "ask",
]
