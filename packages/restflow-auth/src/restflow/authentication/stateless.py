"""The user of a service that has only the token."""

from __future__ import annotations

from typing import Any


class TokenUser:
    """A user who is what a token says, for :class:`JWTStatelessUserAuthentication`.

    Claims of the names ``is_staff``, ``is_superuser`` and ``username`` are believed if they are
    there; every other claim is ``user.token["name"]``.
    """

    is_active = True
    is_anonymous = False
    is_authenticated = True

    def __init__(self, token: Any) -> None:
        self.token = token

    @property
    def id(self) -> Any:
        return self.token.user_id

    @property
    def pk(self) -> Any:
        return self.token.user_id

    @property
    def username(self) -> str:
        return str(self.token.get("username", ""))

    @property
    def is_staff(self) -> bool:
        return self.token.get("is_staff") is True

    @property
    def is_superuser(self) -> bool:
        return self.token.get("is_superuser") is True

    def get_username(self) -> str:
        return self.username

    def __str__(self) -> str:
        return f"TokenUser {self.id}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TokenUser) and self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)
