"""The ASGI scope that says what a WSGI environ says.

DRF's client speaks WSGI: ``HTTP_X_TENANT="7"``, ``REMOTE_ADDR="::1"``, ``SCRIPT_NAME="/app"``.
Requests are composed in that spelling, by its rules of precedence, and translated once at the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DEFAULT_PORTS = {"http": "80", "https": "443"}

# What has a place of its own in a scope, or none: ASGI knows no REMOTE_HOST.
PLACED = frozenset(
    {
        "PATH_INFO",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "REMOTE_HOST",
        "REMOTE_PORT",
        "REQUEST_METHOD",
        "SCRIPT_NAME",
        "SERVER_NAME",
        "SERVER_PORT",
        "SERVER_PROTOCOL",
    }
)


def scope_of(environ: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ASGI scope of the HTTP request that *environ* (PEP 3333) describes.

    The body travels as ``_body_file``, which is where Django's test handler looks for it. Variables
    that are neither CGI's nor ``wsgi.*`` count as headers without their prefix, as in Django's own
    ``AsyncClient``: ``AUTHORIZATION="..."`` means what ``HTTP_AUTHORIZATION="..."`` means.
    """
    scheme = environ["wsgi.url_scheme"]
    name, port = environ["SERVER_NAME"], str(environ["SERVER_PORT"])
    root = _text(environ.get("SCRIPT_NAME", "")).rstrip("/")
    headers = _headers(environ)
    if b"host" not in headers:
        host = name if port == DEFAULT_PORTS.get(scheme) else f"{name}:{port}"
        headers[b"host"] = host.encode("latin-1")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": environ.get("SERVER_PROTOCOL", "HTTP/1.1").partition("/")[2],
        "method": environ["REQUEST_METHOD"],
        "scheme": scheme,
        "path": root + _text(environ["PATH_INFO"]),
        "root_path": root,
        "query_string": _bytes(environ.get("QUERY_STRING", "")),
        "headers": list(headers.items()),
        "server": (name, int(port)),
        "client": None,
        "_body_file": environ["wsgi.input"],
    }
    if environ.get("REMOTE_ADDR"):
        scope["client"] = (environ["REMOTE_ADDR"], int(environ.get("REMOTE_PORT", 0)))
    return scope


def _headers(environ: Mapping[str, Any]) -> dict[bytes, bytes]:
    headers = {}
    for variable, value in environ.items():
        if value is None or variable in PLACED or "." in variable:
            continue
        name = variable.removeprefix("HTTP_").lower().replace("_", "-")
        if name != "cookie" or value:
            headers[name.encode("ascii")] = _bytes(value)
    return headers


def _text(value: str) -> str:
    """Undo WSGI's habit of showing bytes as latin-1: scopes hold what the URL said."""
    return _bytes(value).decode("utf-8", "replace")


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return str(value).encode("latin-1")
    except UnicodeEncodeError:  # no server would send it so, but no view expects a crash here
        return str(value).encode()
