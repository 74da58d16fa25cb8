"""The Django app: it finds each app's ``caches.py`` and registers the checks."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules


class RestflowCachingConfig(AppConfig):
    """List ``"restflow.caching"`` in ``INSTALLED_APPS``."""

    name = "restflow.caching"
    label = "restflow_caching"
    verbose_name = "restflow caching"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Import ``caches.py`` of every app and ``RULE_MODULES``; nothing else is imported."""
        from .checks import check_caching, check_deployment
        from .conf import caching_settings
        from .rules.checks import check_rules
        from .rules.listening import listener

        checks.register(check_caching)
        checks.register(check_rules)
        listener.settle()
        checks.register(check_deployment, deploy=True)
        autodiscover_modules("caches")
        for module in caching_settings.RULE_MODULES:
            import_module(module)
        if _installed("opentelemetry.metrics"):
            from .telemetry import instrument

            instrument()


def _installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
