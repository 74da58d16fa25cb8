"""The section ``RESTFLOW_SETTINGS["ERRORS"]``."""

from __future__ import annotations

from typing import Literal

from restflow.core.settings import Section

__all__ = ["ErrorSettings", "error_settings"]


class ErrorSettings(Section, name="ERRORS"):
    """How errors are written.

    Keys:
        DETAILS: ``"messages"`` lists plain texts under each field, ``"full"`` lists
            ``{"message", "code"}`` pairs.
        FORMAT: ``"envelope"`` is ``{"error": {"code", "message", "details"}}``,
            ``"problem+json"`` the same data as RFC 9457 ``application/problem+json``.
    """

    DETAILS: Literal["messages", "full"] = "messages"
    FORMAT: Literal["envelope", "problem+json"] = "envelope"


error_settings = ErrorSettings()
