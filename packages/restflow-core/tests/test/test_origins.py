"""What a job runs and who asked for it, by name."""

from __future__ import annotations

import asyncio
import functools
import random
from contextvars import copy_context
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import aget_object_or_404
from django.views import View
from rest_framework.response import Response
from rest_framework.views import APIView

from restflow.core.steps import Steps, arun, blocking, inline
from restflow.test import count_hops
from restflow.test.origins import name_of, origin


class Plain(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse()


class Api(APIView):
    pass


class Callable:
    def __call__(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("func", "name"),
    [
        (len, "builtins.len"),
        (random.seed, "random.Random.seed"),
        (name_of, "restflow.test.origins.name_of"),
        (User.objects.all().first, "django.db.models.query.QuerySet.first"),
        (User.objects.create_user, "django.contrib.auth.models.UserManager.create_user"),
        (User.get_email_field_name, "django.contrib.auth.models.User.get_email_field_name"),
        (Response("x").render, "rest_framework.response.Response.render"),
        (Plain.as_view(), f"{__name__}.Plain"),
        (Api.as_view(), f"{__name__}.Api"),
        (Callable(), f"{__name__}.Callable"),
    ],
)
def test_names(func: Any, name: str) -> None:
    assert name_of(func) == name


def work(*arguments: Any) -> None:
    """Something to run in a thread."""


def decision() -> Steps[None]:
    yield inline(len, "abc")
    yield blocking(work, 1)
    yield blocking(len, "abc")


def run_in_executor(job: Any) -> Any:
    return asyncio.get_running_loop().run_in_executor(None, job)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sync_to_async(work)(1),
        lambda: arun(decision()),
        lambda: asyncio.to_thread(work, 1),
        lambda: run_in_executor(work),
        lambda: run_in_executor(functools.partial(functools.partial(work, 1), 2)),
        lambda: run_in_executor(functools.partial(copy_context().run, work, 1)),
    ],
    ids=["sync_to_async", "a step", "to_thread", "run_in_executor", "partial", "in a context"],
)
async def test_the_users_function_is_found_below_its_wrappings(make: Any) -> None:
    with count_hops() as hops:
        await make()
    assert [hop.called for hop in hops] == [f"{__name__}.work"]


@pytest.mark.usefixtures("adb")
async def test_the_callers_are_the_nearest_and_the_nearest_in_a_project() -> None:
    async def view() -> None:
        await aget_object_or_404(User, pk=0)  # which calls aget(), which hops

    with count_hops() as hops, pytest.raises(Http404):
        await view()
    near, own = hops[0].callers
    assert near.startswith("django.db.models.query.QuerySet.aget (")
    assert own.startswith(f"{__name__}.test_the_callers_are_the_nearest")
    assert f".<locals>.view ({__file__}:" in own


async def test_a_task_without_frames_of_its_own_is_named_by_its_coroutine() -> None:
    with count_hops() as hops:
        await asyncio.create_task(sync_to_async(work)())
    assert hops[0].callers == ("task SyncToAsync.__call__",)


async def test_outside_of_a_loops_callback() -> None:
    called, callers = origin(work)
    assert called is work
    assert callers[0].startswith(f"{__name__}.test_outside_of_a_loops_callback (")
