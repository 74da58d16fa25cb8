"""The keys of a project, and the moment to ask for them again."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from time import monotonic
from typing import Any

from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from restflow.core.steps import Steps, blocking

from ..conf import jwt_settings
from .key import InvalidKey, Key, parsed_key

logger = logging.getLogger("restflow.authentication")

#: What an entry of KEYS may say, besides being a JWK.
ENTRY = frozenset({"ALGORITHM", "SIGNING_KEY", "VERIFYING_KEY", "KID"})
#: Seconds between two looks for a key that a token names and the ring does not have.
PAUSE = 10.0


class KeyRing:
    """Some keys, found by what a token's header says."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self.keys = tuple(keys)
        self.signer = next((key for key in self.keys if key.private is not None), None)
        self._named: dict[tuple[str, str], tuple[Key, ...]] = {}
        self._by_algorithm: dict[str, tuple[Key, ...]] = {}
        for key in self.keys:
            fellows = self._by_algorithm.get(key.algorithm, ())
            self._by_algorithm[key.algorithm] = (*fellows, key)
            if key.kid is not None:
                name = (key.algorithm, key.kid)
                self._named[name] = (*self._named.get(name, ()), key)
        #: Headers of our own tokens, which need no parsing.
        self.headers = {key.header: self.candidates(key.algorithm, key.kid) for key in self.keys}

    def candidates(self, algorithm: str, kid: str | None) -> tuple[Key, ...]:
        """Return the keys that may have signed a token whose header says so; none is possible."""
        if kid is not None:
            return self._named.get((algorithm, kid), ())
        return self._by_algorithm.get(algorithm, ())

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JWK Set (RFC 7517, section 5); secrets are left out."""
        return {"keys": [key.jwk() for key in self.keys if not key.symmetric]}


class KeyRingSource:
    """Gives the ring of the settings of the moment.

    Keys are parsed once. A callable in ``JWT.KEYS`` is asked when the first key is needed, again
    when its answer is older than ``KEYS_MAX_AGE``, and when a token names a key that is not there.
    """

    def __init__(self) -> None:
        self._ring: KeyRing | None = None
        self._asked = 0.0
        setting_changed.connect(self._forget)

    def __call__(self) -> KeyRing:
        """Return the ring at hand; the first call parses the keys.

        Raises:
            InvalidKey: the settings hold none, or one that cannot be used.
        """
        ring = self._ring
        return self.refresh() if ring is None else ring

    def refresh(self) -> KeyRing:
        """Ask the settings, or their callable, for the keys of now; it may block.

        A callable that fails leaves the ring as it was, and the log says so.

        Raises:
            InvalidKey: there was no ring yet.
        """
        self._asked = monotonic()
        try:
            self._ring = KeyRing(configured_keys())
        except Exception as error:
            if self._ring is None:
                raise
            logger.exception("The keys in JWT.KEYS could not be renewed: %s", error)
        return self._ring

    @property
    def due(self) -> bool:
        """Whether asking takes more than memory, and has to be done now."""
        if self._ring is None:
            return True
        if not is_asked():
            return False
        return monotonic() - self._asked > jwt_settings.KEYS_MAX_AGE.total_seconds()

    @property
    def may_look_again(self) -> bool:
        """Whether a key that is not in the ring may be there by now."""
        return is_asked() and monotonic() - self._asked > PAUSE

    def claim(self) -> None:
        """Have others go on with the ring at hand while the caller renews it."""
        if self._ring is not None:
            self._asked = monotonic()

    def expire(self) -> None:
        """Have the next :func:`current_keys` ask again, whatever the age of the ring."""
        self._asked = float("-inf")

    def _forget(self, *, setting: str, **_: Any) -> None:
        if setting == "RESTFLOW_SETTINGS":
            self._ring = None


key_ring = KeyRingSource()


def current_keys() -> Steps[KeyRing]:
    """Return a ring that is not out of date, made in a worker if that may take time."""
    if key_ring.due:
        key_ring.claim()
        ring: KeyRing = yield blocking(key_ring.refresh)
        return ring
    return key_ring()


def is_asked() -> bool:
    """Tell whether KEYS is something to call, not the keys themselves."""
    return callable(jwt_settings.KEYS) or isinstance(jwt_settings.KEYS, str)


def _imported(path: str) -> Any:
    try:
        return import_string(path)
    except ImportError:  # the text is not shown: it may be a secret in the wrong place
        raise InvalidKey(
            "RESTFLOW_SETTINGS['JWT']['KEYS'] is text that is no dotted path of a callable."
        ) from None


def configured_keys() -> list[Key]:
    """Return the keys that the settings name, parsed.

    Raises:
        InvalidKey: there are none, or one cannot be used.
    """
    source = jwt_settings.KEYS
    if source is None:
        return [
            parsed_key(
                jwt_settings.ALGORITHM,
                signing_key=jwt_settings.SIGNING_KEY,
                verifying_key=jwt_settings.VERIFYING_KEY,
                place="RESTFLOW_SETTINGS['JWT']",
            )
        ]
    if isinstance(source, str):
        source = _imported(source)
    entries = source() if callable(source) else source
    if isinstance(entries, Mapping):  # a JWK Set as it is published
        entries = entries.get("keys", ())
    keys = [_from_entry(entry, number) for number, entry in enumerate(entries)]
    if not keys:
        raise InvalidKey("RESTFLOW_SETTINGS['JWT']['KEYS'] gives no keys.")
    return keys


def _from_entry(entry: Any, number: int) -> Key:
    place = f"RESTFLOW_SETTINGS['JWT']['KEYS'][{number}]"
    if isinstance(entry, Key):
        return entry
    if not isinstance(entry, Mapping):
        raise InvalidKey(f"{place} is {type(entry).__name__}, not a dict.")
    if "kty" in entry:
        material = "signing_key" if {"d", "k"} & entry.keys() else "verifying_key"
        algorithm = entry.get("alg") or jwt_settings.ALGORITHM
        return parsed_key(algorithm, kid=entry.get("kid"), place=place, **{material: entry})
    unknown = sorted(map(str, set(entry) - ENTRY))
    if unknown:
        raise InvalidKey(f"{place} has {unknown}; known are {sorted(ENTRY)}, or the form of a JWK.")
    return parsed_key(
        entry.get("ALGORITHM") or jwt_settings.ALGORITHM,
        signing_key=entry.get("SIGNING_KEY"),
        verifying_key=entry.get("VERIFYING_KEY"),
        kid=entry.get("KID"),
        place=place,
    )
