"""Ids that say what they are of and sort by when they were made."""

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain.ids import new_id

_MOMENTS = st.datetimes(datetime(1970, 1, 2), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
_ENTROPY = st.integers(0, 2**90)


@given(_MOMENTS, _ENTROPY)
def test_an_id_is_its_prefix_and_26_characters(moment: datetime, entropy: int) -> None:
    """Crockford's base 32: no letter that looks like a digit."""
    assert re.fullmatch(r"dp_[0-9a-hjkmnp-tv-z]{26}", new_id("dp", moment, entropy))


@given(_MOMENTS, _ENTROPY, _ENTROPY, st.integers(1, 10**6))
def test_later_ids_sort_behind_earlier_ones(moment: datetime, one: int, other: int, later_ms: int) -> None:
    """A millisecond decides, whatever the entropy."""
    assert new_id("dp", moment, one) < new_id("dp", moment + timedelta(milliseconds=later_ms), other)


@given(_MOMENTS, st.integers(0, 2**80 - 1), st.integers(0, 2**80 - 1))
def test_entropy_keeps_ids_of_one_millisecond_apart(moment: datetime, one: int, other: int) -> None:
    """Equal only when both are."""
    assert (new_id("dp", moment, one) == new_id("dp", moment, other)) == (one == other)
