"""The section ``RESTFLOW_SETTINGS["ASGI"]``."""

from __future__ import annotations

from ..settings import Section

__all__ = ["ASGISettings", "asgi_settings"]


class ASGISettings(Section, name="ASGI"):
    """How ``restflow.core.asgi`` treats its threads.

    Keys:
        IDLE_THREADS: how many threads without a request stay warm, each with the database
            connections that ``CONN_MAX_AGE`` keeps open. As many more as there are requests at
            once are started, and end with their request. 0 gives every request a thread of its
            own, as Django's handler does.
    """

    IDLE_THREADS: int = 32


asgi_settings = ASGISettings()
