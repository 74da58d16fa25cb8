"""Python programs that tests run as processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

PREAMBLE = """
import asyncio, os, sys, threading, time
from django.conf import settings
import restflow_testing.settings as base
names = {n: getattr(base, n) for n in dir(base) if n.isupper()}
names["CACHES"] = {"default": {
    "BACKEND": "django_redis.cache.RedisCache", "LOCATION": os.environ["OWN_REDIS"],
}}
settings.configure(**names)
import django; django.setup()
import redis
from restflow.caching import *
# Programs wait for each other at the gates, and may start far apart: redis-py 8 gives up after 5 s.
server = redis.Redis.from_url(os.environ["OWN_REDIS"], socket_timeout=150)

class K(KeyConstructor):
    row = ArgsKeyField("row", partition=True)
    class Meta:
        namespace = "program"

@cache_result(K, lease=float(os.environ.get("LEASE", "30")))
def rows(row: int) -> str:
    server.incr("calls")
    if server.get("hold"):
        server.blpop("gate", timeout=120)
    return f"row {row}"
"""


def start(program: str, redis_url: str, **variables: str) -> subprocess.Popen[str]:
    """Start *program* with a cached function ``rows`` that counts its calls in Redis."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OWN_REDIS": redis_url}
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(
        [sys.executable, "-c", PREAMBLE + program],
        env={**environment, **variables},
        **pipes,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for *process* and return what it printed."""
    output, errors = process.communicate(timeout=180)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors, errors  # of a thread
    return output.strip()
