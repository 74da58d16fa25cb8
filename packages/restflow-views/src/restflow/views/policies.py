"""What a request must pass before its handler: negotiation, version, user, permissions, throttles.

The decisions of DRF's ``APIView``, written once as steps. Each has DRF's name, and an async twin.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import NotAcceptable
from rest_framework.request import Request as DRFRequest
from rest_framework.views import APIView as DRFAPIView

from restflow.core.adapters import Twinned, enter, plain_twins, twins
from restflow.core.steps import Steps
from restflow.permissions import ask
from restflow.responses import EventStreamRenderer

from . import stock  # noqa: F401  what of DRF may run on the loop
from .request import Request, authentication


class Policies(Twinned, DRFAPIView):
    """DRF's ``APIView`` up to the handler, in both colours."""

    get_view_name, aget_view_name = plain_twins(DRFAPIView.get_view_name)
    get_view_description, aget_view_description = plain_twins(DRFAPIView.get_view_description)
    get_parser_context, aget_parser_context = plain_twins(DRFAPIView.get_parser_context)
    get_renderer_context, aget_renderer_context = plain_twins(DRFAPIView.get_renderer_context)
    get_format_suffix, aget_format_suffix = plain_twins(
        DRFAPIView.get_format_suffix  # type: ignore[arg-type]  # of **kwargs
    )
    get_renderers, aget_renderers = plain_twins(DRFAPIView.get_renderers)
    get_parsers, aget_parsers = plain_twins(DRFAPIView.get_parsers)
    get_authenticators, aget_authenticators = plain_twins(DRFAPIView.get_authenticators)
    get_permissions, aget_permissions = plain_twins(DRFAPIView.get_permissions)
    get_throttles, aget_throttles = plain_twins(DRFAPIView.get_throttles)
    get_content_negotiator, aget_content_negotiator = plain_twins(DRFAPIView.get_content_negotiator)
    http_method_not_allowed, ahttp_method_not_allowed = plain_twins(
        DRFAPIView.http_method_not_allowed
    )
    permission_denied, apermission_denied = plain_twins(DRFAPIView.permission_denied)
    throttled, athrottled = plain_twins(DRFAPIView.throttled)

    def _initialize_request(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> Steps[DRFRequest]:
        """Wrap Django's request."""
        return Request(
            request,
            parser_context=(yield from enter(self, "get_parser_context", request)),
            parsers=(yield from enter(self, "get_parsers")),
            authenticators=(yield from enter(self, "get_authenticators")),
            negotiator=(yield from enter(self, "get_content_negotiator")),
        )

    initialize_request, ainitialize_request = twins(_initialize_request)

    def _initial(self, request: DRFRequest, *args: Any, **kwargs: Any) -> Steps[None]:
        """Run whatever comes before the handler.

        Raises:
            APIException: the request may not reach its handler.
        """
        self.format_kwarg = yield from enter(self, "get_format_suffix", **kwargs)
        accepted = yield from enter(self, "perform_content_negotiation", request)
        request.accepted_renderer, request.accepted_media_type = accepted
        version = yield from enter(self, "determine_version", request, *args, **kwargs)
        request.version, request.versioning_scheme = version
        yield from enter(self, "perform_authentication", request)
        yield from enter(self, "check_permissions", request)
        yield from enter(self, "check_throttles", request)

    initial, ainitial = twins(_initial)

    def _perform_content_negotiation(
        self, request: DRFRequest, force: bool = False
    ) -> Steps[tuple[Any, str]]:
        """Choose the renderer; with *force* the first one, whatever the client accepts.

        A client that asks for ``text/event-stream``, as browsers' ``EventSource`` does, is never
        refused: only the handler knows whether it answers with a stream.
        """
        renderers = yield from enter(self, "get_renderers")
        negotiator = yield from enter(self, "get_content_negotiator")
        try:
            accepted: tuple[Any, str] = yield from enter(
                negotiator, "select_renderer", request, renderers, self.format_kwarg
            )
            return accepted
        except Exception as error:
            if force:
                return renderers[0], renderers[0].media_type
            if isinstance(error, NotAcceptable) and asks_for_events(request):
                return EventStreamRenderer(), EventStreamRenderer.media_type
            raise

    perform_content_negotiation, aperform_content_negotiation = twins(_perform_content_negotiation)

    def _determine_version(
        self, request: DRFRequest, *args: Any, **kwargs: Any
    ) -> Steps[tuple[Any, Any]]:
        """Return the API version asked for and the scheme that knows it."""
        if self.versioning_class is None:
            return None, None
        scheme = self.versioning_class()
        version = yield from enter(scheme, "determine_version", request, *args, **kwargs)
        return version, scheme

    determine_version, adetermine_version = twins(_determine_version)

    def _perform_authentication(self, request: DRFRequest) -> Steps[None]:
        """Find out who the user is; override with ``pass`` to leave it to ``request.user``."""
        if not hasattr(request, "_user"):
            yield from authentication(request)

    perform_authentication, aperform_authentication = twins(_perform_authentication)

    def _check_permissions(self, request: DRFRequest) -> Steps[None]:
        """Ask every permission.

        Raises:
            PermissionDenied: one refused, and the user is known.
            NotAuthenticated: one refused, and the user is not known.
        """
        for permission in (yield from enter(self, "get_permissions")):
            if not (yield from ask(permission, "has_permission", request, self)):
                yield from self._refuse(request, permission)

    check_permissions, acheck_permissions = twins(_check_permissions)

    def _check_object_permissions(self, request: DRFRequest, obj: Any) -> Steps[None]:
        """Ask every permission about one object.

        Raises:
            PermissionDenied: one refused, and the user is known.
            NotAuthenticated: one refused, and the user is not known.
        """
        for permission in (yield from enter(self, "get_permissions")):
            if not (yield from ask(permission, "has_object_permission", request, self, obj)):
                yield from self._refuse(request, permission)

    check_object_permissions, acheck_object_permissions = twins(_check_object_permissions)

    def _refuse(self, request: DRFRequest, permission: Any) -> Steps[None]:
        yield from enter(
            self,
            "permission_denied",
            request,
            message=getattr(permission, "message", None),
            code=getattr(permission, "code", None),
        )

    def _check_throttles(self, request: DRFRequest) -> Steps[None]:
        """Ask every throttle, also after one refused: the longest wait is the true one.

        Raises:
            Throttled: at least one refused.
        """
        waits = []
        for throttle in (yield from enter(self, "get_throttles")):
            if not (yield from enter(throttle, "allow_request", request, self)):
                waits.append((yield from enter(throttle, "wait")))
        if waits:
            known = [wait for wait in waits if wait is not None]
            yield from enter(self, "throttled", request, max(known, default=None))

    check_throttles, acheck_throttles = twins(_check_throttles)


def asks_for_events(request: Any) -> bool:
    """Tell whether the client's ``Accept`` names ``text/event-stream`` itself, not ``*/*``."""
    kind, subtype = EventStreamRenderer.media_type.split("/")
    return any(
        (each.main_type, each.sub_type) == (kind, subtype) and each.quality > 0
        for each in request.accepted_types
    )
