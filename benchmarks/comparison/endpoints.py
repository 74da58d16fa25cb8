"""What every side is asked: the same requests, answered with the same facts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Endpoint:
    """One request; *status* is the only answer that counts as one."""

    name: str
    target: str
    method: str = "GET"
    body: bytes = b""
    status: int = 200
    authorized: bool = False
    database: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        return urlsplit(self.target).query


NEW = json.dumps({"name": "green pen", "price": "3.50", "stock": 7, "category_id": 1}).encode()
FILTER = "name__icontains=pen&price__gte=10&price__lte=250&in_stock=true"

ENDPOINTS = {
    each.name: each
    for each in (
        Endpoint("empty", "/empty/", database=False),
        Endpoint("guarded", "/guarded/", database=False),
        Endpoint("jwt", "/jwt/", authorized=True),
        Endpoint("list 20", "/products/?page_size=20"),
        Endpoint("list 100", "/products/?page_size=100"),
        Endpoint("list 100 in memory", "/memory/", database=False),
        Endpoint("retrieve", "/products/1/"),
        Endpoint("create", "/products/", "POST", NEW, 201),
        Endpoint("filtered list", f"/filtered/?{FILTER}"),
        Endpoint("await 50 ms", "/wait/", database=False),
    )
}
