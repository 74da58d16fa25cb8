"""The section ``RESTFLOW_SETTINGS["THROTTLING"]``."""

from __future__ import annotations

from restflow.core.settings import Section

__all__ = ["ThrottlingSettings", "throttling_settings"]


class ThrottlingSettings(Section, name="THROTTLING"):
    """What throttles tell clients.

    Keys:
        RATE_LIMIT_HEADERS: whether responses carry ``RateLimit`` and ``RateLimit-Policy``, for
            throttles that do not say so themselves (``rate_limit_headers``).
    """

    RATE_LIMIT_HEADERS: bool = False


throttling_settings = ThrottlingSettings()
