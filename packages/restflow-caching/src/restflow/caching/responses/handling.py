"""One request to a cached view: what its answer depends on, and how the answer is finished."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

from ..keys.fields import Call, KeyField, Part
from ..metadata import cache_status_headers
from .stored import Stored, directives, keep, refused

METHODS = ("GET", "HEAD")
#: RFC 9110, section 15.4.5: what a 304 repeats of the 200 that it stands for.
REPEATED = ("Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary")


class Unkeyable(Exception):
    """Nobody can tell whose answer this would be: it is computed, and kept for nobody."""


@dataclass(frozen=True)
class Declaration:
    """What ``cache_response`` was told; see there."""

    public: bool
    max_age: int | None
    vary_on: tuple[str, ...]
    key: Callable[[Any], Any] | None
    status_header: bool

    @property
    def control(self) -> str:
        whose = "public" if self.public else "private"
        return f"{whose}, {'no-cache' if self.max_age is None else f'max-age={self.max_age}'}"

    @property
    def vary(self) -> tuple[str, ...]:
        own = () if self.public else ("Cookie", "Authorization")
        return ("Accept", "Accept-Language", *own, *self.vary_on)


class Handling:
    """One call of the user's handler.

    Args:
        declaration: of the view.
        args: of the call; the request is the first or, in a method, the second.
        kwargs: of the call: what the URL has captured.
    """

    def __init__(
        self, declaration: Declaration, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.declaration = declaration
        self.args = args
        self.kwargs = kwargs
        first = args[0]
        self.view = None if hasattr(first, "META") else first
        self.request: Any = first if self.view is None else args[1]

    @property
    def cacheable(self) -> bool:
        """Whether the request asks for something that can be kept at all."""
        return self.request.method in METHODS

    # -- the key -----------------------------------------------------------------------------

    def identity(self) -> tuple[Any, ...]:
        """Return all that tells this request from others."""
        request, declaration = self.request, self.declaration
        query = tuple((name, tuple(request.GET.getlist(name))) for name in sorted(request.GET))
        own = None if declaration.key is None else declaration.key(request)
        return (
            self._view(),
            f"{request.scheme}://{request.get_host()}{request.path}",
            query,
            self._media(),
            str(getattr(request, "version", None)),
            translation.get_language(),
            timezone.get_current_timezone_name(),
            None if declaration.public else self._whose(),
            tuple(request.headers.get(name) for name in declaration.vary_on),
            own,
        )

    def _view(self) -> tuple[str, ...]:
        view = self.view or (getattr(self.request, "parser_context", None) or {}).get("view")
        if view is None:
            return ()
        kind = type(view)
        return (kind.__module__, kind.__qualname__, str(getattr(view, "action", "")))

    def _media(self) -> tuple[Any, ...]:
        renderer = getattr(self.request, "accepted_renderer", None)
        if renderer is None:
            return (self.request.headers.get("Accept"),)
        kind = type(renderer)
        media = getattr(self.request, "accepted_media_type", None)
        return (kind.__module__, kind.__qualname__, str(media))

    def _whose(self) -> tuple[Any, ...]:
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            # What a view makes of a header by itself is nobody else's.
            header = self.request.headers.get("Authorization")
            if header is None:
                return ("anonymous",)
            return ("header", hashlib.blake2b(header.encode(), digest_size=16).hexdigest())
        if user.pk is None:
            raise Unkeyable
        meta = getattr(user, "_meta", None)
        kind = f"{type(user).__module__}.{type(user).__qualname__}" if meta is None else meta.label
        return ("user", str(kind), user.pk)

    # -- the answer --------------------------------------------------------------------------

    def begin(self) -> Any:
        """Note whether the session was touched before the handler, and return that."""
        session = getattr(self.request, "session", None)
        before = getattr(session, "accessed", False)
        if session is not None:
            session.accessed = False
        return before

    def finish(self, response: Any, before: bool) -> Stored:
        """Render *response* and return it as it is stored, or as it is not."""
        response = self._rendered(response)
        session = getattr(self.request, "session", None)
        touched = False
        if session is not None:
            touched = bool(session.accessed or session.modified)
            session.accessed = before or touched
        if touched:
            return refused(response, "it was made with the session")
        if self.request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            return refused(response, "it holds a CSRF token")
        declared = self.declaration
        return keep(
            response,
            covered={name.lower() for name in declared.vary},
            control=declared.control,
            vary=declared.vary,
        )

    def _rendered(self, response: Any) -> Any:
        """Render a response of DRF as its view would after the handler: bytes can be stored."""
        if not hasattr(type(response), "rendered_content") or not hasattr(response, "data"):
            return response
        if response.is_rendered:
            return response
        context = getattr(self.request, "parser_context", None) or {}
        view = self.view or context.get("view")
        if view is None or not hasattr(self.request, "accepted_renderer"):
            return response
        response.accepted_renderer = self.request.accepted_renderer
        response.accepted_media_type = self.request.accepted_media_type
        response.renderer_context = view.get_renderer_context()
        return response.render()

    def answer(self, stored: Stored, metadata: Any) -> Any:
        """Return the response to send: the stored one, or 304 if the client has it."""
        response = stored.response()
        if stored.refusal:
            return response
        if self.declaration.status_header:
            for name, value in cache_status_headers(metadata).items():
                response.headers[name] = value
        if response.status_code == 200 and self._has(response.headers.get("ETag", "")):
            return not_modified(response)
        return response

    def _has(self, tag: str) -> bool:
        """Weak comparison, as RFC 9110, section 13.1.2, wants it."""
        known = parse_etags(self.request.headers.get("If-None-Match", ""))
        plain = tag.removeprefix("W/")
        return bool(tag) and ("*" in known or plain in [each.removeprefix("W/") for each in known])


def not_modified(response: Any) -> HttpResponse:
    """Return the 304 that stands for *response*."""
    made = HttpResponse(status=304)
    del made.headers["Content-Type"]
    for name in (*REPEATED, "Age", "Cache-Status"):
        if name in response.headers:
            made.headers[name] = response.headers[name]
    patch_vary_headers(made, sorted(directives(response.headers.get("Vary", ""))))
    return made


class CapturedKeyField(KeyField):
    """A value captured by the URL."""

    def __init__(self, name: str) -> None:
        super().__init__(partition=True)
        self.name = name

    def get_value(self, call: Call) -> Any:
        kwargs = call.arguments["handling"].kwargs
        if self.name not in kwargs:
            raise Unkeyable
        return kwargs[self.name]

    def parts(self, parameters: Iterable[str]) -> list[Part]:
        return [Part(self.name, self._names(self.name), value=self.get_value)]


class HandlingKeyField(KeyField):
    """All the rest; only its digest is in the key, since it names people."""

    def __init__(self) -> None:
        super().__init__(hash=True)

    def get_value(self, call: Call) -> Any:
        return call.arguments["handling"].identity()
