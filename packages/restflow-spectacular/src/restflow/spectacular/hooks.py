"""Hooks for ``SPECTACULAR_SETTINGS["POSTPROCESSING_HOOKS"]``."""

from __future__ import annotations

from typing import Any

NEGATION = "!"  # of restflow.filters, which this distribution does not need


def postprocess_exclude_negations(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """Leave the negated filters (``price!`` beside ``price``) out of a document.

    For generators of clients that make names of a language out of parameters: ``price`` and
    ``price!`` are one name in Python, so openapi-python-client leaves out the whole operation.
    Meant for the document that such a generator reads; the API answers to the negations as before.

    Args:
        result: the document; it is changed.
        generator: the generator of the document.
        request: the request for the document, or None.
        public: whether the document is the same for everybody.
    """
    for path in result.get("paths", {}).values():
        for operation in path.values():
            if isinstance(operation, dict) and "parameters" in operation:
                operation["parameters"] = _without_negations(operation["parameters"])
    return result


def _without_negations(parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    asked = {each.get("name") for each in parameters if each.get("in") == "query"}
    negated = {f"{name}{NEGATION}" for name in asked}
    return [
        each for each in parameters if each.get("in") != "query" or each.get("name") not in negated
    ]
