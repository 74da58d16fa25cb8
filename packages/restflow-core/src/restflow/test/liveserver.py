"""The project's ASGI application on a real socket, served by uvicorn in a thread."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test.testcases import LiveServerThread
from django.utils.module_loading import import_string
from django.views.static import serve

if TYPE_CHECKING:
    import uvicorn

#: Seconds within which requests under way have to end when the server stops. Their clients are
#: gone at once, so they do; one that is cancelled instead leaves its body's temporary file open.
GRACE = 30


class ASGIServerThread(LiveServerThread):
    """Serves an ASGI application over HTTP/1.1, streams included, from :meth:`run` on.

    Args:
        host: the name or address to listen on.
        static_handler: wraps the application to serve static files; None: it does so itself.
        connections_override: connections that the server's threads share with the test, by alias.
        port: TCP port, 0 for any that is free.
        application: what to serve.
    """

    def __init__(
        self,
        host: str,
        static_handler: Any,
        connections_override: dict[str, BaseDatabaseWrapper] | None = None,
        port: int = 0,
        *,
        application: Any,
    ) -> None:
        super().__init__(host, static_handler, connections_override, port)
        self.application = application
        self._server: uvicorn.Server | None = None
        self._opened: list[BaseDatabaseWrapper] = []
        self._starter = threading.current_thread()

    def run(self) -> None:
        """Listen, tell ``is_ready``, and serve until :meth:`terminate`."""
        connection_created.connect(self._remember)
        try:
            with socket.create_server((self.host, self.port)) as listening:
                self.port = listening.getsockname()[1]
                asyncio.run(self._serve(listening))
        except SystemExit:  # how uvicorn leaves, from 0.36 on
            self.error = RuntimeError(  # type: ignore[assignment]
                f"{self.application!r} refused to start: its lifespan start-up failed. "
                "The log of 'uvicorn.error' has its reason."
            )
        except Exception as error:
            self.error = error  # type: ignore[assignment]
        finally:
            self.is_ready.set()
            connection_created.disconnect(self._remember)
            self._close_connections()

    def terminate(self) -> None:
        """Stop serving; clients that are still connected find their connections closed."""
        self.is_ready.wait()
        if self._server is None:
            self.join()
            return
        self._server.should_exit = True
        self.join()
        if self.error is not None and self._server.started:  # else it was raised at the start
            raise self.error

    async def _serve(self, listening: socket.socket) -> None:
        import uvicorn

        application = self.application
        if self.static_handler is not None:
            application = self.static_handler(MediaFilesHandler(application))
        is_ready = self.is_ready

        class Server(uvicorn.Server):
            async def startup(self, sockets: list[socket.socket] | None = None) -> None:
                await super().startup(sockets)
                if self.started:
                    is_ready.set()

            async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
                # The test is over: hang up, so that views end as they do when a client leaves.
                for connection in tuple(self.server_state.connections):
                    connection.transport.abort()
                await super().shutdown(sockets)

        config = uvicorn.Config(
            application,
            log_config=None,
            log_level="error",
            access_log=False,
            timeout_graceful_shutdown=GRACE,
        )
        self._server = Server(config)
        await self._server.serve(sockets=[listening])
        if not self._server.started:  # older versions of uvicorn just return
            raise SystemExit

    def _remember(self, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
        if threading.current_thread() is not self._starter:
            self._opened.append(connection)

    def _close_connections(self) -> None:
        """Close what the server's threads left open: the test database could not be dropped."""
        for connection in self._opened:
            connection.inc_thread_sharing()
            connection.close()
            connection.dec_thread_sharing()
        self._opened.clear()


class MediaFilesHandler(ASGIStaticFilesHandler):
    """Serves uploaded files: ``MEDIA_URL`` from ``MEDIA_ROOT``."""

    def get_base_url(self) -> str:
        return settings.MEDIA_URL

    def _should_handle(self, path: str) -> bool:
        return bool(self.base_url.path.strip("/")) and super()._should_handle(path)

    def serve(self, request: Any) -> Any:
        return serve(request, self.file_path(request.path), document_root=settings.MEDIA_ROOT)


def project_application() -> Any:
    """Return the setting ``ASGI_APPLICATION``'s application, or Django's where it is not set."""
    path = getattr(settings, "ASGI_APPLICATION", None)
    return import_string(path) if path else get_asgi_application()


def require_uvicorn() -> None:
    """Raise ImportError with the remedy unless uvicorn is installed."""
    try:
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "AsyncAPILiveServerTestCase serves ASGI with uvicorn, which is not installed: "
            "pip install 'restflow-core[live]'"
        ) from error
