"""Databases for the suite of filters: the default one, and PostgreSQL beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from restflow_testing.services import POSTGRES

#: A name of its own: other suites of the run make, and take away, a "postgres" of theirs.
ALIAS = "filters_pg"


@pytest.fixture(scope="session")
def postgres_alias(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The alias of a PostgreSQL database with all tables and the usual extensions."""
    POSTGRES.require()
    from django.conf import settings
    from django.db import connections

    entry = POSTGRES.django_database()
    entry["TEST"] = {"NAME": f"restflow_filters_{os.getpid()}"}
    both = {"default": settings.DATABASES["default"], ALIAS: entry}
    connections.settings[ALIAS] = connections.configure_settings(both)[ALIAS]
    connection = connections[ALIAS]
    with django_db_blocker.unblock():
        connection.creation.create_test_db(verbosity=0, autoclobber=True)
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS unaccent")
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    yield ALIAS
    with django_db_blocker.unblock():
        connection.close()
        connection.creation.destroy_test_db(None, verbosity=0)
    del connections.settings[ALIAS]
    del connections[ALIAS]


@pytest.fixture(scope="module", params=["default", "postgres"])
def alias(request: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """Each database in turn, open for the whole module."""
    name = request.getfixturevalue("postgres_alias") if request.param == "postgres" else "default"
    with django_db_blocker.unblock():
        yield name
