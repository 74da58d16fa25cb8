"""Which middlewares run on the loop, when, and who never does."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import User
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpResponse
from django.middleware.common import CommonMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from restflow.core.asgi.middleware import PLANS, plan_of
from restflow.core.asgi.middleware.unmodified import unmodified
from restflow.test import assert_hops, count_hops

from ..conversation import STARTPROJECT, Answer, ask, idle, project

FORM = {"content-type": "application/x-www-form-urlencoded"}
SECRET = "s" * 32
CSRF = {"cookie": f"csrftoken={SECRET}", "x-csrftoken": SECRET}


async def empty(request: Any) -> HttpResponse:
    return HttpResponse("empty")


@csrf_exempt
async def exempt(request: Any) -> HttpResponse:
    return HttpResponse("exempt")


def user(request: Any) -> HttpResponse:
    return HttpResponse(str(request.user))


def login(request: Any) -> HttpResponse:
    request.session["visits"] = 1
    return HttpResponse("")


def talks(request: Any) -> HttpResponse:
    from django.contrib import messages

    messages.info(request, "remember the ink")
    return HttpResponse("")


VIEWS = [empty, exempt, user, login, talks]


async def warm(app: Any, target: str, method: str = "GET", **options: Any) -> Answer:
    """The second answer: what is imported or read once is there."""
    await ask(app, target, method, **options)
    await idle()
    return await ask(app, target, method, **options)


@pytest.mark.parametrize("path", PLANS)
def test_django_s_own_classes_are_recognized(path: str) -> None:
    try:
        cls = import_string(path)
    except ImportError:
        pytest.skip("this Django has none")
    assert plan_of(cls) is PLANS[path]


@pytest.mark.parametrize(
    ("target", "method", "options", "hops"),
    [
        ("/empty/", "GET", {}, 0),
        ("/empty/", "GET", {"headers": {"cookie": "sessionid=" + "k" * 32}}, 0),
        ("/empty/?page=2", "HEAD", {}, 0),
        ("/empty", "GET", {}, None),  # a 404 is logged in a thread of Django's
        ("/exempt/", "POST", {"body": b"{}"}, 0),
        ("/empty/", "POST", {"headers": CSRF}, 0),
        ("/empty/", "POST", {"headers": CSRF | FORM, "body": b"a=b"}, 0),
        ("/empty/", "PUT", {"headers": CSRF, "body": b"{}"}, 0),
        ("/empty/", "POST", {"headers": CSRF | FORM, "body": b"a=" + b"b" * 20_000}, 1),
        ("/user/", "GET", {}, 1),
        ("/user/", "GET", {"headers": {"cookie": "sessionid=" + "k" * 32}}, 1),
        ("/login/", "GET", {}, 2),  # the view, and the saving of its session
        ("/talks/", "GET", {}, 2),
    ],
)
async def test_hops_behind_startproject_s_middlewares(
    adb: None, target: str, method: str, options: Any, hops: int | None
) -> None:
    with project(*VIEWS, MIDDLEWARE=STARTPROJECT) as app:
        await warm(app, target, method, **options)
        await idle()
        with count_hops() as counted:
            answer = await ask(app, target, method, **options)
        await idle()
    if hops is None:
        assert answer.status == 301
    else:
        assert answer.status == 200
        assert len(counted) == hops, counted.report()


@pytest.mark.parametrize(
    "headers",
    [{}, {"cookie": f"csrftoken={SECRET}"}, CSRF | {"origin": "http://evil.example"}],
)
async def test_a_refused_token_is_refused_in_a_thread(adb: None, headers: Any) -> None:
    where: list[bool] = []

    def failure(request: Any, reason: str = "") -> HttpResponse:
        where.append(threading.current_thread() is threading.main_thread())
        return HttpResponse(reason, status=403)

    failure_view = failure
    import sys

    sys.modules[__name__].__dict__["refusing"] = failure_view
    with project(*VIEWS, MIDDLEWARE=STARTPROJECT, CSRF_FAILURE_VIEW=f"{__name__}.refusing") as app:
        answer = await ask(app, "/empty/", "POST", headers=headers)
        await idle()
    assert answer.status == 403
    assert where == [False]


class Subclass(SecurityMiddleware):
    """Somebody's own: what it does is not known."""

    where: list[bool] = []

    def process_response(self, request: Any, response: Any) -> Any:
        self.where.append(threading.current_thread() is threading.main_thread())
        return super().process_response(request, response)


class Untouched(SecurityMiddleware):
    """A subclass that overrides nothing is a subclass all the same."""


