"""The settings dictionary as the description shows it."""

from __future__ import annotations

from typing import Any

import pytest

from restflow.core.settings import restflow_settings


@pytest.mark.describes("settings: RESTFLOW_SETTINGS has one section per subsystem")
def test_one_section_per_subsystem(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {"ERRORS": {"DETAILS": "full"}}
    assert restflow_settings.ERRORS.DETAILS == "full"
    settings.RESTFLOW_SETTINGS = {}
    assert restflow_settings.ERRORS.DETAILS == "messages"
    assert "ERRORS" in restflow_settings
