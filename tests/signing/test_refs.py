"""Names that all sides compute alike."""

import hashlib
from datetime import UTC, datetime

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak as judge
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain.money import Coins
from tradecoin.domain.references import is_rf
from tradecoin.signing import refs
from tradecoin.signing.hashing import checksum_address

HERE, THERE = checksum_address(b"\1" * 20), checksum_address(b"\2" * 20)
WORDS = st.binary(min_size=32, max_size=32)
ADDRESSES = st.binary(min_size=20, max_size=20).map(checksum_address)
TEXTS = st.text(min_size=1, max_size=12)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_fields_of_a_deposit_cannot_run_together(bank: str, account: str, reference: str, moved: str) -> None:
    """Letters that move from one field to the next make another deposit."""
    key = refs.deposit_key(bank, account, moved + reference)
    assert key != refs.deposit_key(bank, account + moved, reference)
    assert key != refs.deposit_key(bank + moved, account, reference)


@pytest.mark.parametrize("fields", [("", "A", "1"), ("B", "", "1"), ("B", "A", "")])
def test_a_deposit_without_a_name_has_no_key(fields: tuple[str, str, str]) -> None:
    """Two credits without a reference would be one."""
    with pytest.raises(ValueError, match="none may be empty"):
        refs.deposit_key(*fields)


def test_an_account_is_the_same_however_it_is_written() -> None:
    """Spaces and small letters of an IBAN carry nothing; those of a reference do."""
    assert refs.deposit_key("B", "de89 3704", "x") == refs.deposit_key("B", "DE893704", "x")
    assert refs.deposit_key("B", "DE893704", "x") != refs.deposit_key("B", "DE893704", "X")


@given(st.integers(1, 2**64), ADDRESSES, TEXTS, WORDS, ADDRESSES, st.integers(0, 2**128 - 1))
def test_an_issuance_reference_is_the_abi_hash_of_its_parts(
    chain_id: int, token: str, order: str, deposit: bytes, recipient: str, amount: int
) -> None:
    """Anyone can recompute it with any ABI encoder."""
    kinds = ["bytes32", "uint256", "address", "bytes32", "bytes32", "address", "uint256"]
    parts = [judge(text="tradecoin issuance"), chain_id, token, judge(text=order), deposit, recipient, amount]
    got = refs.issuance_ref(chain_id, token, order, deposit, recipient, Coins(amount))
    assert got == judge(encode(kinds, parts))


@given(WORDS, WORDS, ADDRESSES)
def test_the_authorization_nonce_is_that_of_the_contract(payout: bytes, salt: bytes, contract: str) -> None:
    """keccak256(abi.encode(payout, salt, this))."""
    expected = judge(encode(["bytes32", "bytes32", "address"], [payout, salt, contract]))
    assert refs.authorization_nonce(payout, salt, contract) == expected


def test_a_payout_hash_hides_and_binds() -> None:
    """Another account, name or salt is another hash."""
    salts = b"\1" * 32, b"\2" * 32
    hashes = {refs.payout_hash(*each) for each in (("A", "N", salts[0]), ("B", "N", salts[0]), ("A", "M", salts[0]))}
    assert len(hashes | {refs.payout_hash("A", "N", salts[1])}) == 4
    assert refs.payout_hash("de 89", "N", salts[0]) == refs.payout_hash("DE89", "N", salts[0])


@given(st.integers(1, 2**64), ADDRESSES, st.integers(0, 2**256 - 1), st.integers(1, 9_999_999))
def test_a_payout_id_fits_the_bank_and_differs_by_attempt(
    chain_id: int, contract: str, request_id: int, attempt: int
) -> None:
    """At most 35 characters that every bank takes; attempts share all but their number."""
    first = refs.end_to_end_id(chain_id, contract, request_id, 1)
    text = refs.end_to_end_id(chain_id, contract, request_id, attempt)
    assert len(text) <= 35
    assert text.split("-") == [first.split("-")[0], str(attempt)]
    assert text[0] == "R"
    assert text.replace("-", "").isalnum()


def test_a_deposit_return_is_told_from_a_payout() -> None:
    """It starts with D and names its deposit."""
    ids = {refs.deposit_return_id(bytes([byte]) * 32, attempt) for byte in (1, 2) for attempt in (1, 2)}
    assert len(ids) == 4
    assert all(each[0] == "D" and len(each) <= 35 for each in ids)


@given(st.binary(min_size=20, max_size=20), st.binary(min_size=16, max_size=16))
def test_a_payment_reference_is_valid_and_can_be_recomputed(recipient: bytes, nonce: bytes) -> None:
    """25 characters, check digits right, and the body is the stated hash in base 36."""
    reference = refs.payment_reference(checksum_address(recipient), nonce)
    body = hashlib.sha256(b"tradecoin payment reference" + recipient + nonce).digest()[:13]
    assert is_rf(reference)
    assert len(reference) == 25
    assert int(reference[4:], 36) == int.from_bytes(body, "big")


def test_another_recipient_is_another_reference() -> None:
    """A payer's reference cannot be turned to somebody else."""
    nonce = b"\3" * 16
    assert refs.payment_reference(HERE, nonce) != refs.payment_reference(THERE, nonce)
    assert refs.payment_reference(HERE, nonce) == refs.payment_reference(HERE.lower(), nonce)


def test_a_nonce_of_another_length_is_refused() -> None:
    """A short nonce would let a recipient be guessed."""
    with pytest.raises(ValueError, match="16 bytes"):
        refs.payment_reference(HERE, b"short")


def test_evidence_names_account_cut_balance_and_block() -> None:
    """Each of them changes it."""
    cut, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    one, two = "0x" + "11" * 32, "0x" + "22" * 32

    def evidence(bank: str, account: str, moment: datetime, reserves: int, number: int, block: str) -> bytes:
        return refs.evidence_hash(
            bank, account, cut=moment, reserves=Coins(reserves), block_number=number, block_hash=block
        )

    made = {
        evidence("B", "A", cut, 1, 1, one),
        evidence("C", "A", cut, 1, 1, one),
        evidence("B", "B", cut, 1, 1, one),
        evidence("B", "A", later, 1, 1, one),
        evidence("B", "A", cut, 2, 1, one),
        evidence("B", "A", cut, 1, 2, one),
        evidence("B", "A", cut, 1, 1, two),
    }
    assert len(made) == 7


def test_a_claims_account_is_its_deposit_key() -> None:
    """Bank, node and auditors need no other name for it."""
    assert refs.claim_account(b"\xab" * 32) == "0x" + "ab" * 32
