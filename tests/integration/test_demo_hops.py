"""What each endpoint of the demo may cost in hops, behind all its middlewares."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

SHOP = Path(__file__).resolve().parents[2] / "examples" / "shop"

pytestmark = [
    pytest.mark.load,
    pytest.mark.skipif(
        find_spec("drf_spectacular_sidecar") is None,
        reason="the demo needs drf-spectacular-sidecar",
    ),
]

PEN = {"name": "Slate pen", "sku": "NEW-1", "category": "inks", "price": "12.50", "stock": 3}
#: Method, path, body, who asks (a token, or nobody), status, hops of the whole request.
BUDGET = [
    ("GET", "/api/health/", None, "", 200, 0),
    ("GET", "/api/", None, "", 200, 2),  # a sync view of DRF's
    ("GET", "/api/products/", None, "", 200, 1),
    ("GET", "/api/products/?price__gte=1&stock__gt=0&page_size=5", None, "", 200, 1),
    ("GET", "/api/products/1/", None, "", 200, 1),
    ("GET", "/api/products/", None, "ada", 200, 1),
    ("POST", "/api/products/", PEN, "ada", 201, 1),
    ("PUT", "/api/products/1/", PEN | {"sku": "NEW-2"}, "boss", 200, 1),
    ("PATCH", "/api/products/1/", {"stock": 1}, "boss", 200, 1),
    ("DELETE", "/api/products/2/", None, "boss", 204, 1),
    ("GET", "/api/categories/", None, "", 200, 1),
    ("GET", "/api/reviews/", None, "", 200, 1),
    ("GET", "/api/users/", None, "boss", 200, 1),
    ("GET", "/api/auth/sessions/", None, "ada", 200, 1),
    ("GET", "/live/", None, "", 200, 2),  # a sync view of Django's, and its template
]
PROGRAM = """
import asyncio, json, sys
import django
django.setup()
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

settings.ALLOWED_HOSTS = ["testserver"]
call_command("migrate", verbosity=0)
call_command("seed", products=20, verbosity=0)

from restflow.authentication import RefreshToken
from restflow.test import count_hops
from shop.asgi import application


async def ask(method, path, body, token):
    lines = [(b"host", b"testserver")]
    if body is not None:
        lines += [(b"content-type", b"application/json")]
    if token:
        lines += [(b"authorization", b"Bearer " + token.encode())]
    payload = b"" if body is None else json.dumps(body).encode()
    lines += [(b"content-length", str(len(payload)).encode())]
    bare, _, query = path.partition("?")
    scope = {
        "type": "http", "method": method, "path": bare, "query_string": query.encode(),
        "headers": lines, "http_version": "1.1", "scheme": "http", "server": ("testserver", 80),
        "client": ("127.0.0.1", 1),
    }
    status, asked = [], []

    async def receive():
        asked.append(1)
        if len(asked) > 1:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": payload, "more_body": False}

    async def send(message):
        status.append(message.get("status"))

    await application(scope, receive, send)
    return status[0]


async def main():
    def tokens_of():
        users = get_user_model().objects.filter(username__in=["ada", "boss"])
        return {user.username: str(RefreshToken.for_user(user).access_token) for user in users}

    tokens = {"": "", **await asyncio.to_thread(tokens_of)}
    found = []
    for method, path, body, who in json.loads(sys.argv[1]):
        await ask("OPTIONS", path, None, tokens[who])  # imports, plans
        with count_hops(of="request") as hops:
            status = await ask(method, path, body, tokens[who])
        found.append([method, path, status, len(hops)])
    print(json.dumps(found))


asyncio.run(main())
"""


def test_every_endpoint_keeps_to_its_budget(tmp_path: Path) -> None:
    asks = [[method, path, body, who] for method, path, body, who, _, _ in BUDGET]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(asks)],
        cwd=SHOP,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "shop.settings",
            "SHOP_DATABASE": str(tmp_path / "shop.sqlite3"),
            "PYTHONPATH": os.pathsep.join([str(SHOP), os.environ.get("PYTHONPATH", "")]),
        },
    )
    assert done.returncode == 0, done.stderr
    expected = [[method, path, status, hops] for method, path, _, _, status, hops in BUDGET]
    found = json.loads(done.stdout.splitlines()[-1])
    beyond = [
        (each, budget) for each, budget in zip(found, expected, strict=True) if each != budget
    ]
    assert not beyond
