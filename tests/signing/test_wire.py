"""Dataclasses as JSON and back."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import AmountOutOfRange, Coins
from tradecoin.signing.wire import BadMessage, from_json, to_json


@dataclass(frozen=True)
class Parcel:
    """Something of every kind."""

    name: str
    number: int
    data: bytes
    at: datetime
    vouchers: tuple[Voucher, ...]


WORDS = st.binary(min_size=32, max_size=32)
COINS = st.integers(0, 2**128 - 1).map(Coins)
TIMES = st.datetimes(datetime(1971, 1, 1)).map(  # noqa: DTZ001 - hypothesis wants them naive
    lambda moment: moment.replace(tzinfo=UTC)
)
PARCELS = st.builds(
    Parcel,
    st.text(max_size=5),
    st.integers(-(2**255), 2**255),
    st.binary(max_size=9),
    TIMES,
    st.lists(st.builds(Voucher, WORDS, COINS, COINS, COINS, st.text(max_size=5), WORDS), max_size=3).map(tuple),
)
GOOD: dict[str, Any] = {
    "name": "n",
    "number": "1",
    "data": "0x01",
    "at": "2026-01-31T12:00:00Z",
    "vouchers": [],
}


@given(PARCELS)
def test_what_is_written_reads_back(parcel: Parcel) -> None:
    """Through real JSON, nothing is lost or rounded."""
    assert from_json(Parcel, json.loads(json.dumps(to_json(parcel)))) == parcel


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 1),
        ("name", None),
        ("number", 1),
        ("number", "1.0"),
        ("number", "1e3"),
        ("number", "9" * 79),
        ("data", "01"),
        ("data", "0x1"),
        ("data", []),
        ("at", "2026-01-31T12:00:00"),
        ("at", "2026-01-31T12:00:00+01:00"),
        ("at", "2026-02-31T12:00:00Z"),
        ("at", 5),
        ("vouchers", {}),
        ("vouchers", [1]),
        ("vouchers", [{}]),
    ],
)
def test_a_value_of_another_form_is_refused_with_its_place(field: str, value: object) -> None:
    """A party never guesses what was meant."""
    with pytest.raises(BadMessage, match=field):
        from_json(Parcel, GOOD | {field: value})


def test_a_field_too_many_or_too_few_is_refused() -> None:
    """A field that one side does not know might change the meaning."""
    shorter = {key: GOOD[key] for key in GOOD if key != "name"}
    others: list[object] = [GOOD | {"more": ""}, shorter, [], None]
    for changed in others:
        with pytest.raises(BadMessage, match="exactly these fields"):
            from_json(Parcel, changed)


def test_coins_beyond_the_type_are_refused() -> None:
    """Amounts stay what the contract can hold."""
    with pytest.raises(AmountOutOfRange):
        from_json(Coins, str(2**128))


def test_what_has_no_form_is_the_callers_error() -> None:
    """A float has no place in a message."""
    with pytest.raises(TypeError):
        to_json(0.5)
    with pytest.raises(TypeError):
        from_json(set, [])
