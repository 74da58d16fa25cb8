"""One more database for the tests of a module, with the tables of the shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from inspect import signature
from typing import Any

from django.db import connections


@contextmanager
def made_database(alias: str, entry: dict[str, Any], blocker: Any) -> Iterator[str]:
    """Make the database *entry* describes, under *alias*, and remove it in the end."""
    assert alias not in connections.settings, f"somebody else has a database called {alias}"
    entry["TEST"]["NAME"] += f"_{alias}"
    made = connections.configure_settings({**connections.settings, alias: entry})
    connections.settings[alias] = made[alias]
    with blocker.unblock():
        connection = connections[alias]
        name = connection.settings_dict["NAME"]
        create = connection.creation.create_test_db
        # Newer releases serialize nothing unless they are told to, and want no word about it.
        old = signature(create).parameters["serialize"].default is True
        create(verbosity=0, autoclobber=True, **({"serialize": False} if old else {}))
        try:
            yield alias
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
            connection.close()
            del connections[alias]
            del connections.settings[alias]
