"""Requests that bring an operation to its errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .bridge import ASGIBridge
from .document import Document, Operation


def provocations(
    operation: Operation, headers: dict[str, str]
) -> Iterator[tuple[dict[str, str], bytes | None]]:
    """Yield headers and bodies that bring *operation* to its errors."""
    has_body = "requestBody" in operation.described
    json = {"Content-Type": "application/json"} if has_body else {}
    empty = b"{}" if has_body else None
    yield json, empty  # nobody
    yield {"Authorization": "Nonsense", **json}, empty
    yield {**headers, **json}, empty  # somebody, and often nothing valid
    yield {**headers, **json, "Accept": "application/x-unheard-of"}, empty
    if has_body:
        yield {**headers, **json}, b"{"
        yield {**headers, "Content-Type": "application/x-unheard-of"}, b"x"


def asked(
    document: Document,
    operation: Operation,
    bridge: ASGIBridge,
    headers: Mapping[str, str],
    body: bytes | None,
) -> list[str]:
    """Return what contradicts the document in the answer to one request."""
    path = operation.path
    for name, parameter in document.parameters(operation, "path").items():
        path = path.replace(f"{{{name}}}", _unlikely(document.resolve(parameter["schema"])))
    environ = bridge.client._environ(operation.method.upper(), path, body or b"", None)
    environ = bridge.client._base_environ(**environ)  # type: ignore[attr-defined]
    for name, value in headers.items():
        variable = name.upper().replace("-", "_")
        environ[variable if variable == "CONTENT_TYPE" else f"HTTP_{variable}"] = value
    answer: list[Any] = []
    (content,) = bridge(environ, lambda *head: answer.extend(head))
    status, found = int(answer[0].partition(" ")[0]), dict(answer[1])
    if status >= 500:
        return [f"{operation} answered {status}: {content[:300].decode(errors='replace')}"]
    is_nobody = headers.keys() <= {"Content-Type"}
    if status < 400 and is_nobody and requires_credentials(operation):
        return [f"{operation} answered {status} to nobody, and documents that it asks who it is"]
    return document.problems(operation, status, found.get("Content-Type", ""), content)


def credentials(operation: Operation) -> list[Any]:
    """Return the security requirements of *operation*, one of which has to be met."""
    return [one for one in operation.described.get("security", ()) if one]


def requires_credentials(operation: Operation) -> bool:
    """Tell whether *operation* documents that it answers known clients only."""
    alternatives = operation.described.get("security", ())
    return bool(alternatives) and {} not in alternatives


def _unlikely(schema: Any) -> str:
    if schema.get("type") in ("integer", "number"):
        return "987654321"
    if schema.get("format") == "uuid":
        return "00000000-0000-4000-8000-000000000000"
    return "nothing-of-this-name"
