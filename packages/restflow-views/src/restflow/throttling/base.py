"""What every throttle answers: whether a request may pass, and how long to wait if not."""

from __future__ import annotations

from typing import Any

from rest_framework import throttling as drf

from restflow.core.adapters import Twinned, plain_twins, twins
from restflow.core.steps import Steps


class BaseThrottle(Twinned, drf.BaseThrottle):
    """Base of throttles: override ``allow_request`` or ``aallow_request``, and ``wait``.

    A class that overrides only the async hook is waited for on sync views too, DRF's included.
    https://www.django-rest-framework.org/api-guide/throttling/#custom-throttles
    """

    def _allow_request(self, request: Any, view: Any) -> Steps[bool]:
        """Tell whether *request* may pass.

        Raises:
            NotImplementedError: a subclass overrides neither this nor its twin.
        """
        yield from ()
        raise NotImplementedError(
            f"{type(self).__module__}.{type(self).__qualname__} must define allow_request() or "
            f"aallow_request()."
        )

    allow_request, aallow_request = twins(_allow_request)
    get_ident, aget_ident = plain_twins(drf.BaseThrottle.get_ident)
