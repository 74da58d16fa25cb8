"""The section ``SCHEMA`` of ``RESTFLOW_SETTINGS``."""

from __future__ import annotations

from restflow.core.settings import Section

__all__ = ["SchemaSettings", "schema_settings"]


class SchemaSettings(Section, name="SCHEMA"):
    """What :class:`~restflow.spectacular.RestflowAutoSchema` writes besides the operations.

    Keys:
        ERROR_STATUSES: which error responses are documented, where an operation can answer so. An
            empty tuple documents none but those of ``@extend_schema``.
    """

    ERROR_STATUSES: tuple[int, ...] = (400, 401, 403, 404, 406, 415, 429)


schema_settings = SchemaSettings()
