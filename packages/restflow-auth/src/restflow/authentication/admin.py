"""The admin: logins and revocations to look at, and logins to end."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.utils.translation import gettext_lazy as _

from restflow.core.steps import run

from .lifecycle import revocation_of_family
from .models import BlacklistedToken, TokenSession


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that only the blacklist writes."""

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False


class BlacklistedTokenAdmin(ReadOnly):
    """Deleting an entry lets the token live again."""

    list_display = ["kind", "name", "blacklisted_at", "expires_at"]
    list_filter = ["kind"]
    search_fields = ["name"]
    ordering = ["-blacklisted_at"]


class TokenSessionAdmin(ReadOnly):
    """The action ends logins; deleting a row only forgets one."""

    list_display = ["user", "created_at", "last_used_at", "ip_address", "revoked_at"]
    list_filter = ["revoked_at"]
    list_select_related = ["user"]
    search_fields = ["family", "ip_address"]
    actions = ["end"]

    @admin.action(description=_("End the selected logins"), permissions=["delete"])
    def end(self, request: Any, queryset: Any) -> None:
        """Revoke every token of the selected logins."""
        count = 0
        for session in queryset.filter(revoked_at=None).select_related("user"):
            run(revocation_of_family(session.family, session.user, request))
            count += 1
        self.message_user(request, _("%d logins ended.") % count, messages.SUCCESS)


if apps.is_installed("django.contrib.admin"):  # this module may be imported without
    admin.site.register(BlacklistedToken, BlacklistedTokenAdmin)
    admin.site.register(TokenSession, TokenSessionAdmin)
