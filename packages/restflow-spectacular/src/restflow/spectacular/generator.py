"""The generator that asks the permissions of an action, not those of its class."""

# mypy: disable-error-code="no-untyped-call"
# drf-spectacular says that it is typed, and mostly is not.

from __future__ import annotations

from typing import Any

from drf_spectacular.generators import SchemaGenerator

from .actions import apply_action_config


class RestflowSchemaGenerator(SchemaGenerator):
    """drf-spectacular's generator, for documents that show each user what that user may call.

    With ``SERVE_PUBLIC`` off, drf-spectacular asks each view's permissions before its schema class
    has a say. This class applies ``action_configs`` before that; public documents need no more than
    the schema class. ``SPECTACULAR_SETTINGS["DEFAULT_GENERATOR_CLASS"]`` names it.
    """

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        """Return the view of one operation, as its action finds it."""
        view = super().create_view(callback, method, request)
        apply_action_config(view)
        return view
