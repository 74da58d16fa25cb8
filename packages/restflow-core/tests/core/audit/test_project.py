"""The audit's figures are those that requests show."""

from __future__ import annotations

import asyncio
import json
from io import StringIO
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIHandler
from django.core.management import CommandError, call_command
from django.core.signals import request_finished, request_started
from django.http import HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import override_settings
from django.urls import include, path, re_path
from hypothesis import example, given, settings
from hypothesis import strategies as st

from restflow.core.asgi import RestflowASGIHandler
from restflow.core.audit import endpoints, project_costs, total, view_costs
from restflow.test import count_hops
from restflow_testing.counts import cases

from ..asgi.conversation import STARTPROJECT, ask, connected, idle, project
from ..asgi.middleware import links


class Untouched(SecurityMiddleware):
    """A subclass of one of Django's."""


OWN = ["both", "sync_only", "async_only", "Sync", "Everything", "AsyncView"]
MIDDLEWARES = [*(f"{links.__name__}.{name}" for name in OWN), f"{__name__}.Untouched"]
# Those two ask for a session, and so for an order.
MIDDLEWARES += [path for path in STARTPROJECT if "Auth" not in path and "Message" not in path]


@pytest.mark.django_db(transaction=True)
@settings(max_examples=cases(300))
@given(stack=st.lists(st.sampled_from(MIDDLEWARES), max_size=5))
@example(STARTPROJECT)
def test_stacks_cost_what_the_audit_says(stack: list[str]) -> None:
    for view in (links.aplain, links.plain):
        measured = (
            asyncio.run(_measured(ASGIHandler, view, stack)),
            asyncio.run(_measured(RestflowASGIHandler, view, stack)),
        )
        with override_settings(MIDDLEWARE=stack):
            costs = [*project_costs(), *view_costs(view)]
        assert total(costs) == measured, costs


async def _measured(handler: Any, view: Any, stack: list[str]) -> int:
    with project(view, handler=handler, MIDDLEWARE=stack) as app:
        with count_hops() as hops:
            answer = await ask(app, f"/{view.__name__}/")
        assert answer.status == 200
        await idle()
    return len(hops)


@pytest.mark.parametrize("signal", [request_started, request_finished])
async def test_receivers_of_others_are_named(signal: Any) -> None:
    def listening(**kwargs: Any) -> None: ...

    with connected(signal, listening), project(links.aplain, MIDDLEWARE=[]) as app:
        (cost,) = [cost for cost in project_costs() if "listening" in cost.cause]
        assert (cost.django, cost.restflow) == (1, 1)
        with count_hops() as hops:
            await ask(app, "/aplain/")
        assert len(hops) == total(project_costs())[1]
        await idle()


async def detail(request: Any, pk: int) -> HttpResponse:
    return HttpResponse()


URLS = (
    path(
        "api/",
        include(
            (
                [
                    path("pens/<int:pk>/", detail, name="pen"),
                    re_path(r"^pens/(?P<pk>[^/.]+)\.(?P<format>[a-z0-9]+)/?$", detail),
                    re_path(r"^inks/(?P<slug>[^/.]+)/$", detail, name="ink"),
                ],
                "shop",
            )
        ),
    ),
    path("plain/", links.plain),
)


def test_endpoints() -> None:
    with override_settings(ROOT_URLCONF=URLS):
        found = [(each.route, each.name, each.view) for each in endpoints()]
        assert found == [
            ("/api/pens/<int:pk>/", "shop:pen", detail),
            ("/api/inks/<slug>/", "shop:ink", detail),
            ("/plain/", "", links.plain),
        ]
        assert [each.route for each in endpoints("/plain")] == ["/plain/"]


def audit(*arguments: Any, **options: Any) -> str:
    out = StringIO()
    call_command("restflow_audit", *arguments, stdout=out, no_color=True, **options)
    return out.getvalue()


def test_the_report_names_costs_and_remedies() -> None:
    stack = [*STARTPROJECT, f"{links.__name__}.Sync", f"{__name__}.Untouched"]
    with override_settings(ROOT_URLCONF=URLS, MIDDLEWARE=stack):
        report = audit()
    assert f"{links.__name__}.Sync: is sync only" in report
    assert "Make it async capable" in report
    assert "A subclass of Django's keeps Django's path" in report
    assert "/plain/" in report
    assert "a sync view runs in a thread" in report
    assert "restflow.core.asgi" in report


def test_json_and_budget() -> None:
    with override_settings(ROOT_URLCONF=URLS, MIDDLEWARE=STARTPROJECT):
        data = json.loads(audit("/plain", json=True))
        assert [(url["route"], url["hops"]) for url in data["urls"]] == [
            ("/plain/", {"django": 16, "restflow": 1})
        ]
        audit(budget=1)
        with pytest.raises(CommandError, match=r"budget of 0: /plain/"):
            audit(budget=0)


def test_a_middleware_that_is_not_there() -> None:
    with override_settings(MIDDLEWARE=["no.such.middleware"]), pytest.raises(CommandError):
        audit()
