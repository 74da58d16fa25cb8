"""``AsyncAPIClient``: DRF's test client for async code, through the project's middleware."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpHeaders, SimpleCookie
from django.test.client import REDIRECT_STATUS_CODES, AsyncClient, FakePayload
from django.urls import resolve
from django.utils.functional import Promise, SimpleLazyObject

from .environ import DEFAULT_PORTS
from .factory import BINARY, AsyncAPIRequestFactory, Query, with_query
from .handlers import ForceAuthClientHandler, StreamHandler
from .streams import Exchange

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedASGIResponse

    class APIResponse(_MonkeyPatchedASGIResponse):
        """What the client returns: the view's own response, with what Django's client notes."""

        data: Any
        text: str
        streaming_content: Any
        exc_info: Any


class AsyncAPIClient(AsyncAPIRequestFactory, AsyncClient):
    """DRF's ``APIClient``, awaited: ``response = await client.get("/api/products/")``.

    Args:
        enforce_csrf_checks: have session authentication check CSRF tokens.
        raise_request_exception: raise here what a view left unhandled, instead of answering 500.
        headers: sent with every request.
        query_params: the query string of requests that name none.
        defaults: WSGI variables of every request, ``HTTP_X_TENANT="7"``, ``REMOTE_ADDR="::1"``.

    Requests pass through the project's middleware on the running loop, and the view's own response
    comes back, with ``data``, ``json()``, ``context``, ``templates``, ``resolver_match``,
    ``asgi_request`` and, after ``follow=True``, ``redirect_chain``. :meth:`stream` reads an answer
    while it is produced. One client may have several requests under way at once.
    """

    handler: ForceAuthClientHandler

    def __init__(
        self,
        enforce_csrf_checks: bool = False,
        raise_request_exception: bool = True,
        **defaults: Any,
    ) -> None:
        super().__init__(
            enforce_csrf_checks, raise_request_exception=raise_request_exception, **defaults
        )
        self.handler = ForceAuthClientHandler(enforce_csrf_checks)
        self._credentials: dict[str, Any] = {}
        self._stream_handler: StreamHandler | None = None

    # -- who is asking -------------------------------------------------------------------------

    def credentials(self, *, headers: Mapping[str, str] | None = None, **variables: Any) -> None:
        """Send these with every request from now on, instead of what an earlier call named.

        ``credentials(HTTP_AUTHORIZATION="Bearer ...")`` and
        ``credentials(headers={"Authorization": "Bearer ..."})`` say the same; neither clears them.
        """
        if headers:
            variables.update(HttpHeaders.to_wsgi_names(headers))
        self._credentials = variables

    def force_authenticate(self, user: Any = None, token: Any = None) -> None:
        """Send every request as *user*, past all authenticators; without arguments, as nobody.

        Going back to nobody also drops the credentials and cookies of this client. It touches no
        database, so a stored session stays there: ``await client.alogout()`` deletes that too.
        """
        self.handler.force_user, self.handler.force_token = user, token
        if user is None and token is None:
            self._forget()
            self.cookies = SimpleCookie()

    def logout(self) -> None:
        """Drop credentials, forced user, cookies and the session; :meth:`alogout` on a loop."""
        self._forget()
        if self._has_session():
            super().logout()
        self.cookies = SimpleCookie()

    async def alogout(self) -> None:
        """Drop credentials, forced user, cookies and the session."""
        self._forget()
        if self._has_session():
            await super().alogout()
        self.cookies = SimpleCookie()

    def _forget(self) -> None:
        self._credentials = {}
        self.handler.force_user = self.handler.force_token = None

    def _has_session(self) -> bool:
        return settings.SESSION_COOKIE_NAME in self.cookies

    # -- requests ------------------------------------------------------------------------------

    async def get(  # type: ignore[override]
        self, path: str | Promise, data: Query = None, follow: bool = False, **extra: Any
    ) -> APIResponse:
        """Send a GET request; *data* is its query string."""
        return await self.generic("GET", path, follow=follow, **with_query(data, extra))

    async def head(  # type: ignore[override]
        self, path: str | Promise, data: Query = None, follow: bool = False, **extra: Any
    ) -> APIResponse:
        """Send a HEAD request; *data* is its query string."""
        return await self.generic("HEAD", path, follow=follow, **with_query(data, extra))

    async def trace(  # type: ignore[override]
        self, path: str | Promise, data: Any = "", follow: bool = False, **extra: Any
    ) -> APIResponse:
        """Send a TRACE request, which has no body: *data* is ignored, as in Django's client."""
        return await self.generic("TRACE", path, follow=follow, **extra)

    async def post(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        **extra: Any,
    ) -> APIResponse:
        """Send a POST request with *data* in *format*, or as *content_type* says."""
        body = self._encode(data, format, content_type)
        return await self.generic("POST", path, *body, follow=follow, **extra)

    async def put(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        **extra: Any,
    ) -> APIResponse:
        """Send a PUT request with *data* in *format*, or as *content_type* says."""
        body = self._encode(data, format, content_type)
        return await self.generic("PUT", path, *body, follow=follow, **extra)

    async def patch(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        **extra: Any,
    ) -> APIResponse:
        """Send a PATCH request with *data* in *format*, or as *content_type* says."""
        body = self._encode(data, format, content_type)
        return await self.generic("PATCH", path, *body, follow=follow, **extra)

    async def delete(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        **extra: Any,
    ) -> APIResponse:
        """Send a DELETE request with *data* in *format*, or as *content_type* says."""
        body = self._encode(data, format, content_type)
        return await self.generic("DELETE", path, *body, follow=follow, **extra)

    async def options(  # type: ignore[override]
        self,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        follow: bool = False,
        **extra: Any,
    ) -> APIResponse:
        """Send an OPTIONS request with *data* in *format*, or as *content_type* says."""
        body = self._encode(data, format, content_type)
        return await self.generic("OPTIONS", path, *body, follow=follow, **extra)

    async def generic(  # type: ignore[override]
        self,
        method: str,
        path: str | Promise,
        data: Any = "",
        content_type: str | None = BINARY,
        secure: bool = False,
        follow: bool = False,
        **extra: Any,
    ) -> APIResponse:
        """Send a request with any *method* and with *data*, text or bytes, for its body."""
        self.headers = extra.get("headers")
        self.extra = {key: value for key, value in extra.items() if key.isupper()}
        environ = self._environ(method, path, data, content_type, secure, **extra)
        response = await self.request(**environ)
        if follow:
            response = await self._follow(response, environ, data)
        return response

    async def request(self, **request: Any) -> APIResponse:  # type: ignore[override]
        """Send the request that the WSGI variables *request* describe."""
        request.update(self._credentials)
        response = await AsyncClient.request(self, **request)
        response.request = {"QUERY_STRING": "", **request}
        urlconf = getattr(response.asgi_request, "urlconf", None)
        response.resolver_match = SimpleLazyObject(  # type: ignore[assignment]
            lambda: resolve(response.asgi_request.path_info, urlconf=urlconf)
        )
        return response  # type: ignore[return-value]

    async def _follow(
        self, response: APIResponse, environ: dict[str, Any], data: Any
    ) -> APIResponse:
        chain: list[tuple[str, int]] = []
        response.redirect_chain = chain
        while response.status_code in REDIRECT_STATUS_CODES and "Location" in response.headers:
            location = response.headers["Location"]
            chain.append((location, response.status_code))
            keeps_method = response.status_code in (307, 308)
            environ = redirected(environ, response.asgi_request, location, keeps_method)
            environ["wsgi.input"] = FakePayload(data if keeps_method else b"")
            response = await self.request(**environ)
            response.redirect_chain = chain
            self._ensure_redirects_not_cyclic(response)  # type: ignore[attr-defined]
        return response

    # -- streams -------------------------------------------------------------------------------

    def stream(
        self,
        method: str,
        path: str | Promise,
        data: Any = None,
        format: str | None = None,
        content_type: str | None = None,
        *,
        buffer_size: int = 65_536,
        timeout: float = 5.0,
        **extra: Any,
    ) -> Exchange:
        """Open an answer to be read while the application still produces it::

            async with client.stream("GET", "/api/ticks/") as response:
                async for line in response.lines():
                    break

        The whole ASGI conversation takes place, in a task of its own. Leaving the block before the
        end is what a client does that hangs up: the application gets ``http.disconnect``, Django
        cancels the view, and the block ends when the application has.

        Args:
            buffer_size: bytes that the application may be ahead of the reader before its ``send()``
                waits, as a server's write buffer makes it; 0: until each chunk has been read.
            timeout: seconds within which the application has to notice that the client has left.

        Raises:
            Exception: what the application left unhandled, if ``raise_request_exception``.
            StreamAborted: it broke off in mid-stream, and ``raise_request_exception`` is off.
            TimeoutError: it went on although the client had left.
        """
        if method in ("GET", "HEAD"):
            environ = self._environ(method, path, **with_query(data, extra))
        else:
            body = self._encode(data, format, content_type)
            environ = self._environ(method, path, *body, **extra)
        if self._stream_handler is None:
            self._stream_handler = StreamHandler(self.handler)
        scope = self._base_scope(**environ | self._credentials)
        return Exchange(self, self._stream_handler.handle, scope, buffer_size, timeout)

    # -- exceptions ----------------------------------------------------------------------------

    def store_exc_info(self, **kwargs: Any) -> None:
        """Keep an exception with its request: of several under way, only that one raises it."""
        request = kwargs.get("request")
        if request is None:
            super().store_exc_info(**kwargs)
        else:
            getattr(request, "_request", request)._client_exc_info = sys.exc_info()

    def check_exception(self, response: Any) -> None:  # type: ignore[override]
        """Raise what was left unhandled behind *response*, or note it there."""
        self.exc_info = getattr(response.asgi_request, "_client_exc_info", self.exc_info)
        super().check_exception(response)


def redirected(
    environ: dict[str, Any], request: ASGIRequest, location: str, keeps_method: bool
) -> dict[str, Any]:
    """Return the *environ* of the request that a redirect of *request* to *location* asks for.

    As RFC 9110 (15.4) has it: 307 and 308 repeat the request, the others ask for the answer by GET.
    """
    scope = request.scope
    root: str = scope["root_path"]
    here = f"{scope['scheme']}://{dict(scope['headers'])[b'host'].decode()}{quote(scope['path'])}"
    url = urlsplit(urljoin(here, location))
    port = str(url.port or DEFAULT_PORTS.get(url.scheme, ""))
    path = unquote_to_bytes(url.path or "/").decode("latin-1")
    target = environ | {
        "HTTP_HOST": url.netloc.rpartition("@")[2],
        "PATH_INFO": path.removeprefix(root) if path.startswith(f"{root}/") else path,
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": port,
        "wsgi.url_scheme": url.scheme,
    }
    if not keeps_method:
        target["REQUEST_METHOD"] = "HEAD" if environ["REQUEST_METHOD"] == "HEAD" else "GET"
        target.pop("CONTENT_TYPE", None)
        target.pop("CONTENT_LENGTH", None)
    return target
