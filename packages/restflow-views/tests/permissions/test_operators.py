"""Random trees of permissions: verdict, order of evaluation and errors are those of DRF."""

import asyncio
from functools import cache
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpRequest
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import permissions as drf
from rest_framework.exceptions import APIException
from rest_framework.views import APIView as DRFAPIView

from restflow.permissions import And, BasePermission, IsAuthenticated
from restflow.views import APIView, AsyncAPIView
from restflow_testing.counts import cases

LOG: list[str] = []


class Refused(APIException):
    status_code = 418
    default_code = "teapot"


@cache  # making classes is most of what a tree costs
def leaf(name: str, says: str, obj_says: str, kind: str) -> Any:
    """Return a permission class of one of five kinds that logs and answers, or raises."""

    def answer(what: str, verdict: str) -> bool:
        LOG.append(f"{name}.{what}")
        if verdict == "raise":
            raise Refused(name)
        return verdict == "yes"

    def sync(self: Any, request: Any, view: Any) -> bool:
        return answer("request", says)

    def sync_object(self: Any, request: Any, view: Any, obj: Any) -> bool:
        return answer("object", obj_says)

    async def async_(self: Any, request: Any, view: Any) -> bool:
        await asyncio.sleep(0)
        return answer("request", says)

    async def async_object(self: Any, request: Any, view: Any, obj: Any) -> bool:
        return answer("object", obj_says)

    base, body = {
        "drf": (drf.BasePermission, {"has_permission": sync, "has_object_permission": sync_object}),
        "ours": (BasePermission, {"has_permission": sync, "has_object_permission": sync_object}),
        "async": (
            BasePermission,
            {"ahas_permission": async_, "ahas_object_permission": async_object},
        ),
        "mixed": (
            BasePermission,
            {"has_permission": sync, "ahas_object_permission": async_object},
        ),
        "async-drf": (
            drf.BasePermission,
            {"ahas_permission": async_, "ahas_object_permission": async_object},
        ),
    }[kind]
    return type(base)(name, (base,), {**body, "message": f"{name} says no", "code": name})


KINDS = ["drf", "ours", "async", "mixed", "async-drf"]
VERDICTS = ["yes", "yes", "no", "no", "raise"]
leaves = st.tuples(
    st.sampled_from("abcdef"),
    st.sampled_from(VERDICTS),
    st.sampled_from(VERDICTS),
    st.sampled_from(KINDS),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.tuples(st.just("&"), inner, inner),
        st.tuples(st.just("|"), inner, inner),
        st.tuples(st.just("~"), inner),
    ),
    max_leaves=16,
)


def grown(tree: Any, kind: str | None) -> Any:
    """Build the combined class; with *kind* all leaves are of that kind."""
    if tree[0] == "&":
        return grown(tree[1], kind) & grown(tree[2], kind)
    if tree[0] == "|":
        return grown(tree[1], kind) | grown(tree[2], kind)
    if tree[0] == "~":
        return ~grown(tree[1], kind)
    name, says, obj_says, own = tree
    return leaf(name, says, obj_says, kind or own)


def outcome(check: Any) -> Any:
    """Return how a check ended and in which order the permissions were asked."""
    LOG.clear()
    try:
        check()
    except APIException as error:
        return type(error).__name__, error.get_full_details(), list(LOG)
    return "passed", None, list(LOG)


async def aoutcome(check: Any) -> Any:
    LOG.clear()
    try:
        await check
    except APIException as error:
        return type(error).__name__, error.get_full_details(), list(LOG)
    return "passed", None, list(LOG)


def request_of(view: Any) -> Any:
    view.headers = {}
    request = HttpRequest()
    request.method = "GET"
    view.request = view.initialize_request(request)
    view.request.user = object()
    view.request._authenticator = object()
    return view.request


def verdicts(view_class: Any, permission: Any, asynchronous: bool) -> list[Any]:
    view = view_class()
    view.permission_classes = [permission]
    request = request_of(view)
    if asynchronous:
        return async_to_sync(averdicts)(view, request)
    return [
        outcome(lambda: view.check_permissions(request)),
        outcome(lambda: view.check_object_permissions(request, "object")),
    ]


async def averdicts(view: Any, request: Any) -> list[Any]:
    return [
        await aoutcome(view.acheck_permissions(request)),
        await aoutcome(view.acheck_object_permissions(request, "object")),
    ]


@settings(max_examples=cases(5000))
@given(trees)
def test_any_tree_equals_drf(tree: Any) -> None:
    expected = verdicts(DRFAPIView, grown(tree, "drf"), asynchronous=False)
    permission = grown(tree, None)
    assert verdicts(AsyncAPIView, permission, asynchronous=True) == expected
    assert verdicts(AsyncAPIView, permission, asynchronous=False) == expected
    assert verdicts(APIView, permission, asynchronous=False) == expected


@pytest.mark.parametrize("kind", ["ours", "async", "mixed"])
@settings(max_examples=cases(1000))
@given(tree=trees)
def test_our_classes_are_waited_for_on_drfs_own_views(kind: str, tree: Any) -> None:
    expected = verdicts(DRFAPIView, grown(tree, "drf"), asynchronous=False)
    assert verdicts(DRFAPIView, grown(tree, kind), asynchronous=False) == expected


def test_reflected_operators_make_our_combinations() -> None:
    combined = drf.AllowAny & IsAuthenticated
    assert combined.operator_class is And
    assert (IsAuthenticated & drf.AllowAny).operator_class is And
    assert combined == (drf.AllowAny & IsAuthenticated)
    assert hash(combined) == hash(drf.AllowAny & IsAuthenticated)


def test_classes_are_drfs_too() -> None:
    assert issubclass(IsAuthenticated, drf.IsAuthenticated)
    assert isinstance(IsAuthenticated, drf.BasePermissionMetaclass)
