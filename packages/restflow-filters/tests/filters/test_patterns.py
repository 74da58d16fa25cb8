"""Which regular expressions clients may send."""

from __future__ import annotations

import re

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from restflow.filters.patterns import MAX_LENGTH, objection


@pytest.mark.parametrize(
    "pattern",
    [
        "abc",
        "^ab+c$",
        "a.*b",
        "[a-z0-9_]+",
        "[^a-c ]x?",
        "a|^b$",
        "\\.\\*",
        "é+",
        "a\\\\|b",
        "a\\|b",
    ],
)
def test_allowed(pattern: str) -> None:
    assert objection(pattern) is None
    re.compile(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            "(a+)+$",
            "(?i)a",
            "a{9}",
            "a**",
            "a+?",
            "*a",
            "^*",
            "[",
            "[]",
            "[z-a]",
            "\\d",
            "a|",
            "|a",
        ),
        *("", "^", "$", "a*b*c*d*", "x" * (MAX_LENGTH + 1), "\\", "[[:alpha:]]", "***=a", "a)"),
    ],
)
def test_refused(pattern: str) -> None:
    assert objection(pattern)


@pytest.mark.django_db(databases="__all__")
@given(pattern=st.text(alphabet="ab.*+?^$|[]-\\() 0", min_size=1, max_size=8))
def test_what_is_allowed_means_the_same_everywhere(alias: str, pattern: str) -> None:
    if objection(pattern) is not None:
        return
    text = "ab 0 aab"
    postgres = connections[alias].vendor == "postgresql"
    query = "SELECT %s::text ~ %s" if postgres else "SELECT %s REGEXP %s"
    with connections[alias].cursor() as cursor:
        cursor.execute(query, [text, pattern])
        assert bool(cursor.fetchone()[0]) is bool(re.search(pattern, text))


def test_repetitions_cannot_multiply() -> None:
    """The work of a failing match grows with each repetition, so there are few."""
    assert objection("a*a*a*b") is None
    assert objection("a*a*a*a*b")
