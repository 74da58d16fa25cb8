"""What existing DRF code bases do, one test each, on the async family."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import pickle
import sys
import threading
import traceback
from typing import Any

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async
from django.core.exceptions import ValidationError
from django.test import AsyncClient
from django.urls import path
from django.utils import translation
from rest_framework import serializers, status
from rest_framework.decorators import action, permission_classes
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.response import Response

from restflow.test import AsyncAPIRequestFactory, force_authenticate
from restflow.views import AsyncAPIView, AsyncModelViewSet, api_view
from restflow_testing.models import Category, Product

from .sequences import catch_up

FACTORY = AsyncAPIRequestFactory()


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "price"]


class Products(AsyncModelViewSet):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer
    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []


async def ask(cls: Any, method: str, name: str, data: Any = None, **kwargs: Any) -> Any:
    request = getattr(FACTORY, method)("/", data=data, format="json")
    return await cls.as_view({method: name})(request, **kwargs)


@pytest.fixture
def products(adb: None) -> None:
    for number in (1, 2):
        Product.objects.create(pk=number, name=f"p{number}", price=number)
    catch_up(Product)


@pytest.mark.usefixtures("products")
class TestSyncOverridesCallingSuper:
    async def test_handlers(self) -> None:
        class View(Products):
            def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
                assert threading.current_thread() is not threading.main_thread()
                response = super().list(request, *args, **kwargs)
                response.data = {"rows": response.data}
                return response

            def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
                response = super().create(request, *args, **kwargs)
                response["X-Created"] = "yes"
                return response

            def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
                return super().retrieve(request, *args, **kwargs)

        assert list((await ask(View, "get", "list")).data) == ["rows"]
        created = await ask(View, "post", "create", {"name": "x", "price": "1.00"})
        assert (created.status_code, created["X-Created"]) == (201, "yes")
        assert (await ask(View, "get", "retrieve", pk=1)).data["name"] == "p1"

    async def test_queryset_and_serializer_class(self) -> None:
        class Names(serializers.ModelSerializer):
            class Meta:
                model = Product
                fields = ["name"]

        class View(Products):
            def get_queryset(self) -> Any:
                assert super().get_queryset().exists()  # a query: it had better be in a thread
                return super().get_queryset().filter(pk=2)

            def get_serializer_class(self) -> Any:
                return Names if self.action == "list" else super().get_serializer_class()

        assert (await ask(View, "get", "list")).data == [{"name": "p2"}]
        assert (await ask(View, "get", "retrieve", pk=1)).status_code == 404

    async def test_a_mixin_written_for_drf(self) -> None:
        class OwnerMixin:
            def perform_create(self, serializer: Any) -> None:
                serializer.save(description="by the mixin")

            def get_queryset(self) -> Any:
                return super().get_queryset().exclude(pk=1)  # type: ignore[misc]

        class View(OwnerMixin, Products):
            pass

        assert [row["id"] for row in (await ask(View, "get", "list")).data] == [2]
        await ask(View, "post", "create", {"name": "x", "price": "1.00"})
        assert await Product.objects.filter(description="by the mixin").aexists()

    async def test_async_overrides_of_everything(self) -> None:
        class View(Products):
            async def list(self, request: Any, *args: Any, **kwargs: Any) -> Response:
                response = await super().list(request, *args, **kwargs)
                return Response({"count": len(response.data)})

            async def aget_queryset(self) -> Any:
                return (await super().aget_queryset()).filter(pk__gt=1)

        assert (await ask(View, "get", "list")).data == {"count": 1}


@pytest.mark.usefixtures("products")
class TestResponses:
    async def test_data_changed_after_dispatch_is_what_is_sent(self, settings: Any) -> None:
        class View(Products):
            async def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
                response = await super().dispatch(request, *args, **kwargs)
                response.data[0]["name"] = "changed"
                return response

        settings.ROOT_URLCONF = (path("", View.as_view({"get": "list"})),)
        response = await AsyncClient().get("/")
        assert response.json()[0]["name"] == "changed"

    async def test_a_rendered_response_pickles(self) -> None:
        response = await ask(Products, "get", "list")
        await response.render()
        again = pickle.loads(pickle.dumps(response))
        assert again.content == response.content
        assert again.data == response.data

    async def test_post_render_callbacks_run_once_after_the_content(self) -> None:
        response = await ask(Products, "get", "list")
        seen: list[Any] = []
        response.add_post_render_callback(lambda r: seen.append((r.content, threading.get_ident())))
        await response.render()
        assert len(seen) == 1
        assert seen[0][0].startswith(b"[")
        assert seen[0][1] != threading.get_ident()  # cache middlewares store in one: it may block

    def test_render_is_a_plain_call_in_sync_code(self) -> None:
        response = async_to_sync(ask)(Products, "get", "list")
        assert response.render() is response
        assert response.content.startswith(b"[")

    async def test_what_cannot_be_rendered_fails_when_django_renders(self) -> None:
        class View(AsyncAPIView):
            permission_classes: list[Any] = []

            async def get(self, request: Any) -> Response:
                return Response({"bad": object()})

        response = await View.as_view()(FACTORY.get("/"))
        with pytest.raises(TypeError, match="not JSON serializable"):
            await response.render()


async def test_an_action_with_its_own_permissions(adb: None) -> None:
    class View(Products):
        @action(detail=False, permission_classes=[IsAuthenticated])
        async def mine(self, request: Any) -> Response:
            return Response({"user": request.user.pk})

    view = View.as_view({"get": "mine"}, **View.mine.kwargs)
    assert (await view(FACTORY.get("/"))).status_code == 403
    request = FACTORY.get("/")
    force_authenticate(request, user=type("User", (), {"pk": 7, "is_authenticated": True})())
    assert (await view(request)).data == {"user": 7}


class Never(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_api_view(colour: str) -> None:
    if colour == "async":

        @api_view(["GET", "POST"])
        async def view(request: Any, number: int = 0) -> Response:
            await asyncio.sleep(0)
            return Response({"n": number, "sent": request.data})

        @api_view(["GET"])
        @permission_classes([Never])
        async def closed(request: Any) -> Response:
            raise AssertionError
    else:

        @api_view(["GET", "POST"])
        def view(request: Any, number: int = 0) -> Response:
            return Response({"n": number, "sent": request.data})

        @api_view(["GET"])
        @permission_classes([Never])
        def closed(request: Any) -> Response:
            raise AssertionError

    async def drive(function: Any, request: Any, **kwargs: Any) -> Any:
        if colour == "async":
            return await function(request, **kwargs)
        return await sync_to_async(function)(request, **kwargs)

    go = async_to_sync(drive)
    assert go(view, FACTORY.get("/"), number=3).data == {"n": 3, "sent": {}}
    assert go(view, FACTORY.post("/", {"a": 1}, format="json")).data["sent"] == {"a": 1}
    assert go(view, FACTORY.delete("/")).status_code == 405
    assert go(closed, FACTORY.get("/")).status_code == 403
    assert view.__name__ == "view"


@pytest.mark.parametrize("wrong", ["GET", lambda request: None])
def test_api_view_without_its_list(wrong: Any) -> None:
    with pytest.raises(TypeError, match="takes a list of methods"):
        api_view(wrong)


class TestErrorsInHandlers:
    @pytest.mark.parametrize("colour", ["sync", "async"])
    async def test_the_exception_handler_sees_the_error_as_it_is_handled(self, colour: str) -> None:
        seen: list[Any] = []

        def handle(exc: Exception, context: Any) -> Response:
            seen.append((sys.exc_info()[1] is exc, traceback.format_exc()))
            return Response(status=status.HTTP_418_IM_A_TEAPOT)

        async def ahandle(exc: Exception, context: Any) -> Response:
            return handle(exc, context)

        class View(AsyncAPIView):
            permission_classes: list[Any] = []

            async def get(self, request: Any) -> Response:
                raise LookupError("the needle")

            def get_exception_handler(self) -> Any:
                return ahandle if colour == "async" else handle

        assert (await View.as_view()(FACTORY.get("/"))).status_code == 418
        assert seen[0][0]
        assert "LookupError: the needle" in seen[0][1]

    async def test_an_overridden_handle_exception_sees_it_too(self) -> None:
        class View(AsyncAPIView):
            permission_classes: list[Any] = []

            async def get(self, request: Any) -> Response:
                raise LookupError("the needle")

            def handle_exception(self, exc: Exception) -> Any:
                logging.getLogger("shop").exception("failed")
                return Response({"seen": sys.exc_info()[1] is exc})

        assert (await View.as_view()(FACTORY.get("/"))).data == {"seen": True}


class TestConcurrency:
    @pytest.mark.django_db(transaction=True)  # sixty threads, each with a connection of its own
    async def test_sixty_requests_whose_sync_hooks_call_async_code_and_back(self) -> None:
        async def down(depth: int) -> int:
            if depth == 0:
                return await Category.objects.acount()
            return await sync_to_async(async_to_sync(down))(depth - 1)

        class View(Products):
            def perform_authentication(self, request: Any) -> None:
                assert async_to_sync(down)(2) == 0

            def get_queryset(self) -> Any:
                async_to_sync(down)(3)
                return super().get_queryset()

        async def one() -> int:
            async with ThreadSensitiveContext():
                return (await ask(View, "get", "list")).status_code

        async with asyncio.timeout(60):
            assert set(await asyncio.gather(*(one() for _ in range(60)))) == {200}

    async def test_cancellation_reaches_the_handler_and_its_finally(self) -> None:
        log: list[str] = []
        waiting = asyncio.Event()

        class View(AsyncAPIView):
            permission_classes: list[Any] = []

            async def get(self, request: Any) -> Response:
                try:
                    waiting.set()
                    await asyncio.Event().wait()
                    return Response()
                finally:
                    log.append("finally")

        task = asyncio.create_task(View.as_view()(FACTORY.get("/")))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == ["finally"]

    async def test_context_variables_and_language_in_every_stage(self, adb: None) -> None:
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")
        seen: list[tuple[str, str, str | None]] = []

        def note(where: str) -> None:
            seen.append((where, variable.get(), translation.get_language()))

        class View(Products):
            def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
                note("initial")
                super().initial(request, *args, **kwargs)

            async def aget_queryset(self) -> Any:
                note("aget_queryset")
                variable.set("changed on the loop")
                return await super().aget_queryset()

            def filter_queryset(self, queryset: Any) -> Any:
                note("filter_queryset")
                translation.activate("fr")
                variable.set("changed in the worker")
                return queryset

            async def aget_serializer_class(self) -> Any:
                note("aget_serializer_class")
                return ProductSerializer

        variable.set("from outside")
        with translation.override("de"):
            await ask(View, "get", "list")
        assert seen == [
            ("initial", "from outside", "de"),
            ("aget_queryset", "from outside", "de"),
            ("filter_queryset", "changed on the loop", "de"),
            ("aget_serializer_class", "changed in the worker", "fr"),
        ]


async def test_a_lazy_user_is_awaited_from_async_code() -> None:
    class View(AsyncAPIView):
        permission_classes: list[Any] = []

        def perform_authentication(self, request: Any) -> None:
            """Leave it to the handler."""

        async def get(self, request: Any) -> Response:
            return Response({"user": str(await request.auser())})

    assert (await View.as_view()(FACTORY.get("/"))).data == {"user": "AnonymousUser"}


async def test_url_values_that_cannot_be_keys_are_404(adb: None) -> None:
    assert (await ask(Products, "get", "retrieve", pk="x")).status_code == 404

    class View(Products):
        def get_queryset(self) -> Any:
            raise ValidationError("not what the URL says")

    with pytest.raises(ValidationError):  # only the lookup's own errors mean "no such object"
        await ask(View, "get", "retrieve", pk=1)


async def test_a_large_body_is_parsed_off_the_loop_and_stays_readable() -> None:
    threads: list[bool] = []

    from rest_framework.parsers import JSONParser

    class Watching(JSONParser):
        def parse(self, *args: Any, **kwargs: Any) -> Any:
            threads.append(threading.current_thread() is threading.main_thread())
            return super().parse(*args, **kwargs)

    class View(AsyncAPIView):
        permission_classes: list[Any] = []
        parser_classes = [Watching]

        async def post(self, request: Any) -> Response:
            return Response({"items": len(request.data), "bytes": len(request.body)})

    rows = list(range(50_000))
    response = await View.as_view()(FACTORY.post("/", rows, format="json"))
    assert response.data["items"] == 50_000
    assert threads == [False]
    threads.clear()
    assert (await View.as_view()(FACTORY.post("/", [1], format="json"))).data["items"] == 1
    assert threads == [True]
