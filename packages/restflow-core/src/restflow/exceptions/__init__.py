"""One error envelope for everything that DRF, Django or user code can raise.

``REST_FRAMEWORK["EXCEPTION_HANDLER"] = "restflow.exceptions.exception_handler"`` turns it on, for
sync and async views. All but ``ErrorCode`` need Django REST Framework and are imported on first
use, so that the settings and checks of this package also load where DRF is absent.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .codes import ErrorCode

if TYPE_CHECKING:
    from .error import Error, describe
    from .exception import APIException
    from .handler import aexception_handler, exception_handler, set_rollback
    from .pages import handler400, handler403, handler404, handler500
    from .reporting import is_reported, report, request_id

__all__ = [
    "APIException",
    "Error",
    "ErrorCode",
    "aexception_handler",
    "describe",
    "exception_handler",
    "handler400",
    "handler403",
    "handler404",
    "handler500",
    "is_reported",
    "report",
    "request_id",
    "set_rollback",
]

_HOMES = {
    "APIException": "exception",
    "Error": "error",
    "aexception_handler": "handler",
    "describe": "error",
    "exception_handler": "handler",
    "handler400": "pages",
    "handler403": "pages",
    "handler404": "pages",
    "handler500": "pages",
    "is_reported": "reporting",
    "report": "reporting",
    "request_id": "reporting",
    "set_rollback": "handler",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    except ModuleNotFoundError as error:
        if error.name != "rest_framework":
            raise
        raise ModuleNotFoundError(
            f"{__name__}.{name} needs Django REST Framework. "
            f"Run: python -m pip install 'djangorestframework>=3.17.2'",
            name=error.name,
        ) from error
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
