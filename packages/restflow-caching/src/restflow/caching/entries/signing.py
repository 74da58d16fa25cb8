"""Signatures of entries, with keys derived from ``SECRET_KEY`` and its fallbacks."""

from __future__ import annotations

import hashlib
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed

SIZE = 16


class Signer:
    """Signs bytes under the name they are stored at: an entry moved to another key is worthless.

    The first key signs, all of them verify, so ``SECRET_KEY_FALLBACKS`` works as for sessions.
    """

    def __init__(self) -> None:
        self._states: list[Any] | None = None
        setting_changed.connect(self._reload)

    @property
    def states(self) -> list[Any]:
        if self._states is None:
            secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
            self._states = [self._state(secret) for secret in secrets]
        return self._states

    @staticmethod
    def _state(secret: str | bytes) -> Any:
        raw = secret if isinstance(secret, bytes) else secret.encode()
        key = hashlib.blake2b(raw, digest_size=32, person=b"restflow.caching").digest()
        return hashlib.blake2b(digest_size=SIZE, key=key)

    def sign(self, name: bytes, data: bytes) -> bytes:
        """Return the signature of *data* at *name*."""
        return self._signature(self.states[0], name, data)

    def valid(self, name: bytes, data: bytes, signature: bytes) -> bool:
        """Tell whether *signature* was made for *data* at *name* with a key still accepted."""
        for state in self.states:  # no generator: every hit on a server comes here
            if compare_digest(self._signature(state, name, data), signature):
                return True
        return False

    @staticmethod
    def _signature(state: Any, name: bytes, data: bytes) -> bytes:
        mac = state.copy()
        mac.update(len(name).to_bytes(4))
        mac.update(name)
        mac.update(data)
        signature: bytes = mac.digest()
        return signature

    def _reload(self, *, setting: str, **kwargs: Any) -> None:
        if setting in ("SECRET_KEY", "SECRET_KEY_FALLBACKS"):
            self._states = None


signer = Signer()
