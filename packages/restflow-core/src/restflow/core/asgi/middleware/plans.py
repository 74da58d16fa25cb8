"""What each of Django's middlewares does, and when that is CPU work alone."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.conf import settings

from .unmodified import unmodified

#: Tells from a middleware and a request (and its response) whether a method may run on the loop.
Condition: TypeAlias = Callable[..., bool]


def always(*args: Any) -> bool:
    """Tell that the method never blocks."""
    return True


@dataclass(frozen=True)
class Plan:
    """When the methods of one middleware class may run on the loop.

    Args:
        request: of ``process_request``, called with (middleware, request).
        response: of ``process_response``, called with (middleware, request, response).
        view: returns what ``process_view`` would, or :data:`HOP`; called with (middleware,
            request, view, args, kwargs).
        blocks: what still takes a thread, for the audit.
    """

    request: Condition = always
    response: Condition = always
    view: Callable[..., Any] | None = None
    blocks: str = ""


#: The method needs the thread after all.
HOP: Any = object()

SESSIONS = "django.contrib.sessions.backends."
#: Session engines that touch neither network nor disk before a session is loaded.
LAZY_SESSIONS = frozenset({f"{SESSIONS}{name}" for name in ("db", "cache", "cached_db")}) | {
    f"{SESSIONS}signed_cookies"
}
CACHES = ("django.core.cache.backends.", "django_redis.")
MESSAGES = "django.contrib.messages.storage."
MESSAGE_STORAGES = frozenset(
    {
        f"{MESSAGES}fallback.FallbackStorage",
        f"{MESSAGES}cookie.CookieStorage",
        f"{MESSAGES}session.SessionStorage",
    }
)
#: Bytes of a form that is parsed where it stands.
SMALL_FORM = 16 * 1024


# -- sessions ---------------------------------------------------------------------------------


def session_is_made_quietly(middleware: Any, request: Any) -> bool:
    """Tell whether making the session object only stores its key."""
    store: type = middleware.SessionStore
    if store.__module__ not in LAZY_SESSIONS or not _unmodified_store(store):
        return False
    if not hasattr(store, "cache_key_prefix"):
        return True
    backend = settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND", "")
    return str(backend).startswith(CACHES)


def session_rests(middleware: Any, request: Any, response: Any) -> bool:
    """Tell whether the session needs no saving."""
    session: Any = getattr(request, "session", None)
    if type(session) is not middleware.SessionStore or not session_is_made_quietly(
        middleware, request
    ):
        return False
    return not (session.modified or settings.SESSION_SAVE_EVERY_REQUEST) or session.is_empty()


_stores: dict[type, bool] = {}


def _unmodified_store(store: type) -> bool:
    known = _stores.get(store)
    if known is None:
        known = _stores[store] = unmodified(store)
    return known


# -- CSRF ---------------------------------------------------------------------------------------


def secret_is_at_hand(middleware: Any, request: Any) -> bool:
    """Tell whether the CSRF secret comes from the cookie, or from a session that is in memory."""
    if not settings.CSRF_USE_SESSIONS:
        return True
    session = getattr(request, "session", None)
    if session is None:  # Django says what is missing
        return True
    return hasattr(session, "_session_cache")


def cookie_is_set_quietly(middleware: Any, request: Any, response: Any) -> bool:
    """Tell whether the CSRF secret is unchanged, or goes into the cookie."""
    return not request.META.get("CSRF_COOKIE_NEEDS_UPDATE") or secret_is_at_hand(
        middleware, request
    )


def csrf_view(middleware: Any, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
    """Run ``process_view`` up to a refusal: that calls a view of the project's, and loggers.

    The method itself decides; it is given a middleware whose ``_reject`` only says so.
    """
    unchecked = getattr(view, "csrf_exempt", False) or request.method in SAFE
    if not unchecked and not (secret_is_at_hand(middleware, request) and _form_is_small(request)):
        return HOP
    probe = vars(middleware).get(PROBE)
    if probe is None:
        probe = copy.copy(middleware)
        probe._reject = _refused
        vars(middleware)[PROBE] = probe
    return probe.process_view(request, view, args, kwargs)


PROBE = "_restflow_probe"
SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def _refused(request: Any, reason: str) -> Any:
    return HOP


def _form_is_small(request: Any) -> bool:
    """Tell whether ``request.POST`` is there, empty, or quickly parsed from memory."""
    if request.method != "POST" or hasattr(request, "_post"):
        return True
    if request.content_type == "multipart/form-data":
        return False  # upload handlers, and they may be the project's
    if request.content_type != "application/x-www-form-urlencoded":
        return True
    length = request.META.get("CONTENT_LENGTH") or ""
    return length.isdecimal() and int(length) <= SMALL_FORM


# -- messages -----------------------------------------------------------------------------------


def storage_is_made_quietly(middleware: Any, request: Any) -> bool:
    """Tell whether the message storage is Django's own."""
    return (
        settings.MESSAGE_STORAGE in MESSAGE_STORAGES
        and settings.SIGNING_BACKEND == "django.core.signing.TimestampSigner"
    )


def messages_rest(middleware: Any, request: Any, response: Any) -> bool:
    """Tell whether no message was read or added."""
    storage = getattr(request, "_messages", None)
    if storage is None:
        return True
    cls = type(storage)
    if f"{cls.__module__}.{cls.__qualname__}" not in MESSAGE_STORAGES:
        return False
    return not (storage.used or storage.added_new or storage._queued_messages)


#: By dotted name: nothing is imported that the project does not list.
PLANS: dict[str, Plan] = {
    "django.middleware.security.SecurityMiddleware": Plan(),
    "django.contrib.sessions.middleware.SessionMiddleware": Plan(
        session_is_made_quietly,
        session_rests,
        blocks="one hop when a session is saved",
    ),
    "django.middleware.common.CommonMiddleware": Plan(),
    "django.middleware.csrf.CsrfViewMiddleware": Plan(
        secret_is_at_hand,
        cookie_is_set_quietly,
        csrf_view,
        blocks="one hop for an upload, a large form or a refused token on a view that is checked",
    ),
    "django.contrib.auth.middleware.AuthenticationMiddleware": Plan(),
    "django.contrib.messages.middleware.MessageMiddleware": Plan(
        storage_is_made_quietly,
        messages_rest,
        blocks="one hop when messages were read or added",
    ),
    "django.middleware.clickjacking.XFrameOptionsMiddleware": Plan(),
    "django.middleware.csp.ContentSecurityPolicyMiddleware": Plan(),
}
