"""Django's test case classes, with ``AsyncAPIClient`` for their client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import testcases
from django.utils.module_loading import import_string

from restflow.core.steps import on_loop

from .client import AsyncAPIClient
from .databases import shared_connections
from .liveserver import ASGIServerThread, project_application, require_uvicorn
from .queries import assert_queries


class AsyncClientMixin:
    """``self.client`` is an :class:`AsyncAPIClient`: ``await self.client.get(...)``."""

    client_class: Any = AsyncAPIClient
    async_client_class: Any = AsyncAPIClient

    if TYPE_CHECKING:
        client: AsyncAPIClient
        async_client: AsyncAPIClient

    def assertRedirects(self, response: Any, *args: Any, **kwargs: Any) -> None:
        """As Django's, for answers that were followed or whose target need not be fetched."""
        fetches = args[3] if len(args) > 3 else kwargs.get("fetch_redirect_response", True)
        is_async = isinstance(getattr(response, "client", None), AsyncAPIClient)
        if is_async and fetches and not hasattr(response, "redirect_chain"):
            raise TypeError(
                "assertRedirects() cannot await the page that the response leads to. Make the "
                "request with follow=True, or pass fetch_redirect_response=False."
            )
        super().assertRedirects(response, *args, **kwargs)  # type: ignore[misc]


class AsyncDatabaseMixin(AsyncClientMixin):
    """What looks at the database looks at the connection of the test, from async tests too."""

    def assertNumQueries(
        self,
        num: int,
        func: Callable[..., Any] | None = None,
        *args: Any,
        using: str = DEFAULT_DB_ALIAS,
        **kwargs: Any,
    ) -> Any:
        """As Django's; around awaited code it counts by :func:`assert_queries`."""
        if func is None and on_loop():
            return assert_queries(num, using=using)
        ours: Any = super()
        return ours.assertNumQueries(num, func, *args, using=using, **kwargs)


class AsyncAPISimpleTestCase(AsyncClientMixin, testcases.SimpleTestCase):  # type: ignore[misc]
    """For code that needs no database; using one fails."""


class AsyncAPITestCase(AsyncDatabaseMixin, testcases.TestCase):  # type: ignore[misc]
    """Each test runs inside a transaction that is rolled back; ``on_commit`` hooks do not run.

    An ``async def`` test sees that transaction: Django runs it by ``async_to_sync``, and asgiref
    then gives all thread-sensitive work, the async ORM above all, to the test's own thread. Work in
    other threads (``asyncio.to_thread``) has connections of its own and sees what is committed.
    """

    @classmethod
    @asynccontextmanager
    async def acaptureOnCommitCallbacks(
        cls, *, using: str = DEFAULT_DB_ALIAS, execute: bool = False
    ) -> AsyncIterator[list[Callable[[], Any]]]:
        """Capture ``on_commit`` hooks, and run them at the end of the block if *execute*.

        Django's own ``captureOnCommitCallbacks`` would look at the event loop's connection, which
        nobody uses; this twin enters and leaves it in the test's thread.
        """
        capture: Any = super().captureOnCommitCallbacks(using=using, execute=execute)
        callbacks = await sync_to_async(capture.__enter__)()
        try:
            yield callbacks
        finally:
            await sync_to_async(capture.__exit__)(None, None, None)

    @classmethod
    def captureOnCommitCallbacks(cls, **kwargs: Any) -> Any:
        """As Django's, for sync tests."""
        if on_loop():
            raise TypeError(
                "captureOnCommitCallbacks() would capture nothing here, on the event loop's own "
                "connection. Use: async with self.acaptureOnCommitCallbacks(...)"
            )
        return super().captureOnCommitCallbacks(**kwargs)


class AsyncAPITransactionTestCase(  # type: ignore[misc]
    AsyncDatabaseMixin, testcases.TransactionTestCase
):
    """Transactions are real and commit, the tables are emptied after each test: slower.

    What waits for ``transaction.on_commit``, cache invalidation by signals for one, needs it.
    """


class AsyncAPILiveServerTestCase(  # type: ignore[misc]
    AsyncDatabaseMixin, testcases.LiveServerTestCase
):
    """Serves the project's ASGI application at ``live_server_url``, by uvicorn in a thread.

    Needs uvicorn: ``pip install 'restflow-core[live]'``. Static files are served when
    ``django.contrib.staticfiles`` is installed, and with them the uploads under ``MEDIA_URL``.

    Attributes:
        application: what to serve, or the dotted path to it; by default the project's
            ``ASGI_APPLICATION``, else Django's ASGI handler.
        host: the name to listen on, ``"localhost"``.
        port: TCP port, 0 for one that is free.
    """

    application: Any = None
    server_thread_class: type[Any] = ASGIServerThread
    static_handler: Any = ASGIStaticFilesHandler

    @classmethod
    def _create_server_thread(cls, connections_override: dict[str, BaseDatabaseWrapper]) -> Any:
        require_uvicorn()
        # Each request has a thread of its own; an in-memory database has one connection only.
        cls.enterClassContext(shared_connections(connections_override))
        application = cls.application
        if isinstance(application, str):
            application = import_string(application)
        has_files = apps.is_installed("django.contrib.staticfiles")
        return cls.server_thread_class(
            cls.host,
            cls.static_handler if has_files else None,
            connections_override=connections_override,
            port=cls.port,
            application=project_application() if application is None else application,
        )
