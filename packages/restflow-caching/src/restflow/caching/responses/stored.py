"""A finished response as it is stored, and what may be stored at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

#: Headers that the transport, a middleware or each answer adds anew.
NOT_STORED = frozenset(
    ["age", "cache-status", "connection", "content-length", "date", "set-cookie"]
)


class Stored:
    """What is kept of a response.

    Args:
        status: its code.
        reason: its phrase.
        headers: names and values.
        body: the rendered bytes.
    """

    def __init__(
        self, status: int, reason: str, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        #: The response itself, for the one caller that has computed it.
        self.original: Any = None
        #: Why it must not be stored, if anything speaks against it.
        self.refusal = ""

    def __reduce__(self) -> Any:
        return Stored, (self.status, self.reason, self.headers, self.body)

    def response(self) -> Any:
        """Return the response: the original, or one like it."""
        if self.original is not None:
            return self.original
        made = HttpResponse(self.body, status=self.status, reason=self.reason)
        for name, value in self.headers:
            made.headers[name] = value
        return made


def refused(response: Any, refusal: str) -> Stored:
    """Return *response* as something that is passed on to its caller and not stored."""
    kept = Stored(0, "", (), b"")
    kept.original, kept.refusal = response, refusal
    return kept


def entity_tag(body: bytes) -> str:
    """Return a strong entity tag (RFC 9110, section 8.8.3): equal for equal bytes only."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def keep(response: Any, *, covered: Iterable[str], control: str, vary: Iterable[str]) -> Stored:
    """Return *response*, completed with the headers of caching, as it is to be stored.

    Args:
        response: rendered.
        covered: names of request headers that are part of the key, in lower case.
        control: its ``Cache-Control``, unless it has one already.
        vary: names to add to its ``Vary``.
    """
    reason = refusal(response, frozenset(covered), public="public" in control)
    if reason:
        return refused(response, reason)
    body = bytes(response.content)
    response.headers.setdefault("ETag", entity_tag(body))
    response.headers.setdefault("Cache-Control", control)
    patch_vary_headers(response, list(vary))
    headers = tuple(
        (name, str(value))
        for name, value in response.headers.items()
        if name.lower() not in NOT_STORED
    )
    kept = Stored(response.status_code, response.reason_phrase, headers, body)
    kept.original = response
    return kept


def refusal(response: Any, covered: frozenset[str], *, public: bool) -> str:
    """Return why *response* must not be stored, or an empty text."""
    if not 200 <= response.status_code < 300 or response.status_code == 206:
        return f"its status is {response.status_code}"
    if response.streaming:
        return "it is a stream"
    if getattr(response, "is_rendered", True) is False:
        return "it is rendered later"
    if response.cookies or response.has_header("Set-Cookie"):
        return "it sets a cookie"
    control = directives(response.headers.get("Cache-Control", ""))
    if "no-store" in control or (public and "private" in control):
        return f"its Cache-Control says {', '.join(sorted(control))}"
    varies = directives(response.headers.get("Vary", ""))
    if varies - covered:
        return f"it varies on {', '.join(sorted(varies - covered))}, which is not part of the key"
    return ""


def directives(header: str) -> frozenset[str]:
    """The names in a list of directives or headers, in lower case."""
    return frozenset(
        word.partition("=")[0].strip().lower() for word in header.split(",") if word.strip()
    )
