"""The blacklist in the database: it keeps what the database keeps, and knows the logins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.db import Error as DatabaseError
from django.db import IntegrityError, router, transaction
from django.db.utils import InterfaceError, OperationalError

from restflow.core.adapters import twins
from restflow.core.steps import Steps, blocking

from ..claims import born, now
from ..conf import jwt_settings
from ..errors import BlacklistUnavailable
from .base import BlacklistBackend, Outcome, Use, longest_life, milliseconds, rest_of_life

#: What a database that does not answer raises; other errors are somebody's mistake.
OUTAGES: tuple[type[DatabaseError], ...] = (InterfaceError, OperationalError)


class ModelBlacklistBackend(BlacklistBackend):
    """Keeps what is revoked in ``BlacklistedToken``, and logins in ``TokenSession``.

    Needs ``"restflow.authentication"`` in ``INSTALLED_APPS`` and its migrations. One query a
    request. ``manage.py prune_tokens`` deletes what has ended.

    A rotation inside a transaction of the caller's counts when that commits.
    """

    uses_database = True

    def _register(self, token: Any, user: Any, request: Any = None) -> Steps[None]:
        """Store the login, with the client's address and user agent."""
        yield from _asked(_register, token, user, request)

    register, aregister = twins(_register)

    def _is_blacklisted(self, token: Any) -> Steps[bool]:
        """Ask for the token, its family and its user in one query."""
        revoked: bool = yield from _asked(_is_blacklisted, token)
        return revoked

    is_blacklisted, ais_blacklisted = twins(_is_blacklisted)

    def _blacklist(self, token: Any) -> Steps[None]:
        """Store the token's name until it would have ended anyway."""
        yield from _asked(_stored, "token", token.jti, rest_of_life(token))

    blacklist, ablacklist = twins(_blacklist)

    def _revoke_family(self, family: str) -> Steps[None]:
        """Store the family's name, and mark the login as ended."""
        yield from _asked(_revoke_family, family)

    revoke_family, arevoke_family = twins(_revoke_family)

    def _revoke_user(self, user_id: Any) -> Steps[None]:
        """Store the moment up to which the user's logins are revoked."""
        yield from _asked(_stored, "user", str(user_id), longest_life(), milliseconds(now()))

    revoke_user, arevoke_user = twins(_revoke_user)

    def _use(self, token: Any, successor: Any) -> Steps[Use]:
        """Insert the token's name: the unique index decides among all who try."""
        used: Use = yield from _asked(_use, token, successor)
        return used

    use, ause = twins(_use)


def _asked(function: Callable[..., Any], *args: Any) -> Steps[Any]:
    try:
        return (yield blocking(function, *args))
    except OUTAGES as error:
        raise BlacklistUnavailable() from error


def _using() -> str:
    from ..models import BlacklistedToken

    return str(router.db_for_write(BlacklistedToken))


def _register(token: Any, user: Any, request: Any) -> None:
    from ..models import TokenSession

    meta = {} if request is None else request.META
    TokenSession.objects.using(_using()).create(
        family=token.family,
        user=user,
        expires_at=_moment(token.exp),
        ip_address=meta.get("REMOTE_ADDR") or None,
        user_agent=meta.get("HTTP_USER_AGENT", "")[:300],
    )


def _is_blacklisted(token: Any) -> bool:
    from ..models import BlacklistedToken

    entries = BlacklistedToken.objects.using(_using()).concerning(token)
    return any(_refuses(kind, before, token) for kind, before in entries)


def _refuses(kind: str, before: int | None, token: Any) -> bool:
    return kind != "user" or before is None or born(token.payload) <= before


def _stored(kind: str, name: str, seconds: float, before: int | None = None) -> None:
    from ..models import BlacklistedToken

    # An entry that stands is made to refuse: a token that was only used up, say.
    BlacklistedToken.objects.using(_using()).update_or_create(
        kind=kind,
        name=name,
        defaults={"expires_at": _later(seconds), "before": before, "successor": ""},
    )


def _revoke_family(family: str) -> None:
    from ..models import TokenSession

    _stored("family", family, longest_life())
    sessions = TokenSession.objects.using(_using())
    sessions.filter(family=family, revoked_at=None).update(revoked_at=_now())


def _use(token: Any, successor: Any) -> Use:
    from ..models import BlacklistedToken

    using = _using()
    rows = BlacklistedToken.objects.using(using)
    standing = [entry for entry in rows.concerning(token) if entry[0] != "token"]
    if any(_refuses(kind, before, token) for kind, before in standing):
        return Use(Outcome.REVOKED)
    try:
        with transaction.atomic(using=using):
            rows.create(
                kind="token",
                name=token.jti,
                blacklisted_at=_now(),
                expires_at=_later(rest_of_life(token)),
                successor=f"{successor.jti}:{successor.iat}",
            )
    except IntegrityError:
        return _used_before(rows, token, using)
    _seen(token, successor, using)
    return Use(Outcome.WON, successor.jti, successor.iat)


def _used_before(rows: Any, token: Any, using: str) -> Use:
    with transaction.atomic(using=using):
        # Locked, so read as it is now: under REPEATABLE READ a snapshot may be older than the row.
        entry = rows.select_for_update().filter(kind="token", name=token.jti).first()
    if entry is None:
        raise BlacklistUnavailable()  # pruned this moment: nothing can be said for certain
    if not entry.successor:
        return Use(Outcome.REVOKED)
    grace = jwt_settings.REUSE_GRACE
    if grace and _now() < entry.blacklisted_at + grace:
        jti, _, iat = entry.successor.rpartition(":")
        return Use(Outcome.AGAIN, jti, int(iat))
    _revoke_family(token.family)
    return Use(Outcome.REUSED)


def user_cutoff(user: Any) -> int | None:
    """Return the moment up to which the logins of *user* are revoked, in milliseconds."""
    from ..models import BlacklistedToken

    name = str(getattr(user, jwt_settings.USER_ID_FIELD))
    rows = BlacklistedToken.objects.using(_using()).filter(kind="user", name=name)
    cutoff: int | None = rows.values_list("before", flat=True).first()
    return cutoff


def _seen(token: Any, successor: Any, using: str) -> None:
    from ..models import TokenSession

    TokenSession.objects.using(using).filter(family=token.family).update(
        last_used_at=_now(), expires_at=_moment(successor.exp)
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _now() -> datetime:
    return _moment(now())


def _later(seconds: float) -> datetime:
    return _moment(now() + seconds)
