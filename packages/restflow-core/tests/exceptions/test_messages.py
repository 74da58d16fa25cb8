"""Our own sentences, translated with and without an app of ours installed."""

from __future__ import annotations

import ast
import re
from gettext import GNUTranslations
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from restflow.exceptions import messages
from restflow.exceptions.codes import ErrorCode
from restflow.exceptions.error import describe
from restflow.exceptions.exception import APIException

LANGUAGES = sorted(folder.name for folder in messages.LOCALE.iterdir())
FAILED = "Request validation failed."
GERMAN = "Die Prüfung der Anfrage ist fehlgeschlagen."


def entries(path: Path) -> dict[str, str]:
    """The messages of a catalog's source, each on one line as ours are."""
    pattern = r'^msgid (".*")\nmsgstr (".*")$'
    found = re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    return {ast.literal_eval(key): ast.literal_eval(value) for key, value in found if key != '""'}


def sentences() -> set[str]:
    """What the modules of the package pass to ``gettext`` or ``gettext_lazy as _``."""
    found = set()
    for path in messages.LOCALE.parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("gettext", "_")
                and isinstance(node.args[0], ast.Constant)
            ):
                found.add(node.args[0].value)
    return found


def test_the_languages() -> None:
    assert {"de", "es", "fr"} <= set(LANGUAGES)
    assert FAILED in sentences()


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogs_are_complete_and_compiled(language: str) -> None:
    folder = messages.LOCALE / language / "LC_MESSAGES"
    source = entries(folder / "django.po")
    assert source.keys() == sentences()
    assert all(source.values())
    with (folder / "django.mo").open("rb") as file:
        compiled = GNUTranslations(file)
    assert {key: compiled.gettext(key) for key in source} == source


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_of_every_code(language: str) -> None:
    with translation.override("en"):
        english = {code: describe(APIException(code=code)).message for code in ErrorCode}
    with translation.override(language):
        for code in ErrorCode:
            assert describe(APIException(code=code)).message != english[code]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", GERMAN),
        ("de-at", GERMAN),
        ("de-xx", GERMAN),
        ("en", FAILED),
        ("en-gb", FAILED),
        ("xx", FAILED),
    ],
)
def test_languages_and_their_variants(language: str, expected: str) -> None:
    with translation.override(language):
        assert messages.gettext(FAILED) == expected
        assert str(messages.gettext_lazy(FAILED)) == expected


def test_no_language() -> None:
    with translation.override(None):
        assert messages.gettext(FAILED) == FAILED


def test_lazy_means_lazy() -> None:
    lazy = messages.gettext_lazy(FAILED)
    with translation.override("de"):
        assert str(lazy) == GERMAN
    assert str(lazy) == FAILED


def test_without_i18n(settings: Any) -> None:
    settings.USE_I18N = False
    settings.LANGUAGE_CODE = "de"
    assert messages.gettext(FAILED) == FAILED


def test_the_projects_own_words_win(settings: Any, tmp_path: Path) -> None:
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    compiled = (messages.LOCALE / "de" / "LC_MESSAGES" / "django.mo").read_bytes()
    # The same catalog with another word of the same length.
    ours, theirs = "Prüfung".encode(), b"Analyse "
    assert len(ours) == len(theirs)
    (folder / "django.mo").write_bytes(compiled.replace(ours, theirs))
    settings.LOCALE_PATHS = [str(tmp_path)]
    trans_real._translations.clear()  # type: ignore[attr-defined]
    try:
        with translation.override("de"):
            assert messages.gettext(FAILED) == GERMAN.replace("Prüfung", "Analyse ")
    finally:
        trans_real._translations.clear()  # type: ignore[attr-defined]
