"""Generated stacks of middlewares answer, and go through their hooks, as under Django's handler."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from restflow.core.asgi import RestflowASGIHandler
from restflow.core.asgi.middleware import inlining
from restflow_testing.counts import cases

from ..conversation import STARTPROJECT, Answer, ask, idle, project
from . import links

DJANGO = [*STARTPROJECT, "django.middleware.locale.LocaleMiddleware"]
DJANGO += ["django.middleware.http.ConditionalGetMiddleware"]
OWN = [f"{links.__name__}.{link.__name__}" for link in links.OWN]
SECRET = "s" * 32
SESSION_KEY = "k" * 32

REQUESTS = st.tuples(
    st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    st.sampled_from([*(view.__name__ for view in links.VIEWS), "nowhere"]),
    st.sampled_from(["/", "", "/?page=2"]),
    st.fixed_dictionaries(
        {},
        optional={
            "cookie": st.sampled_from(
                [
                    f"csrftoken={SECRET}",
                    f"sessionid={SESSION_KEY}",
                    f"sessionid=unknown-key; csrftoken={SECRET}",
                    "messages=forged",
                    "csrftoken=bad",
                ]
            ),
            "x-csrftoken": st.sampled_from([SECRET, "wrong", "w" * 32]),
            "origin": st.sampled_from(["http://testserver", "http://evil.example"]),
            "accept-language": st.sampled_from(["de", "en-gb"]),
        },
    ),
)
FORM = b"name=ink&csrfmiddlewaretoken=" + SECRET.encode()


@st.composite
def stacks(draw: st.DrawFn) -> list[str]:
    """Any order of any middlewares, half of them in the order that Django asks for."""
    chosen = draw(st.lists(st.sampled_from(OWN), max_size=4))
    if draw(st.booleans()):
        stack = list(STARTPROJECT)
        for middleware in chosen:
            stack.insert(draw(st.integers(0, len(stack))), middleware)
        return stack
    return draw(st.permutations([*chosen, *draw(st.lists(st.sampled_from(DJANGO), max_size=4))]))


@pytest.mark.django_db(transaction=True)
@settings(max_examples=cases(1500))
@given(stack=stacks(), request=REQUESTS, csrf_in_session=st.booleans(), every=st.booleans())
@example(STARTPROJECT, ("POST", "posted", "/", {"cookie": f"csrftoken={SECRET}"}), False, False)
@example(STARTPROJECT, ("GET", "writes_session", "/", {}), False, False)
@example(STARTPROJECT, ("GET", "talks", "/", {}), False, False)
def test_stacks(stack: list[str], request: Any, csrf_in_session: bool, every: bool) -> None:
    options = {
        "MIDDLEWARE": stack,
        "CSRF_USE_SESSIONS": csrf_in_session,
        "SESSION_SAVE_EVERY_REQUEST": every,
    }
    theirs = asyncio.run(_outcome(ASGIHandler, request, options))
    ours = asyncio.run(_outcome(RestflowASGIHandler, request, options))
    assert ours == theirs


async def _outcome(handler: Any, request: Any, options: dict[str, Any]) -> Any:
    from asgiref.sync import sync_to_async

    method, name, rest, headers = request
    await sync_to_async(_prepare)()
    links.trace.clear()
    body = FORM if method == "POST" else b""
    if body:
        headers = {**headers, "content-type": "application/x-www-form-urlencoded"}
    try:
        with project(*links.VIEWS, handler=handler, **options) as app:
            answer = await ask(app, f"/{name}{rest}", method, body=body, headers=headers)
    except Exception as error:  # a stack that neither handler can load
        return type(error), str(error), list(links.trace)
    await idle()
    return _comparable(answer), list(links.trace), await sync_to_async(_stored)()


def _prepare() -> None:
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()
    store = Session.get_session_store_class()(SESSION_KEY)
    Session.objects.create(
        session_key=SESSION_KEY,
        session_data=store.encode({"visits": 3}),
        expire_date="2090-01-01T00:00Z",
    )


def _stored() -> list[Any]:
    from django.contrib.sessions.models import Session

    with transaction.atomic():
        return sorted(
            str(sorted((key, "..." if "csrf" in key else value) for key, value in data.items()))
            for data in (session.get_decoded() for session in Session.objects.all())
        )


def _comparable(answer: Answer) -> Any:
    """The answer without what is random or a moment's: new keys, secrets, dates."""
    headers = dict(answer.headers)
    headers.pop("set-cookie", None)
    cookies = [
        re.sub(r"(=)[A-Za-z0-9_:.-]{16,}", r"\1...", re.sub(r"expires=[^;]+", "expires", cookie))
        for cookie in answer.cookies
    ]
    return answer.status, headers, sorted(cookies), answer.body


@pytest.mark.django_db(transaction=True)
def test_a_planted_difference_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session middleware that never saves is what a wrong condition would make of it."""
    never = inlining.Plan(response=lambda *args: True)
    path = "django.contrib.sessions.middleware.SessionMiddleware"
    request = ("GET", "writes_session", "/", {})
    options = {"MIDDLEWARE": STARTPROJECT}
    theirs = asyncio.run(_outcome(ASGIHandler, request, options))
    with monkeypatch.context() as patch:
        patch.setitem(inlining.PLANS, path, never)
        planted = asyncio.run(_outcome(RestflowASGIHandler, request, options))
    assert planted != theirs
