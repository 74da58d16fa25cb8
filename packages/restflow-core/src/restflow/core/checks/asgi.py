"""E008, W001 to W003: how the project is served under ASGI."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.handlers.asgi import ASGIHandler
from django.utils.module_loading import import_string

from ..asgi import RestflowASGIHandler
from ..asgi.application import obstacle
from ..asgi.conf import asgi_settings


def check_asgi(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check the section ``ASGI``, and whether this process can use the handler."""
    messages: list[CheckMessage] = []
    threads: Any = asgi_settings.IDLE_THREADS
    if isinstance(threads, int) and threads < 0:
        messages.append(
            Error(
                f'RESTFLOW_SETTINGS["ASGI"]["IDLE_THREADS"] is {threads}.',
                hint="Use 0 for a new thread with each request, or how many are to stay warm.",
                id="restflow.E008",
            )
        )
    if (reason := obstacle()) is not None:
        messages.append(
            Warning(
                f"restflow.core.asgi hands out Django's own handler: {reason}.",
                hint="Requests are answered as ever, with Django's threads. Update restflow-core.",
                id="restflow.W001",
            )
        )
    return messages


def check_deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Check ``ASGI_APPLICATION`` and what the middlewares do to it; for ``check --deploy``."""
    path = getattr(settings, "ASGI_APPLICATION", None)
    served = application()
    if not isinstance(served, ASGIHandler):
        return []
    messages: list[CheckMessage] = []
    if not isinstance(served, RestflowASGIHandler) and obstacle() is None:
        messages.append(
            Warning(
                f"ASGI_APPLICATION ({path}) is Django's handler, which starts "
                f"a thread, and with it opens new database connections, for every request.",
                hint="In that module, import get_asgi_application from restflow.core.asgi.",
                id="restflow.W002",
            )
        )
    for name in settings.MIDDLEWARE:
        try:
            middleware = import_string(name)
        except ImportError:
            continue  # the server will not start, and says so
        if not getattr(middleware, "async_capable", False):
            messages.append(
                Warning(
                    f"The middleware {name} is sync only: under ASGI it keeps a thread busy for as "
                    f"long as each request takes, async views included.",
                    hint="Make it async capable (Django: MiddlewareMixin, or "
                    "sync_and_async_middleware), or serve the project under WSGI.",
                    id="restflow.W003",
                )
            )
    return messages


check_deployment.deploy = True  # type: ignore[attr-defined]


def application() -> Any:
    """Return what ``ASGI_APPLICATION`` names, without what is wrapped around it."""
    path = getattr(settings, "ASGI_APPLICATION", None)
    if not path:
        return None
    try:
        served = import_string(path)
    except Exception:
        return None  # the server will not start, and says so
    while not isinstance(served, RestflowASGIHandler):
        mapping = getattr(served, "application_mapping", {})  # channels' ProtocolTypeRouter
        inner = mapping.get("http") or getattr(served, "application", None)
        inner = inner or getattr(served, "app", None)
        if inner is None:
            break
        served = inner
    return served
