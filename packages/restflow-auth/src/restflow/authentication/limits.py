"""Limits on failed logins: for one account, whoever tries, and for one address, whatever it tries.

An attempt is counted before the password is looked at, and taken back when it was right: of any
number of simultaneous guesses no more than the allowed number is looked at.
"""

from __future__ import annotations

import ipaddress
import logging
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from time import time
from typing import Any

from rest_framework.exceptions import Throttled
from rest_framework.settings import api_settings

from restflow.core.cache import CacheUnavailable, RawOperations, Script, raw_cache
from restflow.core.steps import Steps
from restflow.exceptions import APIException, ErrorCode
from restflow.throttling import BaseThrottle, SimpleRateThrottle

from .conf import jwt_settings

logger = logging.getLogger("restflow.authentication")

PREFIX = "restflow.login:"


def _counted(cache: RawOperations, keys: Sequence[str], args: Sequence[Any]) -> list[int]:
    """Do what the script does, while the key's section is held."""
    limit, span = int(args[0]), int(args[1])
    now = int(time() * 1000)
    count, _, end = (cache.get(keys[0]) or b"0:0").decode().partition(":")
    number, deadline = (int(count), int(end)) if int(end) > now else (0, now + span)
    if number >= limit:
        return [0, deadline - now]
    cache.set(keys[0], f"{number + 1}:{deadline}".encode(), deadline - now)
    return [1, 0]


def _taken_back(cache: RawOperations, keys: Sequence[str], args: Sequence[Any]) -> int:
    now = int(time() * 1000)
    count, _, end = (cache.get(keys[0]) or b"0:0").decode().partition(":")
    if int(end) > now and int(count) > 0:
        cache.set(keys[0], f"{int(count) - 1}:{end}".encode(), int(end) - now)
    return 1


#: Arguments: the limit, and the milliseconds of the period, which begins with the first failure.
COUNT = Script(
    """
    local count = tonumber(redis.call('GET', KEYS[1]) or '0')
    if count >= tonumber(ARGV[1]) then
        return {0, math.max(redis.call('PTTL', KEYS[1]), 0)}
    end
    if redis.call('INCR', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
    return {1, 0}
    """,
    _counted,
)
TAKE_BACK = Script(
    """
    local count = tonumber(redis.call('GET', KEYS[1]) or '0')
    if count > 1 then redis.call('DECR', KEYS[1])
    elseif count == 1 then redis.call('DEL', KEYS[1]) end
    return 1
    """,
    _taken_back,
)


def begun(request: Any, account: str) -> Steps[list[str]]:
    """Count an attempt to log in; return what :func:`taken_back` needs to uncount it.

    Raises:
        Throttled: too many failed for this account, or from this address.
        APIException: 503: nobody can count, and ``LOGIN_PASSES_ON_OUTAGE`` is off.
    """
    counted: list[str] = []
    wait = 0.0
    for key, rate in _limits(request, account):
        limit, seconds = parsed(rate)
        verdict = yield from _asked(COUNT, key, [limit, seconds * 1000])
        if verdict is None:
            continue
        passes, milliseconds = verdict
        if passes:
            counted.append(key)
        else:
            wait = max(wait, milliseconds / 1000)
            break
    else:
        return counted
    yield from taken_back(counted)
    raise Throttled(wait=wait)


def taken_back(counted: list[str]) -> Steps[None]:
    """Uncount an attempt that did not fail."""
    for key in counted:
        yield from _asked(TAKE_BACK, key, [])


def _asked(script: Script, key: str, args: list[int]) -> Steps[Any]:
    cache = raw_cache(jwt_settings.LOGIN_LIMIT_CACHE_ALIAS)
    try:
        return (yield cache.step(cache.eval, script, [key], args))
    except CacheUnavailable as error:
        if not jwt_settings.LOGIN_PASSES_ON_OUTAGE:
            raise APIException(code=ErrorCode.SERVICE_UNAVAILABLE.value) from error
        logger.error("Failed logins cannot be counted: %s", error)
        return None


def _limits(request: Any, account: str) -> list[tuple[str, str]]:
    limits = (
        (f"{PREFIX}account:{_digest(normalized(account))}", jwt_settings.LOGIN_LIMIT_ACCOUNT),
        (f"{PREFIX}address:{_digest(address(request))}", jwt_settings.LOGIN_LIMIT_ADDRESS),
    )
    return [(key, rate) for key, rate in limits if rate is not None]


def normalized(account: str) -> str:
    """Return one text for all spellings that a database may take for one account."""
    return unicodedata.normalize("NFKC", account).casefold().strip()


def address(request: Any) -> str:
    """Return the client's address; of IPv6 the network of 64 bits that one client has.

    ``NUM_PROXIES`` says whom to believe; unset, the address that the connection came from, never a
    header.
    """
    if api_settings.NUM_PROXIES is None:
        text = str(request.META.get("REMOTE_ADDR") or "")
    else:
        text = str(BaseThrottle().get_ident(request) or "")
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return text
    if found.version == 6 and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, 64), strict=False).network_address)
    return str(getattr(found, "ipv4_mapped", None) or found)


class _Rate(SimpleRateThrottle):
    rate = "1/s"


@lru_cache
def parsed(rate: str) -> tuple[int, int]:
    """Return the number and the seconds of *rate*.

    Raises:
        ImproperlyConfigured: it is no rate.
    """
    number, seconds = _Rate().parse_rate(rate)
    return int(number), int(seconds)


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
