"""A TCP proxy as stands before real servers: it hangs up on connections that are silent."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Proxy:
    """Passes on what comes to :attr:`url`, and hangs up on whoever is silent for *patience*.

    Args:
        port: where the server is.
        patience: seconds of silence, in both directions, that end a connection.
    """

    def __init__(self, port: int, patience: float) -> None:
        self._target = ("127.0.0.1", port)
        self._patience = patience
        self._is_cut = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Proxy:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._start(self._accept)
        return self

    def __exit__(self, *error: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)  # wakes accept(), which close() does not
        self._listening.close()
        self.cut()
        for thread in self._threads:
            thread.join(30)

    def cut(self) -> None:
        """Break every connection, and let no new one through."""
        with self._lock:
            self._is_cut = True
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._is_cut = False

    def _start(self, target: Callable[..., None], *args: socket.socket) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                self._start(self._serve, self._listening.accept()[0])

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(self._target) as server:
            both = {client, server}
            with self._lock:
                if self._is_cut:
                    return
                self._open |= both
            try:
                self._pass_on(client, server)
            finally:
                with self._lock:
                    self._open -= both

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        while ready := select.select(list(other), [], [], self._patience)[0]:
            for each in ready:
                part = each.recv(65_536)
                if not part:
                    return
                other[each].sendall(part)
