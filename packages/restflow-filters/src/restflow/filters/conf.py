"""The section ``FILTERS`` of ``RESTFLOW_SETTINGS``."""

from __future__ import annotations

from typing import Literal

from restflow.core.settings import Section


class FilterSettings(Section, name="FILTERS"):
    """How the filter backend treats query parameters that nobody declared.

    ``UNKNOWN``: what an undeclared parameter means: ``"error"`` answers 400 with suggestions,
    ``"warn"`` logs it, ``"ignore"`` passes it over. A filter set's ``Meta.unknown`` wins.

    ``ALLOWED``: globs of names that are nobody's filter and still no mistake, such as what
    marketing links carry.
    """

    UNKNOWN: Literal["error", "warn", "ignore"] = "error"
    ALLOWED: tuple[str, ...] = ("_", "utm_*", "gclid", "fbclid")


filter_settings = FilterSettings()
