"""Runs the Python blocks of a Markdown document, from top to bottom in one namespace.

* A block may ``await`` at its top level; all blocks of a document share one event loop.
* Documents speak of the example shop; ``catalog.models`` are those of ``restflow_testing``.
* A block whose first line is ``# settings.py`` assigns settings that hold until the end.
* A block that assigns ``urlpatterns`` becomes the URL configuration.
* An HTML comment that begins with ``<!-- python`` runs too, unseen by readers.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import CodeType, ModuleType

from django.test import override_settings

BLOCK = re.compile(
    r"^ *(?P<fence>`{3,})(?:python|\{code-block\} python)\n(?P<seen>.*?)^ *(?P=fence) *$"
    r"|^<!-- python\n(?P<unseen>.*?)^-->$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A piece of Python and where it stands."""

    path: Path
    line: int
    source: str

    def compile(self) -> CodeType:
        """Compile it so that tracebacks name the document and its line."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        source = "\n" * (self.line - 1) + self.source
        code: CodeType = compile(source, str(self.path), "exec", flags)
        return code


def blocks(path: Path) -> Iterator[Block]:
    """Every Python block of the document at *path*."""
    text = path.read_text()
    for match in BLOCK.finditer(text):
        kind = "unseen" if match["seen"] is None else "seen"
        line = text.count("\n", 0, match.start(kind)) + 1
        yield Block(path, line, dedent(match[kind]))


def run(path: Path) -> int:
    """Run every block of the document; return how many there were."""
    import restflow_testing.models

    module = ModuleType(f"document_{path.stem}")
    known = {
        module.__name__: module,
        "catalog": ModuleType("catalog"),
        "catalog.models": restflow_testing.models,
    }
    count = 0
    with ExitStack() as stack:
        stack.callback(_restore_modules, {name: sys.modules.get(name) for name in known})
        sys.modules.update(known)
        runner = stack.enter_context(asyncio.Runner())
        for count, block in enumerate(blocks(path), 1):  # noqa: B007
            before = set(vars(module))
            code = block.compile()
            if code.co_flags & inspect.CO_COROUTINE:
                runner.run(eval(code, vars(module)))
            else:
                exec(code, vars(module))
            if block.source.startswith("# settings.py\n"):
                names = [name for name in _assigned(block) if name.isupper()]
                settings = {name: vars(module)[name] for name in names}
                stack.enter_context(override_settings(**settings))
            if "urlpatterns" in set(vars(module)) - before:
                stack.enter_context(override_settings(ROOT_URLCONF=module.__name__))
    return count


def _assigned(block: Block) -> set[str]:
    return {
        node.id
        for node in ast.walk(ast.parse(block.source))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def _restore_modules(before: dict[str, ModuleType | None]) -> None:
    for name, module in before.items():
        if module is None:
            sys.modules.pop(name, None)
        else:
            sys.modules[name] = module
