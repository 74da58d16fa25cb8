"""The Django app of the outbox."""

from __future__ import annotations

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """List ``"restflow.caching.outbox"`` in ``INSTALLED_APPS``, and migrate."""

    name = "restflow.caching.outbox"
    label = "restflow_caching_outbox"
    verbose_name = "restflow caching outbox"
    default_auto_field = "django.db.models.BigAutoField"
