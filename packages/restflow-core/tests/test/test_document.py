"""A document, and answers that contradict it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from restflow.test import Document

ITEM = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "name": {"type": "string", "nullable": True},
        "price": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
        "parent": {"allOf": [{"$ref": "#/components/schemas/Item"}], "nullable": True},
    },
    "required": ["id"],
}
CONTENTS: dict[str, Any] = {
    "openapi": "3.0.3",
    "paths": {
        "/items/": {
            "get": {
                "parameters": [
                    {"$ref": "#/components/parameters/Page"},
                    {"in": "query", "name": "name", "schema": {}},
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Item"},
                                }
                            }
                        }
                    },
                    "404": {"$ref": "#/components/responses/NotFound"},
                },
            },
            "delete": {"responses": {"204": {"description": "Gone."}}},
        },
        "/items/{id}/": {"get": {"responses": {"2XX": {}, "default": {}}}},
        "/items/new/": {"get": {"responses": {"200": {}}}},
    },
    "components": {
        "schemas": {"Item": ITEM},
        "responses": {"NotFound": {"content": {"application/problem+json": {"schema": {}}}}},
        "parameters": {"Page": {"in": "query", "name": "page", "schema": {"type": "integer"}}},
    },
}
DOCUMENT = Document(CONTENTS)


def problems(
    status: int = 200,
    body: Any = (),
    content_type: str = "application/json",
    query: str = "",
    method: str = "get",
    path: str = "/items/",
) -> list[str]:
    operation = DOCUMENT.operation(method, path)
    assert operation is not None
    sent = json.dumps(body).encode() if isinstance(body, (list, dict, tuple)) else body
    return DOCUMENT.problems(operation, status, content_type, sent, query)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/items/", "/items/"),
        ("/items/5/", "/items/{id}/"),
        ("/items/new/", "/items/new/"),
        ("/items/5/6/", None),
        ("/itemsx", None),
    ],
)
def test_the_operation_of_a_path(path: str, template: str | None) -> None:
    found = DOCUMENT.operation("GET", path)
    assert (found and found.path) == template
    assert DOCUMENT.operation("PUT", path) is None


def test_parameters_follow_references() -> None:
    operation = DOCUMENT.operation("get", "/items/")
    assert operation is not None
    assert set(DOCUMENT.parameters(operation)) == {"page", "name"}
    assert str(operation) == "GET /items/"


@pytest.mark.parametrize(
    "item",
    [
        {"id": 1},
        {"id": 1, "name": None},
        {"id": 1, "price": 0.5, "parent": {"id": 2, "parent": None}},
    ],
)
def test_what_is_documented(item: Any) -> None:
    assert problems(body=[item], query="page=2&name=") == []


CONTRADICTIONS = [
    ({"status": 500}, "GET /items/ answered 500, which is not documented"),
    ({"query": "page=1&size=2"}, "GET /items/ took the parameter 'size', which is not documented"),
    ({"body": [{"id": "1"}]}, "GET /items/, 200: $[0].id: '1' is not of type 'integer'"),
    ({"body": [{}]}, "GET /items/, 200: $[0]: 'id' is a required property"),
    (
        {"body": [{"id": 1, "price": 0}]},
        "GET /items/, 200: $[0].price: 0 is less than or equal to the minimum of 0",
    ),
    (
        {"content_type": "text/html; charset=utf-8"},
        "GET /items/, 200: text/html, which is not documented",
    ),
    (
        {"status": 404, "content_type": "application/json"},
        "GET /items/, 404: application/json, which is not documented",
    ),
    (
        {"method": "delete", "status": 204, "body": b"x"},
        "DELETE /items/, 204: a body, which is not documented",
    ),
]


@pytest.mark.parametrize(("given", "problem"), CONTRADICTIONS)
def test_what_contradicts_it(given: dict[str, Any], problem: str) -> None:
    assert problems(**given) == [problem]


def test_what_is_left_alone() -> None:
    assert problems(status=404, content_type="application/problem+json", query="size=2") == []
    assert problems(body=None) == []
    assert problems(path="/items/7/", status=299, body=None) == []
    assert problems(path="/items/7/", status=418, body=None) == []


def test_schemas_of_3_1_are_json_schema() -> None:
    document = Document({"openapi": "3.1.0", "paths": {}, "components": {"schemas": {}}})
    assert document.mismatches(None, {"type": ["string", "null"]}) == []
    assert document.mismatches(0, {"type": "number", "exclusiveMinimum": 0}) != []
