"""Access and refresh tokens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar, Self

from restflow.core.adapters import Twinned, twins
from restflow.core.steps import Steps

from . import claims as rules
from .conf import jwt_settings
from .jws import opened, signed
from .keys import key_ring
from .users import identity_claims


class Token(Twinned):
    """A signed set of claims (RFC 7519).

    Made by :meth:`for_user` or :meth:`verify`, neither of which asks a database or a cache. Claims
    of your own are items: ``token["tenant"] = 7``; or set them for every user in a subclass::

        class TenantToken(AccessToken):
            @classmethod
            def claims_for(cls, user):
                return {"tenant": user.tenant_id}

    Attributes:
        payload: the claims.
    """

    token_type: ClassVar[str]

    def __init__(self, payload: dict[str, Any], raw: str | None = None) -> None:
        self.payload = payload
        self._raw = raw

    @classmethod
    def lifetime(cls) -> timedelta:
        """Return how long new tokens of this class live."""
        raise NotImplementedError(f"{cls.__qualname__} must define lifetime().")

    @classmethod
    def claims_for(cls, user: Any) -> dict[str, Any]:
        """Return claims of your own for *user*; what is derived from the token inherits them."""
        return {}

    @classmethod
    def for_user(cls, user: Any) -> Self:
        """Return a new token for *user*: the first one of a login."""
        return cls(
            {
                **cls.claims_for(user),
                **rules.dated(cls.token_type, cls.lifetime().total_seconds()),
                **identity_claims(user),
                rules.FAMILY: rules.new_family(),
            }
        )

    @classmethod
    def verify(cls, raw: str | bytes) -> Self:
        """Return the token that *raw* is, if it is one of ours, of this type, and in its time.

        Whether it was revoked, and whether its user may still use it, is not asked here.

        Raises:
            TokenError: it is not acceptable; the message says why, in words fit for clients.
        """
        payload = opened(raw, key_ring())
        rules.judge(payload, cls.token_type)
        return cls(payload, raw if isinstance(raw, str) else bytes(raw).decode("ascii"))

    # -- claims --------------------------------------------------------------------------------

    @property
    def raw(self) -> str:
        """The token as it travels, signed at the first use."""
        if self._raw is None:
            self._raw = signed(self.payload, key_ring())
        return self._raw

    @property
    def jti(self) -> str:
        """The token's own name."""
        return str(self.payload["jti"])

    @property
    def family(self) -> str:
        """The name of the login that the token came of; a foreign token is one of its own."""
        return str(self.payload.get(rules.FAMILY) or self.payload["jti"])

    @property
    def user_id(self) -> Any:
        """What the token names its user by."""
        return self.payload[jwt_settings.USER_ID_CLAIM]

    @property
    def exp(self) -> int:
        """When it ends, in seconds since 1970."""
        return int(self.payload["exp"])

    @property
    def iat(self) -> int:
        """When it was issued, in seconds since 1970."""
        return int(self.payload["iat"])

    @property
    def remaining(self) -> float:
        """Seconds until it ends, 0 or less if it has."""
        return self.exp - rules.now()

    def __str__(self) -> str:
        return self.raw

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} {self.jti}>"  # never the token: reprs get logged

    def __getitem__(self, name: str) -> Any:
        return self.payload[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.payload[name] = value
        self._raw = None

    def __delitem__(self, name: str) -> None:
        del self.payload[name]
        self._raw = None

    def __contains__(self, name: object) -> bool:
        return name in self.payload

    def __iter__(self) -> Iterator[str]:
        return iter(self.payload)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a claim, or *default*."""
        return self.payload.get(name, default)

    # -- revocation ----------------------------------------------------------------------------

    def _blacklist(self) -> Steps[None]:
        """Revoke this token for the rest of its life.

        Raises:
            BlacklistUnavailable: the blacklist gives no answer.
        """
        from .lifecycle import revocation

        yield from revocation(self)

    blacklist, ablacklist = twins(_blacklist)

    def _is_blacklisted(self) -> Steps[bool]:
        """Tell whether this token, its login, or every login of its user was revoked.

        Raises:
            BlacklistUnavailable: the blacklist gives no answer.
        """
        from .lifecycle import is_revoked

        return (yield from is_revoked(self))

    is_blacklisted, ais_blacklisted = twins(_is_blacklisted)


class AccessToken(Token):
    """Short-lived; sent with every request."""

    token_type = "access"

    @classmethod
    def lifetime(cls) -> timedelta:
        """Return ``ACCESS_TOKEN_LIFETIME``."""
        lifetime: timedelta = jwt_settings.ACCESS_TOKEN_LIFETIME
        return lifetime


class RefreshToken(Token):
    """Long-lived; exchanged for new access tokens, and once for its successor.

    What :attr:`access_token` makes is of the ``access_token_class``.
    """

    token_type = "refresh"
    access_token_class: ClassVar[type[AccessToken]] = AccessToken

    @classmethod
    def lifetime(cls) -> timedelta:
        """Return ``REFRESH_TOKEN_LIFETIME``."""
        lifetime: timedelta = jwt_settings.REFRESH_TOKEN_LIFETIME
        return lifetime

    @classmethod
    def claims_for(cls, user: Any) -> dict[str, Any]:
        """Return what the access tokens of this login shall say."""
        return cls.access_token_class.claims_for(user)

    @property
    def access_token(self) -> AccessToken:
        """A new access token of the same login, with the same claims of your own."""
        cls = self.access_token_class
        return cls({**self._inherited(), **rules.dated(cls.token_type, _seconds(cls))})

    def successor(self, *, jti: str | None = None, iat: int | None = None) -> Self:
        """Return the refresh token that follows this one; nothing is asked or stored.

        Args:
            jti: its name, for making the same successor again.
            iat: when it was issued, likewise.
        """
        new = {**self._inherited(), **rules.dated(self.token_type, _seconds(type(self)), at=iat)}
        if jti is not None:
            new["jti"] = jti
        return type(self)(new)

    def _inherited(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.payload.items() if name not in rules.OWN}
        kept[rules.FAMILY] = self.family
        return kept

    def _rotate(self) -> Steps[Any]:
        """Use this token up and return its successor, if its user may still have one.

        Of any number of simultaneous calls one succeeds; within ``REUSE_GRACE`` all get the same
        successor. Using it again after that revokes the whole login.

        Raises:
            TokenRevoked: it was used or revoked, or its user is gone, inactive or has another
                password.
            BlacklistUnavailable: the blacklist gives no answer.
        """
        from .lifecycle import rotation

        return (yield from rotation(self))

    rotate, arotate = twins(_rotate)


def _seconds(cls: type[Token]) -> float:
    return cls.lifetime().total_seconds()
