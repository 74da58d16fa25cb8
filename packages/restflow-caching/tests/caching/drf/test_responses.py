"""Cached answers of views: nobody gets another's, and nothing is stored that must not be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.cache import SessionStore
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import AsyncRequestFactory, RequestFactory
from django.utils.cache import patch_vary_headers
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.decorators import action, api_view, permission_classes
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.renderers import JSONRenderer, StaticHTMLRenderer
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from restflow.caching import DeclarationError, InvalidationRule, cache_response
from restflow.caching.responses.stored import entity_tag
from restflow_testing.models import Tag

calls: list[Any] = []


@pytest.fixture(autouse=True)
def _counted() -> None:
    calls.clear()


def person(pk: Any) -> User:
    return User(pk=pk, username=f"user {pk}")


def ask(view: Any, path: str = "/x/", user: Any = None, **headers: str) -> Any:
    request = APIRequestFactory().get(path, headers=headers)
    force_authenticate(request, user=user)
    response = view(request)
    if hasattr(response, "render"):
        response.render()
    return response


def cached_view(**options: Any) -> Any:
    """Return a view that says who asks, and counts."""

    class View(APIView):
        renderer_classes = [JSONRenderer, StaticHTMLRenderer]

        @cache_response(60, **options)
        def get(self, request: Any) -> Response:
            calls.append(request.user)
            return Response(f"for {request.user} {len(calls)}")

        @cache_response
        def post(self, request: Any) -> Response:
            calls.append(request.user)
            return Response(len(calls))

    return View.as_view()


@pytest.mark.parametrize("colour", ["def", "async def"])
def test_a_module_that_runs_again_declares_its_handlers_again(colour: str) -> None:
    source = f"@cache_response\n{colour} page(request):\n    return None\n"
    scopes: list[dict[str, Any]] = []
    for _ in range(2):
        scopes.append({"cache_response": cache_response, "__name__": "reloaded"})
        exec(compile(source, "reloaded.py", "exec"), scopes[-1])


def test_handlers_of_one_factory_with_different_captures_warn() -> None:
    def factory(word: str) -> Any:
        @cache_response
        def page(request: Any) -> HttpResponse:
            return HttpResponse(word)

        return page

    kept = [factory("a word"), factory("a word")]
    with pytest.warns(RuntimeWarning, match="made twice"):
        kept.append(factory("another"))


def test_nobody_gets_anothers_answer() -> None:
    view = cached_view()
    one, two = person(1), person(2)
    assert [ask(view, user=one).content for _ in range(2)] == [b'"for user 1 1"'] * 2
    assert [ask(view, user=two).content for _ in range(2)] == [b'"for user 2 2"'] * 2
    assert [ask(view).content for _ in range(2)] == [b'"for AnonymousUser 3"'] * 2
    assert ask(view, authorization="Bearer x").content == b'"for AnonymousUser 4"'
    assert ask(view, user=one).content == b'"for user 1 1"'
    assert len(calls) == 4


def test_users_whom_nobody_can_tell_apart_are_not_served_from_the_cache() -> None:
    class Stateless(AnonymousUser):
        is_authenticated = True  # type: ignore[assignment]

    view = cached_view()
    contents = {ask(view, user=Stateless()).content for _ in range(3)}
    assert len(contents) == 3


def test_public_answers_are_shared() -> None:
    view = cached_view(public=True, max_age=30)
    responses = [ask(view, user=person(pk)) for pk in (1, 2, 3)]
    assert len(calls) == 1
    assert {response.headers["Cache-Control"] for response in responses} == {"public, max-age=30"}
    assert "Cookie" not in responses[0].headers["Vary"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/x/", {"accept": "text/html"}),
        ("/x/?page=2", {}),
        ("/x/?page=2&page=3", {}),
        ("/y/", {}),
        ("/x/", {"host": "other.example.com"}),
        ("/x/", {"x-shop": "north"}),
    ],
)
def test_what_answers_depend_on(path: str, headers: dict[str, str]) -> None:
    view = cached_view(vary_on=["X-Shop"])
    first = ask(view)
    other = ask(view, path, **headers)
    assert first.content != other.content
    assert [ask(view).content, ask(view, path, **headers).content] == [first.content, other.content]
    assert len(calls) == 2


def test_languages(settings: Any) -> None:
    from django.utils import translation

    view = cached_view()
    for language in ("en", "de", "en"):
        with translation.override(language):
            ask(view)
    assert len(calls) == 2


def test_a_key_of_ones_own() -> None:
    shops = iter("nsn")
    view = cached_view(key=lambda request: next(shops))
    assert [ask(view).content for _ in range(3)] == [
        b'"for AnonymousUser 1"',
        b'"for AnonymousUser 2"',
        b'"for AnonymousUser 1"',
    ]


def test_permissions_and_throttles_come_before_a_hit() -> None:
    allowed = [True]

    class Allowed(BasePermission):
        def has_permission(self, request: Any, view: Any) -> bool:
            return allowed[0]

    class Once(SimpleRateThrottle):
        rate = "2/day"

        def get_cache_key(self, request: Any, view: Any) -> str:
            return "throttled-responses"

    class View(APIView):
        permission_classes = [Allowed]
        throttle_classes = [Once]

        @cache_response(60)
        def get(self, request: Any) -> Response:
            calls.append(1)
            return Response(1)

    view = View.as_view()
    assert ask(view).status_code == 200
    allowed[0] = False
    assert ask(view).status_code == 403
    allowed[0] = True
    assert [ask(view).status_code for _ in range(2)] == [200, 429]
    assert calls == [1]


def test_above_a_view_it_is_refused() -> None:
    @api_view(["GET"])
    def view(request: Any) -> Response:
        return Response(1)

    with pytest.raises(DeclarationError, match="Put it below"):
        cache_response(60)(view)
    with pytest.raises(DeclarationError, match="lists of names"):
        cache_response(60, vary_on="Accept")


def test_function_views() -> None:
    @api_view(["GET"])
    @permission_classes([IsAuthenticated])
    @cache_response(60)
    def view(request: Any) -> Response:
        calls.append(1)
        return Response(len(calls))

    assert ask(view).status_code == 403
    assert [ask(view, user=person(1)).content for _ in range(2)] == [b"1"] * 2
    assert ask(view).status_code == 403


def test_only_get_and_head() -> None:
    view = cached_view()
    for _ in range(2):
        request = APIRequestFactory().post("/x/")
        view(request)
    assert len(calls) == 2
    ask(view)
    response = view(APIRequestFactory().head("/x/"))
    assert len(calls) == 3
    assert response.headers["Cache-Status"].startswith("restflow; hit")


def stream(request: Any) -> Any:
    return StreamingHttpResponse([b"a"])


def cookie(request: Any) -> Any:
    response = JsonResponse({})
    response.set_cookie("a", "b")
    return response


def session(request: Any) -> Any:
    return JsonResponse({"cart": request.session.get("cart")})


def varying(request: Any) -> Any:
    response = JsonResponse({})
    patch_vary_headers(response, ["X-Strange"])
    return response


UNSTORED = [
    stream,
    cookie,
    session,
    varying,
    lambda request: JsonResponse({}, status=404),
    lambda request: JsonResponse({}, status=500),
    lambda request: HttpResponse(status=301, headers={"Location": "/"}),
    lambda request: HttpResponse(b"a", status=206),
    lambda request: HttpResponse(b"a", headers={"Cache-Control": "no-store"}),
    lambda request: HttpResponse(b"a", headers={"Vary": "*"}),
    lambda request: HttpResponse(get_token(request)),
]


@pytest.mark.parametrize("body", UNSTORED)
def test_what_is_never_stored(body: Any) -> None:
    @cache_response(60)
    def view(request: Any) -> Any:
        calls.append(1)
        return body(request)

    for _ in range(2):
        request = RequestFactory().get("/x/")
        request.session = SessionStore()  # type: ignore[assignment]
        response = view(request)
        assert "ETag" not in response.headers
        assert "Cache-Status" not in response.headers
    assert len(calls) == 2


def test_errors_are_raised_and_not_stored() -> None:
    @cache_response(60)
    def view(request: Any) -> Any:
        calls.append(1)
        raise LookupError

    for _ in range(2):
        with pytest.raises(LookupError):
            view(RequestFactory().get("/x/"))
    assert len(calls) == 2


def test_headers_and_304() -> None:
    @cache_response(60, max_age=5, vary_on=["X-Shop"])
    def view(request: Any) -> Any:
        calls.append(1)
        return HttpResponse(b"body", headers={"Content-Location": "/x/1", "X-Mine": "1"})

    first, second = (view(RequestFactory().get("/x/")) for _ in range(2))
    for response in (first, second):
        assert response.content == b"body"
        assert response.headers["Cache-Control"] == "private, max-age=5"
        assert response.headers["X-Mine"] == "1"
        names = {name.strip().lower() for name in response.headers["Vary"].split(",")}
        assert names == {"accept", "accept-language", "cookie", "authorization", "x-shop"}
    assert first.headers["ETag"] == second.headers["ETag"] == entity_tag(b"body")
    assert first.headers["Cache-Status"].startswith("restflow; fwd=miss; stored")
    assert second.headers["Cache-Status"].startswith("restflow; hit")
    assert second.headers["Age"] == "0"

    for known in (
        first.headers["ETag"],
        f"W/{first.headers['ETag']}",
        "*",
        f'"a", {entity_tag(b"body")}',
    ):
        response = view(RequestFactory().get("/x/", headers={"if-none-match": known}))
        assert (response.status_code, response.content) == (304, b"")
        for name in ("Cache-Control", "Content-Location", "ETag"):
            assert response.headers[name] == first.headers[name]
        assert "x-shop" in response.headers["Vary"].lower()
        assert "Content-Type" not in response.headers
        assert "X-Mine" not in response.headers
    response = view(RequestFactory().get("/x/", headers={"if-none-match": '"other"'}))
    assert response.status_code == 200
    assert len(calls) == 1


@given(st.binary(), st.binary())
def test_entity_tags(one: bytes, other: bytes) -> None:
    assert (entity_tag(one) == entity_tag(other)) == (one == other)
    assert entity_tag(one) == entity_tag(bytes(one))
    for index in range(len(one)):
        changed = one[:index] + bytes([one[index] ^ 1]) + one[index + 1 :]
        assert entity_tag(changed) != entity_tag(one)


def test_rules_and_partitions(transactional_db: None) -> None:
    class TagViewSet(ViewSet):
        @cache_response(
            60,
            partition=["pk"],
            invalidates_on=[InvalidationRule(Tag, {"pk": "id"})],
        )
        def retrieve(self, request: Any, pk: str) -> Response:
            calls.append(pk)
            return Response(Tag.objects.get(pk=pk).name)

        @action(detail=False)
        @cache_response(
            60, tags=["names"], invalidates_on=[InvalidationRule(Tag, require_args=False)]
        )
        def names(self, request: Any) -> Response:
            calls.append("names")
            return Response([tag.name for tag in Tag.objects.all()])

    one, two = (Tag.objects.create(name=name) for name in "ab")
    detail = TagViewSet.as_view({"get": "retrieve"})
    names = TagViewSet.as_view({"get": "names"})

    def retrieve(pk: int) -> Any:
        response = detail(APIRequestFactory().get(f"/tags/{pk}/"), pk=str(pk))
        return getattr(response, "render", lambda: response)().content

    for _ in range(2):
        assert [retrieve(one.pk), retrieve(two.pk)] == [b'"a"', b'"b"']
        assert ask(names).content == b'["a","b"]'
    assert len(calls) == 3
    one.name = "c"
    one.save()
    assert [retrieve(one.pk), retrieve(two.pk)] == [b'"c"', b'"b"']
    assert ask(names).content == b'["c","b"]'
    assert len(calls) == 5
    TagViewSet.retrieve.cache.delete_by_prefix(pk=two.pk)
    assert retrieve(two.pk) == b'"b"'
    assert len(calls) == 6


async def test_coroutine_views() -> None:
    @cache_response(60)
    async def view(request: Any) -> Any:
        await asyncio.sleep(0)
        calls.append(1)
        return JsonResponse({"n": len(calls)})

    bodies = [(await view(AsyncRequestFactory().get("/x/"))).content for _ in range(3)]
    assert bodies == [b'{"n": 1}'] * 3
    many = [view(AsyncRequestFactory().get("/y/")) for _ in range(20)]
    assert {response.content for response in await asyncio.gather(*many)} == {b'{"n": 2}'}