async def test_a_subclass_keeps_django_s_path(adb: None) -> None:
    Subclass.where.clear()
    paths = [f"{__name__}.Subclass", f"{__name__}.Untouched"]
    with project(empty, MIDDLEWARE=paths) as app:
        await warm(app, "/empty/")
        await idle()
        async with assert_hops(4):
            await ask(app, "/empty/")
        await idle()
    assert set(Subclass.where) == {False}
    assert plan_of(Subclass) is plan_of(Untouched) is None


async def test_a_class_that_was_patched_before_keeps_django_s_path(
    adb: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[bool] = []
    genuine = SecurityMiddleware.process_response

    def patched(self: Any, request: Any, response: Any) -> Any:
        where.append(threading.current_thread() is threading.main_thread())
        return genuine(self, request, response)

    monkeypatch.setattr(SecurityMiddleware, "process_response", patched)
    assert not unmodified(SecurityMiddleware)
    with project(empty, MIDDLEWARE=STARTPROJECT) as app:
        await ask(app, "/empty/")
        await idle()
    assert where == [False]


async def test_a_class_that_is_patched_afterwards_goes_back_to_it(
    adb: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    where: list[bool] = []
    genuine = CommonMiddleware.process_request

    def patched(self: Any, request: Any) -> Any:
        where.append(threading.current_thread() is threading.main_thread())
        return genuine(self, request)

    with project(empty, MIDDLEWARE=STARTPROJECT) as app:
        await ask(app, "/empty/")
        monkeypatch.setattr(CommonMiddleware, "process_request", patched)
        await ask(app, "/empty/")
        await idle()
    assert where == [False]


@pytest.mark.parametrize("name", ["aplain", "patched"])
def test_unmodified_looks_at_every_base(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils.deprecation import MiddlewareMixin

    assert unmodified(SessionMiddleware)
    assert unmodified(AuthenticationMiddleware)
    monkeypatch.setattr(MiddlewareMixin, name, lambda self: None, raising=False)
    assert not unmodified(SessionMiddleware)
    assert not unmodified(type("MadeUp", (), {"__module__": "no.such.module"}))


def _own_store() -> type:
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    class Store(SessionStore):
        where: list[bool] = []

        def __init__(self, session_key: str | None = None) -> None:
            self.where.append(threading.current_thread() is threading.main_thread())
            super().__init__(session_key)

    return Store


SessionStore = _own_store()


async def test_a_session_engine_of_one_s_own_runs_in_a_thread(adb: None) -> None:
    SessionStore.where.clear()
    with project(empty, MIDDLEWARE=STARTPROJECT, SESSION_ENGINE=__name__) as app:
        await ask(app, "/empty/")
        await idle()
    assert SessionStore.where == [False]


@pytest.mark.parametrize("engine", ["db", "cache", "cached_db", "signed_cookies"])
async def test_django_s_session_engines_cost_nothing_unused(adb: None, engine: str) -> None:
    path = f"django.contrib.sessions.backends.{engine}"
    with project(empty, MIDDLEWARE=STARTPROJECT, SESSION_ENGINE=path) as app:
        await warm(app, "/empty/")
        await idle()
        async with assert_hops(0):
            await ask(app, "/empty/", headers={"cookie": "sessionid=" + "k" * 32})


async def test_a_session_that_is_saved_on_every_request_takes_one_hop(adb: None) -> None:
    key = "k" * 32
    with project(empty, MIDDLEWARE=STARTPROJECT, SESSION_SAVE_EVERY_REQUEST=True) as app:
        await ask(app, "/empty/", headers={"cookie": f"sessionid={key}"})
        await idle()
        with count_hops() as hops:
            await ask(app, "/empty/", headers={"cookie": f"sessionid={key}"})
        await idle()
    assert [hop.called.rpartition(".")[2] for hop in hops if hop.part == "django"].count(
        "process_response"
    ) == 1


async def test_a_user_of_the_session_shares_the_view_s_hop(adb: None) -> None:
    from asgiref.sync import sync_to_async
    from django.test import Client as DjangoClient

    ada = await sync_to_async(User.objects.create_user)("ada", password="pen-and-ink")
    browser = DjangoClient()
    await sync_to_async(browser.force_login)(ada)
    key = browser.cookies["sessionid"].value
    with project(user, MIDDLEWARE=STARTPROJECT) as app:
        async with assert_hops(1):
            answer = await ask(app, "/user/", headers={"cookie": f"sessionid={key}"})
        await idle()
    assert answer.body == b"ada"
