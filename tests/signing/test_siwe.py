"""Sign-in messages: written and read in one form, signed as personal messages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.signing.hashing import BadAddress
from tradecoin.signing.keys import BadSignature, Key
from tradecoin.signing.siwe import BadSignIn, SignIn, compact, personal_digest, read_sign_in, recover_personal

KEY = Key(b"\x07" * 32)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MESSAGE = SignIn(
    "node.example", KEY.address, "https://node.example", 31337, "a1b2c3d4e5", NOON, NOON + timedelta(hours=1)
)


def _long(signature: bytes) -> bytes:
    """Write a signature in the 65 bytes that wallets give."""
    parity = signature[32] >> 7
    return signature[:32] + bytes([signature[32] & 0x7F]) + signature[33:] + bytes([27 + parity])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1", "Version: 2"),
        ("\n\nURI", "\nURI"),
        ("Nonce: ", "Nonce:  "),
        ("I control", "I do not control"),
        ("T12:00:00.000Z", "T12:00:00Z"),
        ("2026-11-02", "2026-13-02"),
        ("Chain ID: 31337", "Chain ID: 031337"),
        ("wants you", "Wants you"),
    ],
)
def test_a_message_of_another_form_is_not_read(old: str, new: str) -> None:
    """One character is enough to be refused."""
    text = MESSAGE.text()
    assert old in text
    with pytest.raises(BadSignIn):
        read_sign_in(text.replace(old, new, 1))


def test_an_address_with_wrong_capitals_is_not_read() -> None:
    """The checksum of ERC-55 is part of the form; one in small letters is another text than was given."""
    swapped = KEY.address[:2] + KEY.address[2:].swapcase()
    with pytest.raises(BadAddress):
        read_sign_in(replace(MESSAGE, address=swapped).text())
    with pytest.raises(BadSignIn):
        read_sign_in(replace(MESSAGE, address=KEY.address.lower()).text())


def test_something_behind_the_message_is_not_ignored() -> None:
    """Resources, request ids and line ends are no part of what we ask to sign."""
    for tail in ("\n", "\nRequest ID: 1", " "):
        with pytest.raises(BadSignIn):
            read_sign_in(MESSAGE.text() + tail)


@given(st.integers(min_value=1, max_value=10**18), st.integers(min_value=0, max_value=10**9))
def test_what_is_written_is_read_back(chain_id: int, seconds: int) -> None:
    """Every message that we give can be read by us."""
    message = replace(MESSAGE, chain_id=chain_id, issued_at=NOON + timedelta(seconds=seconds))
    assert read_sign_in(message.text()) == message


def test_both_forms_of_a_signature_recover_the_signer() -> None:
    """64 bytes as ours, 65 as wallets give them, with 27 and 28 or 0 and 1."""
    signature = KEY.sign(personal_digest("hello"))
    long = _long(signature)
    assert recover_personal("hello", signature) == KEY.address
    assert recover_personal("hello", long) == KEY.address
    assert recover_personal("hello", long[:64] + bytes([long[64] - 27])) == KEY.address
    assert recover_personal("hellp", long) != KEY.address


def test_the_digest_is_that_of_wallets() -> None:
    """ERC-191 counts bytes, not characters; the value is that of eth_account for the same text."""
    from eth_account.messages import _hash_eip191_message, encode_defunct

    for text in ("hello", "grün", ""):
        assert personal_digest(text) == bytes(_hash_eip191_message(encode_defunct(text=text)))


@pytest.mark.parametrize("length", [0, 63, 66, 130])
def test_a_signature_of_another_length_is_refused(length: int) -> None:
    """Neither shorter nor longer is a signature."""
    with pytest.raises(BadSignature):
        compact(bytes(length))


def test_a_signature_with_another_parity_or_a_high_s_is_refused() -> None:
    """A signature has one form; its mirror image is not another one."""
    long = _long(KEY.sign(personal_digest("hello")))
    with pytest.raises(BadSignature):
        compact(long[:64] + b"\x02")
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    mirrored = (order - int.from_bytes(long[32:64], "big")).to_bytes(32, "big")
    with pytest.raises(BadSignature):
        recover_personal("hello", long[:32] + mirrored + bytes([55 - long[64]]))
