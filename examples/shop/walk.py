"""A walk through every endpoint of the shop, with a real client and a real server."""

import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

ADA = {"username": "ada", "password": "pen-and-ink"}
BOSS = {"username": "boss", "password": "keys-to-the-shop"}
SERVER = [sys.executable, "-m", "uvicorn", "shop.asgi:application", "--log-level", "warning"]
SERVER += ["--timeout-graceful-shutdown", "1"]


def holds(body, expected):
    """Tell whether *body* has everything that *expected* names, however deep."""
    if isinstance(expected, dict):
        return isinstance(body, dict) and all(
            key in body and holds(body[key], value) for key, value in expected.items()
        )
    return body == expected


@dataclass
class Ask:
    """One request and what has to come back."""

    says: str
    method: str
    path: str
    status: int
    body: object = None  # what the JSON answer must hold
    count: int | None = None  # how many results it must list
    lines: int | None = None  # how many lines it must have
    text: str = ""  # what its text must hold
    events: int = 0  # after how many events to stop reading, since the stream does not end
    headers: dict = field(default_factory=dict)  # what the answer's headers must hold
    send: dict = field(default_factory=dict)  # arguments of the client's request
    token: str = ""  # the name of the access token to send, of those that were kept
    keep: dict = field(default_factory=dict)  # names for members of the answer, to send later

    def surprise(self, response):
        """Return what is wrong with *response*, or None."""
        if response.status_code != self.status:
            return f"expected {self.status}: {response.text[:300]}"
        if self.body is not None and not holds(response.json(), self.body):
            return f"expected {self.body} in {response.text[:300]}"
        if self.count is not None:
            listed = response.json()
            found = len(listed["results"] if isinstance(listed, dict) else listed)
            if found != self.count:
                return f"expected {self.count} results, not {found}"
        if self.lines is not None and response.text.count("\n") != self.lines:
            return f"expected {self.lines} lines, not {response.text.count(chr(10))}"
        if self.text not in response.text:
            return f"expected {self.text!r} in {response.text[:300]}"
        for name, value in self.headers.items():
            if value not in response.headers.get(name, ""):
                return f"expected {name}: {value}, not {response.headers.get(name)}"
        return None


def error(code, **details):
    return {"error": {"code": code, **({"details": details} if details else {})}}


EVENTS = {"accept": "text/event-stream"}
PEN = {"name": "Slate pen", "sku": "NEW-1", "category": "inks", "price": "12.50", "stock": 3}

