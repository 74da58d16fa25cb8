"""The far limit: FastAPI, without Django's ORM, on the endpoints that need none."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

PEN = {
    "id": 1,
    "name": "pen",
    "price": "1.50",
    "stock": 3,
    "category": {"id": 1, "name": "Pens"},
}


class CategoryOut(BaseModel):
    id: int
    name: str


class ProductOut(BaseModel):
    id: int
    name: str
    price: str
    stock: int
    category: CategoryOut | None


application = FastAPI(openapi_url=None)


@application.get("/empty/")
async def empty() -> dict[str, bool]:
    return {"ok": True}


@application.get("/memory/", response_model=list[ProductOut])
async def memory() -> Any:
    return [PEN] * 100


@application.get("/wait/")
async def wait() -> dict[str, bool]:
    await asyncio.sleep(0.05)
    return {"ok": True}
