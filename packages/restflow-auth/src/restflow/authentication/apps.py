"""The Django app: models of the model backend, and the checks."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks


class RestflowAuthenticationConfig(AppConfig):
    """List ``"restflow.authentication"`` in ``INSTALLED_APPS`` for the model backend."""

    name = "restflow.authentication"
    label = "restflow_authentication"
    verbose_name = "restflow authentication"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the checks: core does it too, where that app is installed."""
        from .checks import check_authentication, check_deployment

        checks.register(check_authentication)
        checks.register(check_deployment, deploy=True)
