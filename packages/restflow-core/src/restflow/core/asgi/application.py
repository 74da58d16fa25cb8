"""``get_asgi_application``, the drop-in for Django's."""

from __future__ import annotations

import asgiref
import django
from asgiref.sync import SyncToAsync, ThreadSensitiveContext
from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_started

from .handler import RestflowASGIHandler

#: Django releases whose handler and middlewares the shortcuts were held against.
KNOWN_DJANGO = ((5, 2), (6, 1))


def get_asgi_application() -> ASGIHandler:
    """Set Django up and return the project's ASGI application.

    Answers what ``django.core.asgi.get_asgi_application()`` answers, with fewer threads: see the
    deployment guide. With a Django or an asgiref that this release was not tried with, the result
    is Django's own handler.
    """
    django.setup(set_prefix=False)
    return RestflowASGIHandler() if obstacle() is None else ASGIHandler()


def obstacle() -> str | None:
    """Return what keeps this process on Django's own handler, ``None`` if nothing does."""
    first, last = KNOWN_DJANGO
    if not first <= django.VERSION[:2] <= last:
        return f"Django {django.get_version()} is not one of {first} to {last}"
    try:
        # Both are asgiref's and Django's internals: another name means another mechanism.
        vars(SyncToAsync)["context_to_thread_executor"].get(ThreadSensitiveContext())
        vars(SyncToAsync)["thread_sensitive_context"].get(None)
        _, _ = request_started._live_receivers(ASGIHandler)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return f"asgiref {asgiref.__version__} works another way ({error!r})"
    return None
