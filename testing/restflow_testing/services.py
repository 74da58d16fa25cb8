"""The servers that tests talk to: where they are, whether they answer, and private ones."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import pytest


def unavailable(reason: str) -> NoReturn:
    """Skip with *reason*, or fail where ``RESTFLOW_REQUIRE_SERVICES=1`` wants it all there."""
    if os.environ.get("RESTFLOW_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{reason} (RESTFLOW_REQUIRE_SERVICES=1)", pytrace=False)
    pytest.skip(reason)


def answers(host: str, port: int, *, timeout: float = 1.0) -> bool:
    """Tell whether something accepts TCP connections there within *timeout* seconds."""
    try:
        socket.create_connection((host, port), timeout=timeout).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Service:
    """One kind of server: its name, the variable that holds its URL, and the default."""

    name: str
    variable: str
    default: str
    port: int
    engine: str = ""

    @property
    def url(self) -> str:
        return os.environ.get(self.variable) or self.default

    def require(self) -> str:
        """The URL of a server that answers, or no test: see :func:`unavailable`."""
        parts = urlsplit(self.url)
        host, port = parts.hostname or "127.0.0.1", parts.port or self.port
        if not answers(host, port):
            unavailable(f"no {self.name} at {host}:{port}; start one or set {self.variable}")
        return self.url

    def django_database(self) -> dict[str, Any]:
        """The URL as one entry of Django's ``DATABASES``."""
        if self.engine.endswith("mysql"):
            _install_pymysql()
        parts = urlsplit(self.url)
        return {
            "ENGINE": self.engine,
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "127.0.0.1",
            "PORT": parts.port or self.port,
            "TEST": {"NAME": f"restflow_{os.getpid()}"},
        }


def _install_pymysql() -> None:
    """Let Django take PyMySQL for mysqlclient, which has no wheels and would need a compiler."""
    import pymysql

    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()


REDIS = Service("Redis", "RESTFLOW_TEST_REDIS_URL", "redis://127.0.0.1:6379/0", 6379)
POSTGRES = Service(
    "PostgreSQL",
    "RESTFLOW_TEST_POSTGRES_URL",
    "postgresql://postgres@127.0.0.1:5432/postgres",
    5432,
    "django.db.backends.postgresql",
)
MARIADB = Service(
    "MariaDB",
    "RESTFLOW_TEST_MARIADB_URL",
    "mysql://root@127.0.0.1:3306/",
    3306,
    "django.db.backends.mysql",
)
RABBITMQ = Service(
    "RabbitMQ", "RESTFLOW_TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/", 5672
)


class RedisServer:
    """A ``redis-server`` process of one test's own, to be stopped and started as the test likes.

    It keeps its port over a restart and loses its data, unless *arguments* say otherwise.
    """

    def __init__(self, *arguments: str) -> None:
        self.port = free_port()
        self.arguments = arguments
        self.folder = Path(tempfile.mkdtemp(prefix="restflow-redis-"))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start the process and return once it accepts connections (at most 10 seconds)."""
        if self._process is not None:
            return
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", str(self.folder), *self.arguments]
        self._process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = monotonic() + 10
        while not answers("127.0.0.1", self.port, timeout=0.05):
            if self._process.poll() is not None or monotonic() > deadline:
                self.stop()
                pytest.fail(f"redis-server did not start on port {self.port}", pytrace=False)

    def stop(self) -> None:
        """End the process at once, as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> RedisServer:
        if shutil.which("redis-server") is None:
            unavailable("no redis-server program; install it (Debian: redis-server)")
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
