"""Words, addresses and times."""

from datetime import UTC, datetime, timedelta

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak as judge
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.signing.hashing import (
    BadAddress,
    address_bytes,
    address_word,
    bytes32,
    checksum_address,
    keccak,
    uint_word,
    unix_rounded_down,
)

GOOD = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.mark.parametrize("text", ["", "0x", GOOD[:-1], GOOD + "0", GOOD[2:], GOOD.replace("5a", "5g"), GOOD.swapcase()])
def test_a_text_that_is_no_address_is_refused(text: str) -> None:
    """Neither length nor digits are guessed."""
    with pytest.raises(BadAddress):
        address_bytes(text)


def test_a_mistyped_checksum_is_refused() -> None:
    """Mixed capitals are a checksum, and a wrong one is a typing error."""
    with pytest.raises(BadAddress):
        address_bytes(GOOD.replace("aA", "AA"))


@given(st.binary(min_size=20, max_size=20))
def test_checksums_are_those_of_the_judge(raw: bytes) -> None:
    """ERC-55 as everybody writes it, and it reads back in any case."""
    written = checksum_address(raw)
    assert written == to_checksum_address(raw)
    assert address_bytes(written) == address_bytes(written.lower()) == raw


@given(st.binary(max_size=300))
def test_the_hash_is_that_of_the_judge(data: bytes) -> None:
    """Keccak-256, not SHA3-256."""
    assert keccak(data) == judge(data)


@pytest.mark.parametrize(("value", "bits"), [(-1, 256), (1 << 256, 256), (1 << 48, 48), (1 << 32, 32)])
def test_a_number_beyond_its_type_has_no_word(value: int, bits: int) -> None:
    """A number is never cut to fit."""
    with pytest.raises(ValueError, match="is no uint"):
        uint_word(value, bits)


def test_bytes_of_another_length_have_no_word() -> None:
    """Padding would make two values one."""
    with pytest.raises(ValueError, match="32 bytes"):
        bytes32(b"short")


def test_a_naive_time_has_no_second() -> None:
    """A time without its zone is a guess."""
    with pytest.raises(ValueError, match="zone"):
        unix_rounded_down(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


def test_seconds_are_rounded_down() -> None:
    """A cut within a second counts as that second's start, before and after 1970."""
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=999_999)
    assert unix_rounded_down(moment) == 1767225600
    assert unix_rounded_down(datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)) == -1


def test_an_address_word_is_padded_on_the_left() -> None:
    """As the contract ABI lays it out."""
    assert address_word(GOOD) == bytes(12) + bytes.fromhex(GOOD[2:])
