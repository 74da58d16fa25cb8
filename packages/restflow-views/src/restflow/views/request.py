"""DRF's request, authenticated by steps and parsed where it blocks nobody."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from rest_framework import exceptions
from rest_framework.request import Request as DRFRequest

from restflow.core.adapters import enter
from restflow.core.steps import Steps, arun, blocking, run


def authentication(request: Any) -> Steps[None]:
    """Ask each authenticator of *request* in turn who the user is, as DRF's request does.

    Raises:
        APIException: an authenticator refused the credentials.
    """
    if type(request)._authenticate not in STOCK:
        yield blocking(getattr, request, "user")
        return
    for authenticator in request.authenticators:
        try:
            found = yield from enter(authenticator, "authenticate", request)
        except exceptions.APIException:
            request._not_authenticated()
            raise
        if found is not None:
            request._authenticator = authenticator
            request.user, request.auth = found
            return
    request._not_authenticated()


class Request(DRFRequest):
    """What views get as ``request``: DRF's class, whose lazy parts fit an async view.

    ``user``, ``auth`` and ``data`` work as in DRF. ``await request.auser()`` authenticates from
    async code in a view whose ``perform_authentication`` was overridden to be lazy.
    """

    _parse_error: Exception | None = None

    def _authenticate(self) -> None:
        run(authentication(self))

    async def auser(self) -> Any:
        """Return the user, authenticating first if nobody has yet."""
        if not hasattr(self, "_user"):
            await arun(authentication(self))
        return self.user

    def preparse(self) -> None:
        """Parse the body now, in a worker; an error is kept for the first use of ``data``.

        The body stays readable: a handler that wants ``body`` instead of ``data`` gets it.
        """
        stream = getattr(self._request, "_stream", None)
        try:
            super()._load_data_and_files()  # type: ignore[misc]
        except Exception as error:
            self._parse_error = error
        if stream is not None and not hasattr(self._request, "_body"):
            with suppress(AttributeError, OSError):  # WSGI's stream can only be read once
                stream.seek(0)
                vars(self._request)["_read_started"] = False

    def _load_data_and_files(self) -> None:
        if self._parse_error is not None:
            error, self._parse_error = self._parse_error, None
            raise error
        super()._load_data_and_files()  # type: ignore[misc]

    @property
    def data(self) -> Any:
        """The parsed body.

        Raises:
            ParseError: the body is malformed.
            UnsupportedMediaType: no parser takes its content type.
        """
        if self._parse_error is not None:
            error, self._parse_error = self._parse_error, None
            raise error
        return super().data


#: The ways to authenticate that :func:`authentication` stands for; any other one is user code.
STOCK = frozenset(cls.__dict__["_authenticate"] for cls in (DRFRequest, Request))
