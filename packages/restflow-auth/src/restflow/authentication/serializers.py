"""What the token views read and write, for any user model."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from rest_framework import serializers as drf

from restflow.serializers import Serializer

from .conf import jwt_settings

#: Longer passwords only cost time: hashers digest them first.
LONGEST_PASSWORD = 4096
LONGEST_USERNAME = 254


class TokenObtainSerializer(Serializer):
    """The user model's ``USERNAME_FIELD``, under its own name, and the password."""

    def get_fields(self) -> dict[str, Any]:
        """Return the two fields; a subclass that declares more is asked for them too."""
        model = get_user_model()
        fields = super().get_fields()
        name = model.USERNAME_FIELD
        field: Any = model._meta.get_field(name)
        fields.setdefault(
            name,
            drf.CharField(max_length=LONGEST_USERNAME, write_only=True, label=field.verbose_name),
        )
        fields.setdefault(
            "password",
            drf.CharField(
                max_length=LONGEST_PASSWORD,
                write_only=True,
                trim_whitespace=False,
                style={"input_type": "password"},
            ),
        )
        return dict(fields)


class TokenRefreshSerializer(Serializer):
    """A refresh token."""

    def get_fields(self) -> dict[str, Any]:
        """Return the one field, as long as tokens may be."""
        fields = super().get_fields()
        fields.setdefault(
            "refresh", drf.CharField(max_length=jwt_settings.MAX_TOKEN_SIZE, write_only=True)
        )
        return dict(fields)


class TokenPairSerializer(Serializer):
    """An access token, and the refresh token to keep if there is a new one."""

    access = drf.CharField(read_only=True)
    refresh = drf.CharField(read_only=True, required=False)


class TokenSessionSerializer(Serializer):
    """A login, as its user sees it."""

    id = drf.IntegerField(read_only=True)
    created_at = drf.DateTimeField(read_only=True)
    last_used_at = drf.DateTimeField(read_only=True)
    expires_at = drf.DateTimeField(read_only=True)
    ip_address = drf.IPAddressField(read_only=True, allow_null=True)
    user_agent = drf.CharField(read_only=True)
    current = drf.BooleanField(read_only=True)
