"""The texts of our own, in the request's language, whether or not an app of ours is installed."""

from __future__ import annotations

from functools import lru_cache
from gettext import NullTranslations, translation
from pathlib import Path

from django.conf import settings
from django.utils.functional import lazy
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as project_gettext

__all__ = ["gettext", "gettext_lazy"]

LOCALE = Path(__file__).parent / "locale"


def gettext(message: str) -> str:
    """Return *message* in the active language.

    A translation in one of the project's own catalogs (``LOCALE_PATHS``, installed apps) wins over
    ours. Django would read ours only from an installed app; an exception handler is used without.
    """
    translated = project_gettext(message)
    language = get_language()
    if translated != message or not language or not settings.USE_I18N:
        return translated
    return _catalog(language).gettext(message)


@lru_cache(maxsize=128)
def _catalog(language: str) -> NullTranslations:
    # gettext itself goes from de_AT to de.
    return translation("django", LOCALE, [to_locale(language)], fallback=True)


gettext_lazy = lazy(gettext, str)
