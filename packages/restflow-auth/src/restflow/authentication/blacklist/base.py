"""What a blacklist has to do, whatever it is made of."""

from __future__ import annotations

from enum import Enum
from math import ceil
from typing import Any, ClassVar, NamedTuple

from restflow.core.adapters import Twinned, twins
from restflow.core.steps import Steps

from ..conf import jwt_settings, leeway


class Outcome(Enum):
    """What became of an attempt to use a refresh token."""

    WON = "won"  #: nobody had used it before
    AGAIN = "again"  #: it was used within the grace: here is what its first use gave
    REUSED = "reused"  #: it had been used; the login is revoked now
    REVOKED = "revoked"  #: it, its login, or every login of its user had been revoked


class Use(NamedTuple):
    """The outcome, and the successor's name and date of issue for ``WON`` and ``AGAIN``."""

    outcome: Outcome
    jti: str = ""
    iat: int = 0


class BlacklistBackend(Twinned):
    """Base of blacklists: override each hook in either colour, sync or ``a...``.

    Whatever cannot be answered or stored for certain must raise
    :class:`~restflow.authentication.BlacklistUnavailable`.

    Attributes:
        uses_database: asking it is a query; authentication without queries leaves it out.
    """

    uses_database: ClassVar[bool] = False

    def _register(self, token: Any, user: Any, request: Any = None) -> Steps[None]:
        """Take note of a login: *token* is its first refresh token."""
        yield from ()

    register, aregister = twins(_register)

    def _is_blacklisted(self, token: Any) -> Steps[bool]:
        """Tell whether *token*, its family, or every token of its user was revoked or used up."""
        yield from ()
        raise NotImplementedError(f"{type(self).__qualname__} must define is_blacklisted().")

    is_blacklisted, ais_blacklisted = twins(_is_blacklisted)

    def _blacklist(self, token: Any) -> Steps[None]:
        """Revoke one token for the rest of its life."""
        yield from ()
        raise NotImplementedError(f"{type(self).__qualname__} must define blacklist().")

    blacklist, ablacklist = twins(_blacklist)

    def _revoke_family(self, family: str) -> Steps[None]:
        """Revoke every token of one login, those that do not exist yet included."""
        yield from ()
        raise NotImplementedError(f"{type(self).__qualname__} must define revoke_family().")

    revoke_family, arevoke_family = twins(_revoke_family)

    def _revoke_user(self, user_id: Any) -> Steps[None]:
        """Revoke every login of a user up to now; *user_id* is what their tokens name them by."""
        yield from ()
        raise NotImplementedError(f"{type(self).__qualname__} must define revoke_user().")

    revoke_user, arevoke_user = twins(_revoke_user)

    def _use(self, token: Any, successor: Any) -> Steps[Use]:
        """Use *token* up in favour of *successor*, or tell why not: one operation, as if alone.

        Of all simultaneous attempts with one token exactly one wins.
        """
        yield from ()
        raise NotImplementedError(f"{type(self).__qualname__} must define use().")

    use, ause = twins(_use)


def longest_life() -> float:
    """Return the seconds after which no token of a login of today is accepted any more.

    An access token may be made at the last moment of its refresh token.
    """
    lives = jwt_settings.ACCESS_TOKEN_LIFETIME + jwt_settings.REFRESH_TOKEN_LIFETIME
    return float(lives.total_seconds()) + 2 * leeway() + 1


def rest_of_life(token: Any) -> float:
    """Return the seconds for which *token* may still be accepted: at least one."""
    return float(max(token.remaining, 0)) + leeway() + 1


def milliseconds(seconds: float) -> int:
    """Return *seconds* as a number of milliseconds that is not too small."""
    return ceil(seconds * 1000)
