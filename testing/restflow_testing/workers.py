"""Worker processes of brokers, started by a test and stopped by it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread


class Worker:
    """A process that runs until the test is over, with what it has printed.

    Args:
        command: arguments after the interpreter: ``["-m", "celery", ...]``.
        variables: of its environment, besides the test's own.
        folder: where its modules are.
        log: the file it prints to.
    """

    def __init__(
        self, command: Sequence[str], folder: Path, variables: Mapping[str, str], log: Path
    ) -> None:
        self.log = log
        path = os.pathsep.join([str(folder), *sys.path])
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                env={**os.environ, "PYTHONPATH": path, **variables},
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def printed(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """Ask it to end, and end it after 20 seconds."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def worker(
    command: Sequence[str], folder: Path, variables: Mapping[str, str], scratch: Path
) -> Iterator[Worker]:
    """Run a :class:`Worker` for the time of a test; its output goes to the folder *scratch*."""
    started = Worker(command, folder, variables, scratch / "worker.log")
    try:
        yield started
    finally:
        started.stop()


class Forwarder:
    """A TCP port that leads to another one until it is stopped, as a server's own would be.

    Args:
        port: on the loopback interface.
    """

    def __init__(self, port: int) -> None:
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self._sockets: list[socket.socket] = [self.listener]
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near = self.listener.accept()[0]
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                return
            self._sockets += [near, far]
            for source, sink in ((near, far), (far, near)):
                Thread(target=self._copy, args=(source, sink), daemon=True).start()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def stop(self) -> None:
        """Close the port and every connection through it."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
