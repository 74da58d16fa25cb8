"""Databases number rows by themselves: after rows with keys of one's own they have to catch up."""

from __future__ import annotations

from typing import Any

from django.core.management.color import no_style
from django.db import connection


def catch_up(*models: Any) -> None:
    """Let the next row of *models* have the key after the largest one (SQLite does anyway).

    PostgreSQL's sequences also go on from keys that were rolled back.
    """
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)
