"""System checks of the OpenAPI document: ids ``restflow.E500`` and ``W500`` and up."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Warning
from django.utils.module_loading import import_string
from rest_framework.settings import api_settings


def check_schema(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """W501: a document for each user, made by a generator that does not know ``action_configs``."""
    named = api_settings.user_settings.get("DEFAULT_SCHEMA_CLASS")
    if not isinstance(named, str) or not named.startswith("restflow.spectacular."):
        return []
    from drf_spectacular.settings import spectacular_settings

    ours = import_string("restflow.spectacular.RestflowSchemaGenerator")
    if spectacular_settings.SERVE_PUBLIC or issubclass(
        spectacular_settings.DEFAULT_GENERATOR_CLASS, ours
    ):
        return []
    return [
        Warning(
            "SPECTACULAR_SETTINGS['SERVE_PUBLIC'] is off, and DEFAULT_GENERATOR_CLASS asks the "
            "permissions of a viewset's class, not those of its action_configs: the document would "
            "show users what they may not call.",
            hint="Set DEFAULT_GENERATOR_CLASS to 'restflow.spectacular.RestflowSchemaGenerator'.",
            id="restflow.W501",
        )
    ]
