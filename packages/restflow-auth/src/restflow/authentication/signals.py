"""What happened to tokens, for audit logs and alarms.

Receivers are called in a worker thread, with ``send_robust``: one that fails is logged and stops
nothing. Every signal has ``sender`` (the token's class), ``token`` and ``request`` (None outside of
a view).
"""

from __future__ import annotations

from typing import Any

from django.dispatch import Signal

from restflow.core.steps import Steps, blocking

#: Someone logged in: ``user``, ``token`` (the refresh token).
token_obtained = Signal()
#: A refresh token was exchanged: ``user``, ``token`` (the old one), ``successor`` (None without
#: rotation).
token_refreshed = Signal()
#: A refresh token was used that had been used: a thief or the owner. The login was revoked.
token_reused = Signal()
#: A token was revoked, and its login too if it was a refresh token; ``user_id`` alone and ``token``
#: None when every login of a user was.
token_revoked = Signal()


def sent(signal: Signal, sender: Any, **named: Any) -> Steps[None]:
    """Send *signal* if anybody listens."""
    if signal.has_listeners(sender):
        yield blocking(signal.send_robust, sender, **named)
