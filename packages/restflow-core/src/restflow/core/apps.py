"""The Django app that runs restflow's system checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks

from .checks import registered_checks


class RestflowCoreConfig(AppConfig):
    """List ``"restflow.core"`` in ``INSTALLED_APPS`` and ``manage.py check`` covers restflow."""

    name = "restflow.core"
    label = "restflow_core"
    verbose_name = "restflow"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks of every installed restflow distribution."""
        for check in registered_checks():
            checks.register(check, deploy=getattr(check, "deploy", False))
