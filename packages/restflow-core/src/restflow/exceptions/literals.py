"""Messages that are the Python ``repr`` of errors, read back into errors.

DRF turns whatever is passed as ``detail`` into text. ``raise serializers.ValidationError(error)``
where ``error`` is Django's ValidationError therefore says ``"['Enter a number.']"``, and with one
of DRF's ``"[ErrorDetail(string='Enter a number.', code='invalid')]"``. Only the text is left of it.
"""

from __future__ import annotations

import ast
import re
from typing import Any

from rest_framework.exceptions import ErrorDetail

__all__ = ["read_back"]

# Longer texts are left alone: messages may quote what a client sent, and parsing costs.
MAX_LENGTH = 20_000

# What the repr of a list or dict of errors is made of, and nothing that Python's parser would warn
# about. Each alternative starts with characters of its own, so matching takes linear time.
REPR = re.compile(
    r"""(?:
        '(?:[^'\\\n]|\\['"\\nrtxuU])*+'
      | "(?:[^"\\\n]|\\['"\\nrtxuU])*+"
      | ErrorDetail\(string= | code= | [()]
      | [\[\]{}:,\ ] | None | True | False | [0-9]++
    )++""",
    re.VERBOSE,
)
OPENERS = ("[", "{", "(", "ErrorDetail(")
# The repr of an object without a text of its own carries its address.
ADDRESS = re.compile(r"<[\w.<> ]+ at 0x[0-9a-fA-F]+>")
SCALARS: dict[str, Any] = {"None": None, "True": "true", "False": "false"}


def read_back(text: str) -> Any:
    """Return what *text* is the ``repr`` of.

    Returns:
        *text* itself (an ErrorDetail keeps its code) when it is plain text; a list or dict of
        errors when it is the repr of one; None when it is the repr of something that says nothing
        to a client.
    """
    if text in SCALARS:
        return SCALARS[text]
    if text.startswith("<") and ADDRESS.search(text):
        return None
    if not text.startswith(OPENERS) or len(text) > MAX_LENGTH or not REPR.fullmatch(text):
        return text
    try:
        value = _value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return text
    if not set(text) - set("[]{}(), "):
        return None
    # "(5)" and "[10, 20]" are texts that somebody wrote; lists of errors hold strings.
    quoted = "'" in text or '"' in text
    return value if quoted and type(value) in (list, dict, ErrorDetail) else text


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            return [_value(item) for item in items]
        case ast.Dict(keys=keys, values=values):
            return {
                _value(key): _value(value)
                for key, value in zip(keys, values, strict=True)
                if key is not None
            }
        case ast.Call(keywords=[ast.keyword(value=string), ast.keyword(value=code)], args=[]):
            return ErrorDetail(_value(string), _value(code))
    raise ValueError("not the repr of errors")
