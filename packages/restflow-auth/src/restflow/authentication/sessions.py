"""Ending logins, all at once or one by one, from code."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from restflow.core.steps import Steps, arun, blocking, run

from . import lifecycle
from .lifecycle import revocation_of_family


def log_out_everywhere(user: Any, request: Any = None) -> None:
    """Revoke every login of *user* up to now, access tokens included; later ones are not touched.

    Works with both backends, and for logins that the model backend did not see.

    Raises:
        BlacklistUnavailable: the blacklist is off, or gives no answer.
    """
    run(lifecycle.log_out_everywhere(user, request))


async def alog_out_everywhere(user: Any, request: Any = None) -> None:
    """Async twin of :func:`log_out_everywhere`."""
    await arun(lifecycle.log_out_everywhere(user, request))


def listed(user: Any) -> Steps[list[Any]]:
    """Return the logins of *user* that are alive, the last used first (model backend)."""
    sessions: list[Any] = yield blocking(_listed, user)
    return sessions


def ended(user: Any, number: Any, request: Any = None) -> Steps[bool]:
    """End one login of *user*; tell whether there was one with that number."""
    session = yield blocking(_found, user, number)
    if session is None:
        return False
    yield from revocation_of_family(session.family, user, request)
    return True


def _alive(user: Any) -> Any:
    from .models import TokenSession

    return TokenSession.objects.filter(
        user_id=user.pk, revoked_at=None, expires_at__gt=timezone.now()
    )


def _listed(user: Any) -> list[Any]:
    from .blacklist.model import user_cutoff

    cutoff = user_cutoff(user)
    return [each for each in _alive(user) if cutoff is None or each.born > cutoff]


def _found(user: Any, number: Any) -> Any:
    return _alive(user).filter(pk=number).first()
