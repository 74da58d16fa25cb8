"""What can be wrong with a token, and how a client hears of it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed

from restflow.exceptions import APIException, ErrorCode


class TokenError(Exception):
    """A token cannot be accepted.

    Args:
        message: what is wrong, fit for clients.
        code: a stable word for programs.
    """

    default_code = "token_not_valid"

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.default_code


class TokenExpired(TokenError):
    """It was good once."""

    default_code = "token_expired"


class TokenRevoked(TokenError):
    """It was taken back: logged out, used up, or its user may no longer use it."""

    default_code = "token_revoked"


class UnknownKey(TokenError):
    """Its header names a key that is not in the ring."""


class InvalidToken(AuthenticationFailed):
    """The 401 that a :class:`TokenError` becomes (RFC 6750, section 3.1)."""

    default_detail = _("The token is invalid or has expired.")
    default_code = "token_not_valid"


class BlacklistUnavailable(APIException):
    """The 503 of a revocation store that gives no answer: no token passes unchecked."""

    code = ErrorCode.SERVICE_UNAVAILABLE.value
    status_code = 503
    default_detail = _("Tokens cannot be checked at the moment.")


def refused(error: TokenError) -> InvalidToken:
    """Return the response to *error*."""
    return InvalidToken(str(error), error.code)
