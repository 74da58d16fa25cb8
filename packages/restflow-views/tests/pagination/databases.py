"""Databases with tables of their own, where threads may commit: SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.db import connections

from restflow_testing.models import Category, Product, Tag


@contextmanager
def sqlite(folder: Path) -> Iterator[str]:
    """A file; gives its alias."""
    options = connections.settings["other"]["OPTIONS"]
    entry = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / "pages.sqlite3"),
        "OPTIONS": options,
    }
    with _database("pages-sqlite", entry) as alias:
        yield alias


@contextmanager
def postgres(entry: dict[str, Any]) -> Iterator[str]:
    """A schema that nobody else has, in the database of *entry*; gives its alias."""
    schema = f"restflow_{uuid4().hex}"
    entry = {**entry, "TEST": {}, "OPTIONS": {"options": f"-c search_path={schema}"}}
    with ExitStack() as stack:
        alias = stack.enter_context(_added("pages-postgres", entry))
        with connections[alias].cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA {schema}")
        stack.callback(_executed, alias, f"DROP SCHEMA {schema} CASCADE")
        _create_tables(alias)
        yield alias


@contextmanager
def _database(alias: str, entry: dict[str, Any]) -> Iterator[str]:
    with _added(alias, entry):
        _create_tables(alias)
        yield alias


@contextmanager
def _added(alias: str, entry: dict[str, Any]) -> Iterator[str]:
    made = connections.configure_settings({**connections.settings, alias: entry})
    connections.settings[alias] = made[alias]
    try:
        yield alias
    finally:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]


def _create_tables(alias: str) -> None:
    with connections[alias].schema_editor() as editor:
        for model in (Category, Tag, Product):
            editor.create_model(model)


def _executed(alias: str, statement: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
