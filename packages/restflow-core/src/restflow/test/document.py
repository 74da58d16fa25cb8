"""A project's OpenAPI document, and what in an answer contradicts it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Operation:
    """One method of one path, as documented.

    Attributes:
        method: in lower case.
        path: the template, ``"/products/{id}/"``.
        described: the operation object.
    """

    method: str
    path: str
    described: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"


class Document:
    """An OpenAPI document, 3.0 or 3.1, to hold answers against.

    Args:
        contents: the document.
    """

    def __init__(self, contents: Mapping[str, Any]) -> None:
        self.contents = contents
        self.is_30 = str(contents.get("openapi", "")).startswith("3.0")

    @classmethod
    def of_project(cls, **arguments: Any) -> Document:
        """Return the document that drf-spectacular makes of the project.

        Args:
            arguments: those of drf-spectacular's generator: ``urlconf``, ``patterns``...

        Raises:
            AssertionError: the generator warned of something, or its document is not valid.
        """
        try:
            from drf_spectacular.drainage import GENERATOR_STATS
            from drf_spectacular.settings import spectacular_settings
            from drf_spectacular.validation import validate_schema
        except ModuleNotFoundError as error:
            raise ImportError(
                "The document is made by drf-spectacular: pip install restflow-spectacular"
            ) from error
        stats: Any = GENERATOR_STATS
        with stats.silence():
            made = spectacular_settings.DEFAULT_GENERATOR_CLASS(**arguments).get_schema(public=True)
            said = [*stats._warn_cache, *stats._error_cache]
        if said:
            raise AssertionError("\n".join(["drf-spectacular warns:", *map(str, said)]))
        contents = json.loads(json.dumps(made, default=str))
        try:
            validate_schema(contents)  # type: ignore[no-untyped-call]
        except Exception as error:
            raise AssertionError(f"The document is not valid: {error}") from error
        return cls(contents)

    @cached_property
    def operations(self) -> list[Operation]:
        """Every operation, in the order of the document."""
        return [
            Operation(method, path, item[method])
            for path, item in self.contents.get("paths", {}).items()
            for method in METHODS
            if method in item
        ]

    def operation(self, method: str, path: str) -> Operation | None:
        """Return the operation that answers *method* of the URL path *path*, None without one."""
        found = [
            operation
            for operation in self.operations
            if operation.method == method.lower() and _pattern(operation.path).fullmatch(path)
        ]
        # OpenAPI: a path without templates goes before one with.
        return min(found, key=lambda operation: operation.path.count("{"), default=None)

    def resolve(self, thing: Any) -> Any:
        """Return what *thing* refers to, itself if it is no reference."""
        while isinstance(thing, Mapping) and "$ref" in thing:
            found: Any = self.contents
            for part in thing["$ref"].lstrip("#/").split("/"):
                found = found[part.replace("~1", "/").replace("~0", "~")]
            thing = found
        return thing

    def parameters(self, operation: Operation, place: str = "query") -> dict[str, Any]:
        """Return the parameters of *operation* in *place* by name."""
        described = map(self.resolve, operation.described.get("parameters", ()))
        return {one["name"]: one for one in described if one["in"] == place}

    def problems(
        self,
        operation: Operation,
        status: int,
        content_type: str = "",
        body: bytes | None = None,
        query: str = "",
    ) -> list[str]:
        """Return what the answer to a request says that *operation* does not.

        Args:
            operation: which one was called.
            status: of the answer.
            content_type: of the answer.
            body: of the answer; None for one that was not read, or is a stream.
            query: the query string of the request, held against the parameters if it succeeded.
        """
        responses = operation.described["responses"]
        names = (str(status), f"{status // 100}XX", "default")
        response = self.resolve(next((responses[one] for one in names if one in responses), None))
        if response is None:
            return [f"{operation} answered {status}, which is not documented"]
        problems = []
        if status < 400:
            known = self.parameters(operation)
            problems += [
                f"{operation} took the parameter {name!r}, which is not documented"
                for name, _ in parse_qsl(query, keep_blank_values=True)
                if name not in known
            ]
        return problems + self._content(f"{operation}, {status}", response, content_type, body)

    def _content(
        self, where: str, response: Any, content_type: str, body: bytes | None
    ) -> list[str]:
        content = response.get("content", {})
        media_type = content_type.partition(";")[0].strip()
        if not content:
            return [f"{where}: a body, which is not documented"] if body else []
        if media_type not in content:
            return [f"{where}: {media_type or 'no media type'}, which is not documented"]
        schema = content[media_type].get("schema")
        is_json = media_type == "application/json" or media_type.endswith("+json")
        if body is None or schema is None or not is_json:
            return []
        return [f"{where}: {problem}" for problem in self.mismatches(json.loads(body), schema)]

    def mismatches(self, value: Any, schema: Any) -> list[str]:
        """Return how *value* differs from *schema*."""
        from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

        whole = {**_plain(schema, self.is_30), "components": self._components}
        return [
            f"{error.json_path}: {error.message[:300]}"
            for error in Draft202012Validator(whole).iter_errors(value)
        ]

    @cached_property
    def _components(self) -> Any:
        return _plain(self.contents.get("components", {}), self.is_30)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^}]*\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def _plain(schema: Any, is_30: bool) -> Any:
    """Return a schema of OpenAPI 3.0 as one of JSON Schema; 3.1 has no other."""
    if not is_30:
        return schema
    if isinstance(schema, list):
        return [_plain(item, is_30) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {name: _plain(value, is_30) for name, value in schema.items()}
    for bound, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        if found.get(exclusive) is True:
            found[exclusive] = found.pop(bound)
        elif found.get(exclusive) is False:
            del found[exclusive]
    if found.pop("nullable", None) is True:
        return {"anyOf": [found, {"type": "null"}]}
    return found


def joined(problems: Iterable[str]) -> str:
    """Return *problems* as lines, each once, in their order."""
    return "\n".join(dict.fromkeys(problems))
