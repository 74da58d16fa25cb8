"""Fail when a source file imports what its distribution may not: read from the syntax trees.

* a library that the distribution does not declare (at module level: as a dependency proper);
* a sibling's name that the sibling does not list in ``__all__``;
* ``rest_framework.views`` or models, in what users list in ``REST_FRAMEWORK`` (the leaf rule).
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tree import ROOT, Distribution, distributions, required

# Import names of what may be declared; several distributions can bring one name.
BROUGHT_BY = {
    "annotated_types": {"annotated-types"},
    "asgiref": {"asgiref"},
    "celery": {"celery"},
    "cryptography": {"PyJWT[crypto]"},
    "django": {"Django"},
    "django_q": {"django-q2"},
    "django_redis": {"django-redis"},
    "django_rq": {"django-rq"},
    "django_tasks": {"django-tasks"},
    "dramatiq": {"dramatiq"},
    "drf_spectacular": {"drf-spectacular"},
    "hypothesis": {"hypothesis"},
    "jsonschema": {"jsonschema"},
    "jwt": {"PyJWT", "PyJWT[crypto]"},
    "msgspec": {"msgspec"},
    "opentelemetry": {"opentelemetry-api"},
    "orjson": {"orjson"},
    "pytest": {"pytest"},
    "redis": {"redis", "django-redis"},
    "rest_framework": {"djangorestframework"},
    "rest_framework_simplejwt": {"djangorestframework-simplejwt"},
    "rq": {"django-rq", "rq"},
    "schemathesis": {"schemathesis"},
    "typing_extensions": {"typing-extensions"},
    "uvicorn": {"uvicorn"},
}
STANDARD = sys.stdlib_module_names | {"annotationlib"}  # the last one since Python 3.14
LEAVES = {
    "restflow.authentication",
    "restflow.exceptions",
    "restflow.filters",
    "restflow.pagination",
    "restflow.parsers",
    "restflow.permissions",
    "restflow.renderers",
    "restflow.spectacular",
    "restflow.throttling",
}
NO_LEAVES = {"admin", "migrations", "models", "views"}  # of a leaf: loaded after Django is ready
IMPORTS_VIEWS = {
    "rest_framework.decorators",
    "rest_framework.generics",
    "rest_framework.routers",
    "rest_framework.views",
    "rest_framework.viewsets",
    "restflow.views",
}


@dataclass(frozen=True)
class Import:
    """One imported name: where, from which module, and whether importing the file runs it."""

    place: str
    module: str
    name: str | None
    at_once: bool


def imports(path: Path) -> Iterator[Import]:
    """Every absolute import of the file at *path*."""

    def walk(node: ast.AST, at_once: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            place = f"{path}:{getattr(child, 'lineno', 0)}"
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(place, alias.name, None, at_once)
            elif isinstance(child, ast.ImportFrom) and child.level == 0 and child.module:
                for alias in child.names:
                    yield Import(place, child.module, alias.name, at_once)
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for part in child.body:
                    yield from walk(ast.Module([part], []), False)
                for part in child.orelse:
                    yield from walk(ast.Module([part], []), at_once)
            else:
                later = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
                yield from walk(child, at_once and not later)

    yield from walk(ast.parse(path.read_text(), str(path)), True)


@cache
def public_names(path: Path) -> frozenset[str] | None:
    """What the module lists in ``__all__``; None if it has no such list."""
    found: frozenset[str] | None = None
    for node in ast.parse(path.read_text(), str(path)).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = getattr(node, "value", None)
        if isinstance(target, ast.Name) and target.id == "__all__" and value is not None:
            strings = (each for each in ast.walk(value) if isinstance(each, ast.Constant))
            found = (found or frozenset()) | {str(each.value) for each in strings}
    return found


def module_file(module: str, known: dict[str, Distribution]) -> Path | None:
    """The source file of one of our modules."""
    parts = module.split(".")[1:]
    for each in known.values():
        base = each.source.joinpath(*parts)
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                return path
    return None


def undeclared(each: Distribution, portion: str, found: Import) -> str | None:
    top = found.module.partition(".")[0]
    if top == "restflow" or top in STANDARD:
        return None
    if top not in BROUGHT_BY:
        return f"{top} is in no list of {Path(__file__).name}; add it to BROUGHT_BY"
    extras = [line for lines in each.extras.values() for line in lines]
    allowed = {required(line) for line in each.dependencies}
    if not found.at_once:
        allowed |= {required(line) for line in [*extras, *each.test_group]}
    elif each.needs.get(portion) == top:
        allowed |= {required(line) for line in extras}
    if {required(name) for name in BROUGHT_BY[top]} & allowed:
        return None
    where = "dependencies" if found.at_once else "dependencies or extras"
    return f"imports {found.module}, but {each.name} does not declare it in its {where}"


def private(each: Distribution, found: Import, known: dict[str, Distribution]) -> str | None:
    portion = ".".join(found.module.split(".")[:2])
    if not found.module.startswith("restflow.") or portion in each.portions:
        return None
    path = module_file(found.module, known)
    if path is None:
        return f"imports {found.module}, which no distribution ships"
    if found.name is None or module_file(f"{found.module}.{found.name}", known) is not None:
        return None
    names = public_names(path)
    if names is None or found.name not in names:
        return f"imports {found.name}, which is not in __all__ of {found.module}"
    return None


def not_a_leaf(portion: str, path: Path, each: Distribution, found: Import) -> str | None:
    inside = path.relative_to(each.source).with_suffix("").parts[1:]
    if portion not in LEAVES or not found.at_once or NO_LEAVES & set(inside):
        return None
    names = {found.module, f"{found.module}.{found.name}"}
    if names & IMPORTS_VIEWS or found.module.startswith("restflow.views."):
        return f"imports {found.module} at module level; DRF's views load {portion} from settings"
    if any(name.endswith(".models") for name in names - {"django.db.models"}):
        return f"imports models at module level; {portion} is loaded before apps are ready"
    return None


def check(root: Path) -> Iterator[str]:
    known = distributions(root)
    for each in known.values():
        for path in each.modules:
            portion = f"restflow.{path.relative_to(each.source).parts[0]}"
            for found in imports(path):
                for problem in (
                    undeclared(each, portion, found),
                    private(each, found, known),
                    not_a_leaf(portion, path, each, found),
                ):
                    if problem is not None:
                        yield f"{Path(found.place).relative_to(root)}: {problem}"


def main(root: Path = ROOT) -> int:
    errors = list(dict.fromkeys(check(root)))
    for line in errors:
        print("error:", line, file=sys.stderr)
    print(f"imports: {len(errors)} errors")
    return bool(errors)


if __name__ == "__main__":
    raise SystemExit(main())
