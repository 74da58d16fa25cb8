"""Rendering in the place where the data was made."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http.response import HttpResponseBase
from rest_framework import renderers as drf
from rest_framework.response import Response as DRFResponse

from restflow.core.steps import Steps, blocking, on_loop
from restflow.renderers import JSONRenderer
from restflow.responses import EventStreamRenderer, Response

#: Renderers that only compute. Others may query (the browsable API does) or be user code.
PURE: set[type] = {drf.JSONRenderer, JSONRenderer, EventStreamRenderer}
#: Up to so many values and characters are rendered on the loop, when that is where we stand.
SMALL_VALUES = 500
SMALL_TEXT = 32_768


def prerendering(response: HttpResponseBase, *, in_transaction: bool) -> Steps[None]:
    """Make the bytes of a DRF response now, so that Django takes no hop to do it.

    Args:
        response: what the view returns. Anything but a plain DRF response is left alone.
        in_transaction: a renderer that may query is left to Django, which calls it after the
            transaction, as it does for sync views.

    An error stays unsaid: Django meets it again when it renders, where middleware can see it.
    """
    if not isinstance(response, DRFResponse):
        return
    Response.adopt(response)
    if type(response) is not Response or response.is_rendered:
        return
    pure = type(response.accepted_renderer) in PURE
    if pure and on_loop() and is_small(response._data):
        attempt(response)
    elif pure or not in_transaction:
        yield blocking(attempt, response)


def attempt(response: Response) -> None:
    """Prerender *response* unless rendering fails."""
    with suppress(Exception):
        response.prerender()


def is_small(data: Any) -> bool:
    """Tell whether *data* is plain and little enough to be rendered in some 100 microseconds."""
    pending = [data]
    values = text = 0
    while pending:
        value = pending.pop()
        values += 1
        if isinstance(value, str):
            text += len(value)
        elif isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, (list, tuple)):
            pending.extend(value)
        elif value is not None and not isinstance(value, (int, float)):
            return False  # rendered by code we do not know: a model, a lazy string, a queryset
        if values + len(pending) > SMALL_VALUES or text > SMALL_TEXT:
            return False
    return True
