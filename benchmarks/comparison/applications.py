"""The ASGI or WSGI application of one side, as its server or a measuring process loads it.

``RESTFLOW_BENCHMARK_SIDE``, ``_DATABASE`` and ``_MIDDLEWARE`` say which; ``uvicorn
comparison.applications:application`` and ``gunicorn`` find it under one name.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from comparison.project import set_up, token
from comparison.sides import SIDES, Side


def token_for(side: Side) -> str:
    """A token that *side* accepts; Django is set up."""
    module = import_module(f"comparison.sides.{side.module}")
    return str(getattr(module, "token", token)())


def load(side: Side, *, middleware: bool) -> Any:
    """Set Django up with *side*'s URLs and give its application."""
    patterns: list[Any] = []
    set_up(patterns, middleware=middleware)
    module = import_module(f"comparison.sides.{side.module}")
    patterns.extend(getattr(module, "urlpatterns", ()))
    if side.handler == "own":
        return module.application
    if side.handler == "wsgi":
        from django.core.wsgi import get_wsgi_application

        return get_wsgi_application()
    if side.handler == "restflow":
        from restflow.core.asgi import get_asgi_application as get_leasing_application

        return get_leasing_application()
    from django.core.asgi import get_asgi_application

    return get_asgi_application()


def __getattr__(name: str) -> Any:
    if name != "application":
        raise AttributeError(name)
    side = SIDES[os.environ["RESTFLOW_BENCHMARK_SIDE"]]
    found = load(side, middleware=os.environ.get("RESTFLOW_BENCHMARK_MIDDLEWARE") == "1")
    globals()["application"] = found
    return found


if __name__ == "__main__":
    set_up()
    print(token_for(SIDES[os.environ["RESTFLOW_BENCHMARK_SIDE"]]))
