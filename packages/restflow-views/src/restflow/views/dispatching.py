"""From Django's request to a finished response: the decision that every view runs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from rest_framework import exceptions, status
from rest_framework.request import Request as DRFRequest
from rest_framework.response import Response as DRFResponse
from rest_framework.views import APIView as DRFAPIView

from restflow.core.adapters import calling, enter, handler, hook_of, plain_twins, twins
from restflow.core.steps import Steps, blocking
from restflow.responses import Response

from .failures import while_handling
from .policies import Policies

CREDENTIAL_ERRORS = (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)


class Dispatching(Policies):
    """DRF's ``APIView`` from dispatch to response, in both colours."""

    get_exception_handler, aget_exception_handler = plain_twins(DRFAPIView.get_exception_handler)
    get_exception_handler_context, aget_exception_handler_context = plain_twins(
        DRFAPIView.get_exception_handler_context
    )
    raise_uncaught_exception, araise_uncaught_exception = plain_twins(
        DRFAPIView.raise_uncaught_exception
    )

    def _dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Steps[HttpResponseBase]:
        """Answer one request."""
        self.args = args
        self.kwargs = kwargs
        wrapped = yield from enter(self, "initialize_request", request, *args, **kwargs)
        self.request = wrapped
        self.headers = self.default_response_headers
        try:
            yield from enter(self, "initial", wrapped, *args, **kwargs)
            yield from self._before_handler(wrapped)
            response = yield from self._handle(wrapped, *args, **kwargs)
        except Exception as error:
            hook = hook_of(self, "handle_exception")
            if hook.steps is not None:
                response = yield from hook.steps(self, error)
            else:
                response = yield while_handling(error, hook.step(self, (error,), {}))
        self.is_described = True
        self.response = yield from enter(
            self, "finalize_response", wrapped, response, *args, **kwargs
        )
        return self.response

    def _before_handler(self, request: DRFRequest) -> Steps[None]:
        yield from ()

    def _handle(self, request: DRFRequest, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Call the method of this view that answers the request's method."""
        name = (request.method or "").lower()
        method = getattr(self, name, None) if name in self.http_method_names else None
        if method is None:
            return (yield from enter(self, "http_method_not_allowed", request, *args, **kwargs))
        steps = getattr(method, "__steps__", None)
        if steps is not None and method.__self__ is self:
            return (yield from steps(self, request, *args, **kwargs))
        return (yield calling(method, request, *args, **kwargs))

    def _options(self, request: DRFRequest, *args: Any, **kwargs: Any) -> Steps[Any]:
        """Describe the view, as DRF's metadata class does."""
        if self.metadata_class is None:
            return (yield from enter(self, "http_method_not_allowed", request, *args, **kwargs))
        self.is_described = True
        metadata: Any = self.metadata_class
        data = yield blocking(metadata().determine_metadata, request, self)
        return Response(data, status=status.HTTP_200_OK)

    options: Any = handler(_options)

    def _get_authenticate_header(self, request: DRFRequest) -> Steps[Any]:
        """Return the first authenticator's challenge, ``None`` when it has none."""
        authenticators = yield from enter(self, "get_authenticators")
        if not authenticators:
            return None
        return (yield from enter(authenticators[0], "authenticate_header", request))

    get_authenticate_header, aget_authenticate_header = twins(_get_authenticate_header)

    def _handle_exception(self, exc: Exception) -> Steps[Any]:
        """Turn an error into a response.

        Raises:
            Exception: *exc*, when the exception handler has no answer to it.
        """
        if isinstance(exc, CREDENTIAL_ERRORS):
            header = yield from enter(self, "get_authenticate_header", self.request)
            if header:
                exc.auth_header = header  # type: ignore[union-attr]
            else:
                exc.status_code = status.HTTP_403_FORBIDDEN
        answer = yield from enter(self, "get_exception_handler")
        context = yield from enter(self, "get_exception_handler_context")
        steps = getattr(answer, "__steps__", None)
        if steps is not None:
            response = yield from steps(exc, context)
        else:
            response = yield while_handling(exc, calling(answer, exc, context))
        if response is None:
            yield from enter(self, "raise_uncaught_exception", exc)
        response.exception = True
        return response

    handle_exception, ahandle_exception = twins(_handle_exception)

    def _finalize_response(
        self, request: DRFRequest, response: Any, *args: Any, **kwargs: Any
    ) -> Steps[Any]:
        """Give the response its renderer and its headers."""
        assert isinstance(response, HttpResponseBase), (
            f"{type(self).__qualname__} returned {type(response).__qualname__}. "
            f"Return a Response, an HttpResponse or a StreamingHttpResponse."
        )
        if isinstance(response, DRFResponse):
            if not getattr(request, "accepted_renderer", None):
                accepted = yield from enter(
                    self, "perform_content_negotiation", request, force=True
                )
                request.accepted_renderer, request.accepted_media_type = accepted
            response.accepted_renderer = request.accepted_renderer
            response.accepted_media_type = request.accepted_media_type
            context = yield from enter(self, "get_renderer_context")
            response.renderer_context = context  # type: ignore[attr-defined]
        vary = self.headers.pop("Vary", None)
        if vary is not None:
            patch_vary_headers(response, [field.strip() for field in vary.split(",")])
        for key, value in self.headers.items():
            response[key] = value
        return response

    finalize_response, afinalize_response = twins(_finalize_response)
