"""Every broker for real: a worker process of the test's own does what a save has asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest

from restflow_testing.services import RABBITMQ, RedisServer
from restflow_testing.workers import Forwarder, worker

pytestmark = pytest.mark.load

PROJECT = Path(__file__).with_name("project")
CELERY = ["--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]
COMMANDS = {
    "celery": ["-m", "celery", "-A", "project", "worker", "-l", "INFO", *CELERY, "-Q", "QUEUE"],
    "django_rq": ["-m", "django", "rqworker", "QUEUE"],
    "django_q": ["-m", "django", "qcluster"],
    "dramatiq": [
        *["-m", "dramatiq", "-p", "1", "-t", "2", "broker", "restflow.caching.workers.actors"]
    ],
    "django_tasks": ["-m", "django", "db_worker", "--queue-name", "QUEUE"],
}
NEEDS = {
    "celery": "celery",
    "django_rq": "django_rq",
    "django_q": "django_q",
    "dramatiq": "dramatiq",
    "django_tasks": "django_tasks_db",
}
CASES = [
    ("celery", "redis"),
    ("celery", "rabbitmq"),
    ("dramatiq", "redis"),
    ("dramatiq", "rabbitmq"),
    ("django_rq", "redis"),
    ("django_q", "redis"),
    ("django_tasks", "none"),
]


def rabbitmq_url(queue: str) -> Iterator[str]:
    """The shared server; the queues of this test go with it."""
    url = RABBITMQ.require()
    if find_spec("pika") is None:
        pytest.skip("no pika; install dramatiq[rabbitmq]")
    yield url
    import pika

    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
            channel = connection.channel()
            channel.queue_delete(name)
            channel.close()


@pytest.mark.parametrize(("kind", "transport"), CASES, ids=[f"{k}-{t}" for k, t in CASES])
def test_a_worker(kind: str, transport: str, redis_server: RedisServer, tmp_path: Path) -> None:
    if find_spec(NEEDS[kind]) is None:
        pytest.skip(f"no {NEEDS[kind]}")
    queue = f"restflow-{uuid4().hex[:8]}"
    urls = rabbitmq_url(queue) if transport == "rabbitmq" else iter([redis_server.url])
    url = next(urls)
    parts = urlsplit(url)
    forwarder = Forwarder(parts.port or RABBITMQ.port)
    place = f"127.0.0.1:{forwarder.port}"
    if "@" in parts.netloc:
        place = f"{parts.netloc.rpartition('@')[0]}@{place}"
    variables = {
        "DJANGO_SETTINGS_MODULE": "settings",
        "KIND": kind,
        "QUEUE": queue,
        "BROKER_URL": url,
        "CACHE_URL": redis_server.url,
        "DATABASE": str(tmp_path / "goods.sqlite3"),
        "ORDER": "-1",
    }
    command = [queue if word == "QUEUE" else word for word in COMMANDS[kind]]
    near = urlunsplit(parts._replace(netloc=place))
    mine = {**variables, "BROKER_URL": near, "ORDER": "1"}
    folder = tmp_path / "project"
    folder.symlink_to(PROJECT)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    environment = {**environ(), **mine, "PYTHONPATH": ":".join([str(folder), *sys.path])}
    web = subprocess.Popen(
        [sys.executable, "web.py"], cwd=folder, env=environment, text=True, **pipes
    )
    assert web.stdout is not None
    assert web.stdin is not None
    try:
        told = web.stdout.readline()
        if told != "migrated\n":
            pytest.fail(web.communicate()[1])
        with worker(command, folder, variables, tmp_path) as process:
            told += web.stdout.readline() + web.stdout.readline()
            if told != "migrated\nnew\ntwice\n":
                pytest.fail(f"{told}{web.communicate()[1]}\n{process.printed}")
        forwarder.stop()
        if kind == "django_tasks":
            return  # its broker is the database: it cannot be down when a save was not
        output, errors = web.communicate("gone\n", timeout=120)
        assert web.returncode == 0, errors
        word, seconds = output.split()
        assert word == "inline"
        assert float(seconds) < 2
        assert errors.count("does not take invalidations") == 1, errors
    finally:
        web.kill()
        web.communicate()
        forwarder.stop()
        next(urls, None)


def environ() -> dict[str, str]:
    """This process's environment, without what is meant for the test suite."""
    import os

    left_out = ("RESTFLOW_", "DJANGO_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
