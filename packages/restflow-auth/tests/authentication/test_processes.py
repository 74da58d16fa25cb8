"""Twenty simultaneous refreshes with one token, over two processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from restflow_testing.counts import cases
from restflow_testing.services import POSTGRES

from .forging import SECRET

pytestmark = pytest.mark.load

ROUNDS = cases(1000)


@pytest.fixture
def database(postgres_url: str) -> Iterator[dict[str, Any]]:
    """A database of this test's own on the shared server."""
    import psycopg

    name = f"restflow_auth_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            entry = {**POSTGRES.django_database(), "NAME": name}
            del entry["TEST"]
            yield entry
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Pair:
    """The two processes."""

    def __init__(self, **given: Any) -> None:
        program = str(Path(__file__).with_name("processes.py"))
        self.processes = []
        for number in range(2):
            settings = json.dumps({**given, "first": number == 0})
            process = subprocess.Popen(
                [sys.executable, program, settings],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=dict(os.environ),
            )
            self.processes.append(process)
            self.read(process, expected="ready")

    def read(self, process: Any, expected: str | None = None) -> Any:
        line = process.stdout.readline().strip()
        assert line, f"process {process.args[-1][:40]} ended with {process.poll()}"
        if expected is not None:
            assert line == expected
            return line
        return json.loads(line)

    def ask(self, line: str, processes: Any = None) -> list[Any]:
        asked = self.processes if processes is None else processes
        for process in asked:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
        return [answer for process in asked for answer in self.read(process)]

    def minted(self) -> str:
        return str(self.ask("mint", self.processes[:1])[0])

    def is_revoked(self, raw: str) -> bool:
        return bool(self.ask(f"check {raw}", self.processes[1:])[0])

    def close(self) -> None:
        for process in self.processes:
            process.stdin.close()
            process.wait(30)
            process.stdout.close()


@pytest.fixture(params=["redis", "model"])
def pairs(request: pytest.FixtureRequest, database: Any) -> Iterator[Any]:
    cache: dict[str, Any] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    name = "ModelBlacklistBackend"
    if request.param == "redis":
        name = "CacheBlacklistBackend"
        cache = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": request.getfixturevalue("redis_url"),
            "KEY_PREFIX": f"restflow-auth-{uuid4().hex}",
        }
    started: list[Pair] = []

    def start(grace: int) -> Pair:
        jwt = {
            "SIGNING_KEY": SECRET,
            "BLACKLIST_BACKEND": f"restflow.authentication.{name}",
            "REUSE_GRACE": grace,
        }
        given = {"database": database, "cache": cache, "jwt": jwt, "secret": SECRET}
        pair = Pair(**given)
        started.append(pair)
        return pair

    yield start
    for pair in started:
        pair.close()


def test_one_wins(pairs: Any) -> None:
    pair = pairs(grace=0)
    for _ in range(ROUNDS):
        answers = pair.ask(f"rotate {pair.minted()}")
        won = [answer for answer in answers if not answer.startswith("refused")]
        assert len(answers) == 20
        assert len(won) == 1, answers
        # The nineteen others were replays, so the login is over: what the winner got as well.
        assert set(answers) - set(won) <= {"refused token_reused", "refused token_revoked"}
        assert pair.is_revoked(won[0])


def test_within_the_grace_all_get_the_same(pairs: Any) -> None:
    pair = pairs(grace=600)
    for _ in range(ROUNDS):
        answers = pair.ask(f"rotate {pair.minted()}")
        assert len(answers) == 20
        assert len(set(answers)) == 1, answers
        assert not answers[0].startswith("refused")
        assert not pair.is_revoked(answers[0])
