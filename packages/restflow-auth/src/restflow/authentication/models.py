"""What the model backend remembers: revoked tokens, and the logins that tokens come of."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .claims import FAMILY, born


class BlacklistQuerySet(models.QuerySet["BlacklistedToken"]):
    """Entries, found by the token they may refuse."""

    def concerning(self, token: Any) -> Any:
        """Return ``(kind, before)`` of what is stored of a token, its family and its user."""
        return self.filter(
            Q(kind="token", name=token.jti)
            | Q(kind="family", name=token.family)
            | Q(kind="user", name=str(token.user_id))
        ).values_list("kind", "before")


class BlacklistedToken(models.Model):
    """A token, a login, or the logins of a user up to a moment, that are refused."""

    class Kind(models.TextChoices):
        TOKEN = "token", _("token")
        FAMILY = "family", _("login")
        USER = "user", _("user")

    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=255)
    #: For a user: logins up to then, in milliseconds since 1970.
    before = models.BigIntegerField(_("before"), null=True, blank=True)
    #: For a token that was used up: name and date of the one it was exchanged for.
    successor = models.CharField(_("successor"), max_length=280, blank=True, default="")
    blacklisted_at = models.DateTimeField(_("blacklisted at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    objects = BlacklistQuerySet.as_manager()

    class Meta:
        verbose_name = _("blacklisted token")
        verbose_name_plural = _("blacklisted tokens")
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="restflow_blacklist_entry")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class TokenSession(models.Model):
    """A login: the family of tokens that came of it."""

    family = models.CharField(_("family"), max_length=255, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        verbose_name=_("user"),
    )
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    last_used_at = models.DateTimeField(_("last used at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    ip_address = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("token session")
        verbose_name_plural = _("token sessions")
        ordering = ["-last_used_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def born(self) -> int:
        """When the login was, in milliseconds since 1970, as its tokens say it."""
        return born({FAMILY: self.family, "iat": int(self.created_at.timestamp())})
