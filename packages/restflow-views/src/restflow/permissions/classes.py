"""DRF's permission classes in both colours."""

from __future__ import annotations

from typing import Any

from rest_framework import permissions as drf

from restflow.core.adapters import Twinned, plain_twins, twins
from restflow.core.steps import Steps, blocking

from .operators import Combinable


class BasePermissionMetaclass(Combinable, drf.BasePermissionMetaclass):
    """Lets permission classes be combined with ``&``, ``|`` and ``~``."""


class BasePermission(Twinned, drf.BasePermission, metaclass=BasePermissionMetaclass):
    """Base of permissions: override ``has_permission`` or ``ahas_permission``, and for objects
    ``has_object_permission`` or ``ahas_object_permission``.

    A class that overrides only the async hook is waited for on sync views too, DRF's included.
    """

    has_permission, ahas_permission = plain_twins(drf.BasePermission.has_permission)
    has_object_permission, ahas_object_permission = plain_twins(
        drf.BasePermission.has_object_permission
    )


class AllowAny(BasePermission, drf.AllowAny):
    """Everybody may."""

    has_permission, ahas_permission = plain_twins(drf.AllowAny.has_permission)


class IsAuthenticated(BasePermission, drf.IsAuthenticated):
    """Users may."""

    has_permission, ahas_permission = plain_twins(drf.IsAuthenticated.has_permission)


class IsAdminUser(BasePermission, drf.IsAdminUser):
    """Staff may (``user.is_staff``)."""

    has_permission, ahas_permission = plain_twins(drf.IsAdminUser.has_permission)


class IsAuthenticatedOrReadOnly(BasePermission, drf.IsAuthenticatedOrReadOnly):
    """Users may; others may look."""

    has_permission, ahas_permission = plain_twins(drf.IsAuthenticatedOrReadOnly.has_permission)


class DjangoModelPermissions(BasePermission, drf.DjangoModelPermissions):
    """Users may what ``django.contrib.auth`` allows them to do with the view's model."""

    def _has_permission(self, request: Any, view: Any) -> Steps[Any]:
        """Ask the authentication backends, in a worker: they query."""
        return (yield blocking(drf.DjangoModelPermissions.has_permission, self, request, view))

    has_permission, ahas_permission = twins(_has_permission)


class DjangoModelPermissionsOrAnonReadOnly(
    DjangoModelPermissions, drf.DjangoModelPermissionsOrAnonReadOnly
):
    """The same, and anonymous users may look."""


class DjangoObjectPermissions(DjangoModelPermissions, drf.DjangoObjectPermissions):
    """The same for each object, for backends that know objects."""

    def _has_object_permission(self, request: Any, view: Any, obj: Any) -> Steps[Any]:
        """Ask the authentication backends about *obj*.

        Raises:
            Http404: the user may not even see it.
        """
        check = drf.DjangoObjectPermissions.has_object_permission
        return (yield blocking(check, self, request, view, obj))

    has_object_permission, ahas_object_permission = twins(_has_object_permission)
