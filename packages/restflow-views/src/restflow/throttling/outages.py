"""What a throttle does when its cache gives no answer, said once per outage."""

from __future__ import annotations

import logging

from restflow.core.cache import CacheUnavailable
from restflow.exceptions import APIException, ErrorCode

logger = logging.getLogger("restflow.throttling")
_down: set[str] = set()


def outage(alias: str, error: CacheUnavailable, *, passes: bool) -> None:
    """Log the beginning of an outage of *alias*.

    Raises:
        APIException: 503, if requests must not *pass* uncounted.
    """
    if alias not in _down:
        _down.add(alias)
        logger.error(
            "Throttles cannot count: %s Requests %s until it answers.",
            error,
            "pass uncounted" if passes else "are refused with 503",
        )
    if not passes:
        raise APIException(code=ErrorCode.SERVICE_UNAVAILABLE.value, status_code=503) from error


def recovery(alias: str) -> None:
    """Log the end of an outage of *alias*, if there was one."""
    if alias in _down:
        _down.discard(alias)
        logger.warning("Throttles count again: the cache %r answers.", alias)
