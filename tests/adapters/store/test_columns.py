"""How values lie in columns."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.adapters.store.columns import field_form, milliseconds, moment_text
from tradecoin.adapters.store.documents import converters, pack_args

MOMENTS = st.datetimes(
    datetime(1000, 1, 2),  # noqa: DTZ001
    datetime(9999, 1, 1),  # noqa: DTZ001
    timezones=st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


def test_a_type_without_a_form_is_refused() -> None:
    """A float, or a dict in a column, is a mistake of the program that shows when it starts."""
    for hint in (float, dict, tuple[float, ...]):
        with pytest.raises(TypeError):
            field_form(hint, "sqlite")
    with pytest.raises(TypeError):
        converters(float)


def test_an_argument_without_a_form_is_refused() -> None:
    """An event holds numbers, text, bytes and sequences of them."""
    with pytest.raises(TypeError):
        pack_args({"x": 1.5})


def test_a_naive_moment_is_refused() -> None:
    """A time without a zone is not a time."""
    with pytest.raises(TypeError):
        moment_text(datetime(2026, 1, 1))  # noqa: DTZ001


@given(MOMENTS, MOMENTS)
def test_moments_as_text_sort_as_time(one: datetime, other: datetime) -> None:
    """The text has one width, and its order is that of the moments cut to milliseconds."""
    texts = moment_text(one), moment_text(other)
    assert {len(each) for each in texts} == {24}
    assert (texts[0] < texts[1]) == (milliseconds(one) < milliseconds(other))
    assert datetime.fromisoformat(texts[0]) == milliseconds(one)
    assert milliseconds(one).tzinfo is UTC
