"""A reader gives DRF's answer, whichever of its two ways it takes."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import fields as drf
from rest_framework.exceptions import ValidationError

from restflow.filters.readers import (
    BLANK,
    MAX_LENGTH,
    checked,
    is_user_code,
    list_reader,
    range_reader,
    reader_of,
)

FIELDS: list[drf.Field[Any, Any, Any, Any]] = [
    drf.CharField(),
    drf.CharField(max_length=4, trim_whitespace=False),
    drf.EmailField(),
    drf.IntegerField(),
    drf.IntegerField(min_value=-3, max_value=300),
    drf.FloatField(max_value=10.5),
    drf.DecimalField(max_digits=5, decimal_places=2),
    drf.DecimalField(max_digits=5, decimal_places=0, min_value=Decimal(2)),
    drf.DecimalField(max_digits=2, decimal_places=2),
    drf.DecimalField(max_digits=100, decimal_places=None),
    drf.BooleanField(),
    drf.DateField(),
    drf.DateField(input_formats=["%d/%m/%Y"]),
    drf.DateTimeField(),
    drf.TimeField(),
    drf.DurationField(),
    drf.UUIDField(),
    drf.IPAddressField(),
    drf.ChoiceField(choices=[(1, "one"), ("a", "A"), (True, "yes")]),
]
ODD = [
    *(
        "true",
        "True",
        "TRUE",
        "t",
        "yes",
        "on",
        "0",
        "1",
        "null",
        "nan",
        "inf",
        "-Infinity",
    ),
    *(
        "1" * 31,
        "0" * 40 + "1",
        "٣",
        "½",
        "²",
        "\ud800",
        "a\0",
        "{",
        "9" * 999,
        "01/02/2020",
    ),
]
spellings = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"\s?[-+]?[0-9_]{1,8}(\.[0-9]{0,4})?(e[0-9]{1,3})?\s?", fullmatch=True),
    st.dates().map(str),
    st.datetimes().map(str),
    st.times().map(str),
    st.uuids().map(str),
    st.ip_addresses().map(str),
    st.emails(),
    st.sampled_from(ODD),
    st.integers() | st.booleans() | st.floats() | st.dates() | st.lists(st.integers()),
)


def answer(read: Any, raw: Any) -> Any:
    try:
        value = read(raw)
    except ValidationError as error:
        return error.get_codes()
    except OverflowError:  # DRF lets it escape for times in the year 1 and 9999
        return ["overflow"]
    return (type(value), repr(value) if value != value else value)


@pytest.mark.parametrize("field", FIELDS, ids=repr)
@given(raw=spellings)
def test_a_reader_answers_as_drf(field: drf.Field[Any, Any, Any, Any], raw: Any) -> None:
    expected = answer(field.run_validation, raw)
    found = answer(reader_of(field), raw)
    if found == ["overflow"] and isinstance(field, drf.DateTimeField):
        return  # further than DRF: no time that a database cannot hold in UTC
    assert found == expected


@pytest.mark.parametrize("field", FIELDS, ids=repr)
def test_odd_spellings_are_answered_as_by_drf(field: drf.Field[Any, Any, Any, Any]) -> None:
    for raw in (*ODD, "301", "-4", "10.6", "1e3", "1000.00", "0.001", "abcde", " a ", ""):
        assert answer(reader_of(field), raw) == answer(field.run_validation, raw), raw


@pytest.mark.parametrize("raw", ["0001-01-01T00:00", "9999-12-31T23:59:59"])
def test_a_time_beyond_the_years_is_refused(raw: str) -> None:
    read = reader_of(drf.DateTimeField())
    zone = "Asia/Tokyo" if raw.startswith("0001") else "America/New_York"
    with override_settings(TIME_ZONE=zone), pytest.raises(ValidationError):
        read(raw)
    with override_settings(TIME_ZONE="UTC"):
        assert read(raw).year in (1, 9999)


def test_a_python_time_is_held_to_the_same_years() -> None:
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        zone = timezone.get_current_timezone()
        with pytest.raises(ValidationError, match="out of range"):
            reader_of(drf.DateTimeField())(datetime.datetime(1, 1, 1, tzinfo=zone))


def test_validators_run_whatever_the_spelling() -> None:
    def even(value: int) -> None:
        if value % 2:
            raise ValidationError("Odd.")

    read = reader_of(drf.IntegerField(validators=[even]))
    assert read("2") == 2
    with pytest.raises(ValidationError, match="Odd"):
        read("3")
    assert is_user_code(drf.IntegerField(validators=[even]))
    assert not is_user_code(drf.IntegerField(min_value=1))


def test_an_overridden_field_is_asked() -> None:
    class Doubled(drf.IntegerField):
        def to_internal_value(self, data: Any) -> int:
            return 2 * super().to_internal_value(data)

    assert reader_of(Doubled())("4") == 8
    assert is_user_code(Doubled())


def test_values_of_no_sane_length_are_not_even_looked_at() -> None:
    with pytest.raises(ValidationError, match=f"no more than {MAX_LENGTH} characters"):
        checked(drf.ChoiceField(choices=["a"]))("a" * (MAX_LENGTH + 1))


def test_lists_are_split_capped_and_distinct() -> None:
    read = list_reader(reader_of(drf.IntegerField()), ",", 4)
    assert read(["1,2", "2, 3,"]) == [1, 2, 3]
    assert read([[4, 5]]) == [4, 5]
    assert read([" , ", ""]) is BLANK
    for sent in (["1,2,3,4,5"], ["1", "2", "3", "4", "5"], ["1,2,3", "4,5"], [",,,,,"]):
        with pytest.raises(ValidationError, match="no more than 4 items"):
            read(sent)
    assert list_reader(str, None, 3)(["a,b", "c"]) == ["a,b", "c"]
    assert list_reader(str, ";", 3)(["a,b;c"]) == ["a,b", "c"]


def test_a_range_takes_two_values() -> None:
    read = range_reader(reader_of(drf.DateField()), ",")
    day = datetime.date(2020, 1, 1)
    assert read(["2020-01-01,2020-01-01"]) == (day, day)
    assert read(["2020-01-01", "2020-01-01"]) == (day, day)
    assert read([","]) is BLANK
    for sent in (["2020-01-01"], ["2020-01-01,2020-01-02,2020-01-03"]):
        with pytest.raises(ValidationError, match="two values"):
            read(sent)
