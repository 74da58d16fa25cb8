"""The blacklist in Django's cache: entries that end when the tokens they refuse do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.core.cache import InvalidCacheBackendError

from restflow.core.adapters import twins
from restflow.core.cache import CacheUnavailable, RawCache, RawOperations, Script, raw_cache
from restflow.core.steps import Steps

from ..claims import born, now
from ..conf import jwt_settings
from ..errors import BlacklistUnavailable
from .base import BlacklistBackend, Outcome, Use, longest_life, milliseconds, rest_of_life

PREFIX = "restflow.jwt:"
USED, REVOKED = b"used", b"revoked"
DUMMY = "django.core.cache.backends.dummy.DummyCache"
_plain = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch


def _used(cache: RawOperations, keys: Sequence[str], args: Sequence[Any]) -> list[bytes]:
    """Do what the script does, while the keys' section is held."""
    family, token, successor = keys
    name, life, grace, long = args
    if cache.get(family) is not None:
        return [b"revoked", b""]
    state = cache.get(token)
    if state is None:
        cache.set(token, USED, int(life))
        if int(grace) > 0:
            cache.set(successor, str(name).encode(), int(grace))
        return [b"won", str(name).encode()]
    if state != USED:
        return [b"revoked", b""]
    known = cache.get(successor)
    if known is not None:
        return [b"again", known]
    cache.set(family, REVOKED, int(long))
    return [b"reused", b""]


#: Keys: family, token, its successor. Arguments: the successor's name; for how many milliseconds to
#: keep the token, the successor (0: not at all) and the revocation of the family.
USE = Script(
    """
    if redis.call('EXISTS', KEYS[1]) == 1 then return {'revoked', ''} end
    local state = redis.call('GET', KEYS[2])
    if not state then
        redis.call('SET', KEYS[2], 'used', 'PX', ARGV[2])
        if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[3]) end
        return {'won', ARGV[1]}
    end
    if state ~= 'used' then return {'revoked', ''} end
    local known = redis.call('GET', KEYS[3])
    if known then return {'again', known} end
    redis.call('SET', KEYS[1], 'revoked', 'PX', ARGV[4])
    return {'reused', ''}
    """,
    _used,
)


class CacheBlacklistBackend(BlacklistBackend):
    """Keeps what is revoked in ``BLACKLIST_CACHE_ALIAS`` for as long as it matters.

    On Redis it takes no thread, one round trip for a request and one script for a rotation.
    It keeps what the cache keeps: a Redis that evicts or forgets lets revoked tokens live again.
    Memcached and the dummy cache are refused: the first does not say when it fails.
    """

    def _cache(self) -> RawCache:
        alias = jwt_settings.BLACKLIST_CACHE_ALIAS
        reason = unfit(alias)
        if reason is not None:
            raise BlacklistUnavailable() from CacheUnavailable(alias, reason)
        return raw_cache(alias)

    def _is_blacklisted(self, token: Any) -> Steps[bool]:
        """Ask for the token, its family and its user in one round trip."""
        cache = self._cache()
        keys = [token_key(token), family_key(token.family), user_key(token.user_id)]
        try:
            one, family, user = yield cache.step(cache.get_many, keys)
        except CacheUnavailable as error:
            raise BlacklistUnavailable() from error
        if one is not None or family is not None:
            return True
        return user is not None and born(token.payload) <= int(user)

    is_blacklisted, ais_blacklisted = twins(_is_blacklisted)

    def _blacklist(self, token: Any) -> Steps[None]:
        """Store the token's name until it would have ended anyway."""
        yield from self._stored(token_key(token), REVOKED, rest_of_life(token))

    blacklist, ablacklist = twins(_blacklist)

    def _revoke_family(self, family: str) -> Steps[None]:
        """Store the family's name for as long as its youngest possible token may live."""
        yield from self._stored(family_key(family), REVOKED, longest_life())

    revoke_family, arevoke_family = twins(_revoke_family)

    def _revoke_user(self, user_id: Any) -> Steps[None]:
        """Store the moment up to which the user's logins are revoked."""
        moment = b"%d" % milliseconds(now())
        yield from self._stored(user_key(user_id), moment, longest_life())

    revoke_user, arevoke_user = twins(_revoke_user)

    def _use(self, token: Any, successor: Any) -> Steps[Use]:
        """Run one script that decides among all who try."""
        if (yield from self._is_cut_off(token)):
            return Use(Outcome.REVOKED)
        cache = self._cache()
        grace = jwt_settings.REUSE_GRACE.total_seconds()
        keys = [
            family_key(token.family),
            token_key(token),
            f"{token_key(token)}:next",
        ]
        args: list[str | int] = [
            f"{successor.jti}:{successor.iat}",
            milliseconds(rest_of_life(token)),
            milliseconds(grace),
            milliseconds(longest_life()),
        ]
        try:
            word, name = yield cache.step(cache.eval, USE, keys, args)
        except CacheUnavailable as error:
            raise BlacklistUnavailable() from error
        outcome = Outcome(_text(word))
        jti, _, iat = _text(name).rpartition(":")
        return Use(outcome, jti, int(iat or 0))

    use, ause = twins(_use)

    def _is_cut_off(self, token: Any) -> Steps[bool]:
        cache = self._cache()
        try:
            user = yield cache.step(cache.get, user_key(token.user_id))
        except CacheUnavailable as error:
            raise BlacklistUnavailable() from error
        return user is not None and born(token.payload) <= int(user)

    def _stored(self, key: str, value: bytes, seconds: float) -> Steps[None]:
        cache = self._cache()
        try:
            yield cache.step(cache.set, key, value, milliseconds(seconds))
        except CacheUnavailable as error:
            raise BlacklistUnavailable() from error


def unfit(alias: str) -> str | None:
    """Return why the cache *alias* cannot hold a blacklist, None if it can."""
    entry = settings.CACHES.get(alias)
    if entry is None:
        return "CACHES has no such alias"
    if entry.get("BACKEND") == DUMMY:
        return "the dummy cache keeps nothing"
    try:
        if not raw_cache(alias).reports_outages:
            return "Memcached answers 'not there' for a server that has failed"
    except (InvalidCacheBackendError, ImportError) as error:
        return str(error)
    return None


def family_key(family: str) -> str:
    """Return the key of a family; braces keep its keys together on Redis Cluster."""
    return f"{PREFIX}{{{_safe(family)}}}"


def token_key(token: Any) -> str:
    """Return the key of one token."""
    return f"{family_key(token.family)}:{_safe(token.jti)}"


def user_key(user_id: Any) -> str:
    """Return the key of a user; 1 and "1" are one."""
    return f"{PREFIX}user:{_safe(str(user_id))}"


def _safe(text: str) -> str:
    """Return *text*, or its digest if it is long or has characters that keys should not have."""
    if _plain(text):
        return text
    return "." + blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