ASKS = [
    Ask("health", "GET", "/api/health/", 200, {"status": "ok"}),
    Ask("API root", "GET", "/api/", 200),
    Ask("list", "GET", "/api/products/", 200, {"count": 10_000}, count=20),
    Ask("page", "GET", "/api/products/?page=3&page_size=5", 200, count=5),
    Ask("last page", "GET", "/api/products/?page=last&page_size=100", 200, {"next": None}),
    Ask("no such page", "GET", "/api/products/?page=9999", 404, error("not_found")),
    Ask("search", "GET", "/api/products/?search=SKU-000042", 200, {"count": 1}, count=1),
    Ask("order", "GET", "/api/products/?ordering=-price&page_size=3", 200, count=3),
    Ask("filter", "GET", "/api/products/?price__gte=199&price__lte=200&stock__gt=0", 200),
    Ask("filter by relation", "GET", "/api/products/?category=inks&page_size=4", 200, count=4),
    Ask("filter, negated", "GET", "/api/products/?category!=inks&name__icontains=ink", 200,
        {"count": 0}),
    Ask("400, filter value", "GET", "/api/products/?price__gte=cheap", 400,
        error("validation_error")),
    Ask("400, no such filter", "GET", "/api/products/?prise=1", 400, error("validation_error")),
    Ask("retrieve", "GET", "/api/products/42/", 200, {"id": 42, "sku": "SKU-000041"}),
    Ask("404, object", "GET", "/api/products/999999/", 404, error("not_found")),
    Ask("404, not a number", "GET", "/api/products/forty-two/", 404, error("not_found")),
    Ask("404, no such URL", "GET", "/api/nothing/", 404, error("not_found")),
    Ask("log in", "POST", "/api/auth/token/", 200, send={"json": ADA},
        headers={"cache-control": "no-store"}, keep={"access": "ada", "refresh": "used"}),
    Ask("log in, as staff", "POST", "/api/auth/token/", 200, send={"json": BOSS},
        keep={"access": "boss", "refresh": "boss's refresh"}),
    Ask("405", "PUT", "/api/products/", 405, error("method_not_allowed"),
        headers={"allow": "GET, POST, HEAD, OPTIONS"}, token="ada"),
    Ask("406", "GET", "/api/products/", 406, error("not_acceptable"),
        send={"headers": {"accept": "application/pdf"}}),
    Ask("401, no credentials", "POST", "/api/products/", 401, error("not_authenticated"),
        headers={"www-authenticate": 'Bearer realm="api"'}, send={"json": PEN}),
    Ask("401, no such token", "GET", "/api/products/", 401, error("token_not_valid"),
        send={"headers": {"authorization": "Bearer a.b.c"}}),
    Ask("HTTP Basic, by DRF's class", "GET", "/api/users/", 200, count=2,
        send={"auth": tuple(BOSS.values())}),
    Ask("401, wrong password", "POST", "/api/auth/token/", 401, error("no_active_account"),
        send={"json": ADA | {"password": "wrong"}}),
    Ask("new tokens", "POST", "/api/auth/refresh/", 200, send={"json": {"refresh": "used"}},
        keep={"access": "ada", "refresh": "fresh"}),
    Ask("sessions", "GET", "/api/auth/sessions/", 200, count=1, token="ada"),
    Ask("415", "POST", "/api/products/", 415, error("unsupported_media_type"),
        token="ada", send={"content": "a", "headers": {"content-type": "text/csv"}}),
    Ask("400, malformed", "POST", "/api/products/", 400, error("parse_error"),
        token="ada", send={"content": "{", "headers": {"content-type": "application/json"}}),
    Ask("400, bad input", "POST", "/api/products/", 400,
        error("validation_error", price=["A valid number is required."]),
        token="ada", send={"json": PEN | {"price": "x"}}),
    Ask("create", "POST", "/api/products/", 201, PEN, token="ada", send={"json": PEN}),
    Ask("400, not unique", "POST", "/api/products/", 400,
        error("validation_error", sku=["product with this sku already exists."]),
        token="ada", send={"json": PEN}),
    Ask("update", "PUT", "/api/products/10001/", 200, {"stock": 9},
        token="ada", send={"json": PEN | {"stock": 9}}),
    Ask("partial update", "PATCH", "/api/products/10001/", 200, {"price": "1.00", "stock": 9},
        token="ada", send={"json": {"price": "1.00"}}),
    Ask("stock changes", "GET", "/api/stock/changes/", 200, events=1,
        text='"name":"Slate pen","before":3,"after":9', send={"headers": EVENTS},
        headers={"content-type": "text/event-stream", "cache-control": "no-cache, no-transform"}),
    Ask("a customer", "POST", "/api/stock/simulation/", 201, {"id": 2}),
    Ask("stock changes, resumed", "GET", "/api/stock/changes/", 200, events=1,
        text="event: stock\nid: 2\n", send={"headers": EVENTS | {"last-event-id": "1"}}),
    Ask("400, no such event", "GET", "/api/stock/changes/", 400, text="event: error\ndata: {",
        send={"headers": EVENTS | {"last-event-id": "yesterday"}}),
    Ask("live page", "GET", "/live/", 200, text="new EventSource"),
    Ask("export", "GET", "/api/products/export/", 200, lines=10_001, text='"sku":"SKU-009999"',
        headers={"content-type": "application/x-ndjson"}),
    Ask("export, filtered", "GET", "/api/products/export/?category=inks", 200, lines=835,
        send={"headers": {"accept": "application/x-ndjson"}}),
    Ask("400, export", "GET", "/api/products/export/?price__gte=x", 400, error("validation_error"),
        send={"headers": {"accept": "application/x-ndjson"}}),
    Ask("403, not staff", "DELETE", "/api/products/10001/", 403, error("permission_denied"),
        token="ada"),
    Ask("delete", "DELETE", "/api/products/10001/", 204, token="boss"),
    Ask("gone", "GET", "/api/products/10001/", 404, error("not_found")),
    Ask("head", "HEAD", "/api/products/", 200, headers={"content-type": "application/json"}),
    Ask("options", "OPTIONS", "/api/products/", 200, {"name": "Product List"}),
    Ask("categories", "GET", "/api/categories/", 200, count=12),
    Ask("category by slug", "GET", "/api/categories/inks/", 200, {"name": "Inks"}),
    Ask("reviews, uncounted", "GET", "/api/reviews/?page=15", 200, {"next": None}, count=20),
    Ask("latest reviews", "GET", "/api/reviewed/", 200, count=5),
    Ask("create a review", "POST", "/api/reviews/", 201, {"author": "ada", "rating": 5},
        token="ada", send={"json": {"product": 1, "rating": 5}}),
    Ask("400, rating of 6", "POST", "/api/reviews/", 400, error("validation_error"),
        token="ada", send={"json": {"product": 1, "rating": 6}}),
    Ask("403", "GET", "/api/users/", 403, error("permission_denied"), token="ada"),
    Ask("users, as staff", "GET", "/api/users/", 200, count=2, token="boss"),
    Ask("computed", "GET", "/api/categories/inks/stock/", 200, {"products": 834},
        headers={"cache-status": "fwd=miss"}),
    Ask("kept", "GET", "/api/categories/inks/stock/", 200, {"products": 834},
        headers={"cache-status": "hit"}),
    Ask("a change of one of its products", "PATCH", "/api/products/2/", 200, {"stock": 999},
        token="ada", send={"json": {"stock": 999}}),
    Ask("computed again", "GET", "/api/categories/inks/stock/", 200, {"products": 834},
        headers={"cache-status": "fwd=miss"}),
    Ask("log out", "POST", "/api/auth/blacklist/", 204,
        send={"json": {"refresh": "boss's refresh"}}),
    Ask("401, logged out", "GET", "/api/users/", 401, error("token_revoked"),
        token="boss"),
    Ask("401, a stolen token is used again", "POST", "/api/auth/refresh/", 401,
        error("token_reused"), send={"json": {"refresh": "used"}}),
    Ask("401, which ends the login", "GET", "/api/auth/sessions/", 401,
        error("token_revoked"), token="ada"),
    Ask("browsable API", "GET", "/api/products/", 200,
        headers={"content-type": "text/html; charset=utf-8"},
        send={"headers": {"accept": "text/html"}}),
    Ask("schema", "GET", "/api/schema/?format=json", 200, {"info": {"title": "The example shop"}}),
    Ask("Swagger UI", "GET", "/api/docs/", 200, text="/swagger-ui-bundle.js"),
    Ask("ReDoc", "GET", "/api/redoc/", 200, text="/redoc.standalone.js"),
    Ask("a static file", "GET", "/static/rest_framework/css/default.css", 200,
        headers={"content-type": "text/css"}),
]  # fmt: skip


