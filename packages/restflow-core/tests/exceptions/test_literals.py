"""Reading errors back from their Python repr."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
from django.core.exceptions import ValidationError as DjangoValidationError
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework.exceptions import ErrorDetail, ValidationError

from restflow.exceptions.literals import MAX_LENGTH, read_back

MESSAGES = st.text(max_size=20)
TREES = st.recursive(
    st.builds(ErrorDetail, MESSAGES, st.text("abc_", max_size=5)),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(MESSAGES, inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


@given(TREES)
def test_what_drf_says_of_its_own_exceptions(tree: Any) -> None:
    detail = ValidationError(tree).detail
    found = read_back(str(detail))
    assert found == detail
    assert repr(found) == repr(detail)  # ErrorDetail equals a str; its code counts too


@given(st.lists(MESSAGES, min_size=1) | st.dictionaries(MESSAGES, st.lists(MESSAGES, min_size=1)))
def test_what_django_says_of_its_own_exceptions(messages: Any) -> None:
    error = DjangoValidationError(messages)
    expected = error.message_dict if isinstance(messages, dict) else error.messages
    found = read_back(str(error))
    assert found == expected or not expected


@given(st.text("[]{}()'\"\\\n, :0123456789xuUNTrueFalsNoderilDtg=cobj<>at") | st.text())
@example("['\\d']")
@example("['a', 1or 2]")
def test_any_text_is_survived_in_silence(text: str) -> None:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        read_back(text)
    assert not warned


@pytest.mark.parametrize(
    "text",
    [
        "Enter a number.",
        "",
        "(see the docs)",
        "(5)",
        "('five')",
        "5",
        "[10, 20]",
        "[",
        "['unclosed",
        "['a' for b]",
        "['a']['b']",
        "{['a']: 'b'}",
        "ErrorDetail(string='a')",
        "['\\d']",
        "__import__('os')",
        "[__import__('os')]",
        "ErrorDetail('x', 'y')",
        "ErrorDetail(string=[",
        "'quoted'",
        "<b>bold</b>",
        "[" * 5000,
        "['" + "a" * MAX_LENGTH + "']",
    ],
)
def test_texts_that_people_wrote_stay(text: str) -> None:
    assert read_back(text) == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, "true"),
        (object(), None),
        ({"only"}, ["only"]),
        (("a", "b"), ["a", "b"]),
        (lambda: None, None),
    ],
)
def test_other_values(value: Any, expected: Any) -> None:
    assert read_back(str(value)) == expected