def walk():
    """Start the server on a free port, ask everything, print every answer; 1 on a surprise."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([*SERVER, "--port", str(port)], cwd=Path(__file__).resolve().parent)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            until_ready(client, server)
            kept = {}
            surprises = sum(not asked(client, ask, kept) for ask in ASKS)
    finally:
        server.terminate()
        server.wait(10)
    print(f"\n{len(ASKS)} requests, {surprises} surprises")
    return 1 if surprises else 0


def until_ready(client, server, seconds=60):
    """Wait until the server answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            client.get("/api/health/")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server did not start.")


def asked(client, ask, kept):
    """Send one request and print its answer; False on a surprise."""
    send = dict(ask.send)
    if ask.token:
        bearer = {"authorization": f"Bearer {kept.get(ask.token)}"}
        send["headers"] = bearer | send.get("headers", {})
    if "refresh" in send.get("json", {}):
        send["json"] = {"refresh": kept.get(send["json"]["refresh"])}
    start = time.perf_counter()
    try:
        response = received(client, ask, send)
    except httpx.HTTPError as error:
        print(
            f"no answer          {ask.method:7} {ask.path:50} {ask.says}\n    SURPRISE: {error!r}"
        )
        return False
    spent = (time.perf_counter() - start) * 1000
    surprise = ask.surprise(response)
    print(f"{response.status_code} {spent:7.1f} ms  {ask.method:7} {ask.path:50} {ask.says}")
    if surprise:
        print(f"    SURPRISE: {surprise}")
    elif ask.keep:
        kept |= {name: response.json()[member] for member, name in ask.keep.items()}
    return surprise is None


def received(client, ask, send):
    """Send the request and read the answer, up to the last event that is asked for."""
    if not ask.events:
        return client.request(ask.method, ask.path, **send)
    text = ""
    with client.stream(ask.method, ask.path, **send) as response:
        for part in response.iter_text():
            text += part
            if text.count("\nid: ") >= ask.events:
                break
    return httpx.Response(response.status_code, headers=response.headers, text=text)
