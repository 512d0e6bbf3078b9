"""EIP-712 digests against eth-account."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from eth_account.messages import _hash_eip191_message, encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import Coins
from tradecoin.signing.hashing import checksum_address
from tradecoin.signing.typed import (
    Domain,
    TypedMessage,
    attestation_digest,
    permit,
    receive_authorization,
    transfer_authorization,
    vouchers_digest,
)

ADDRESSES = st.binary(min_size=20, max_size=20).map(checksum_address)
WORDS = st.binary(min_size=32, max_size=32)
COINS = st.integers(0, 2**128 - 1).map(Coins)
TIMES = st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1)).map(  # noqa: DTZ001 - hypothesis wants them naive
    lambda moment: moment.replace(tzinfo=UTC)
)
SETS = st.integers(0, 2**32 - 1)
VOUCHERS = st.lists(st.builds(Voucher, WORDS, COINS, COINS, COINS, ADDRESSES, WORDS), max_size=4)
DOMAINS = st.builds(Domain, st.sampled_from(["NarrowBank", "Reserves"]), st.integers(1, 2**256 - 1), ADDRESSES)

VOUCHER_TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Voucher": [
        {"name": "deposit", "type": "bytes32"},
        {"name": "value", "type": "uint128"},
        {"name": "offset", "type": "uint128"},
        {"name": "amount", "type": "uint128"},
        {"name": "to", "type": "address"},
        {"name": "order", "type": "bytes32"},
    ],
    "Vouchers": [
        {"name": "set", "type": "uint32"},
        {"name": "expiry", "type": "uint48"},
        {"name": "vouchers", "type": "Voucher[]"},
    ],
}
ATTESTATION_TYPES = {
    "EIP712Domain": VOUCHER_TYPES["EIP712Domain"],
    "Attestation": [
        {"name": "set", "type": "uint32"},
        {"name": "prev", "type": "bytes32"},
        {"name": "reserves", "type": "uint128"},
        {"name": "encumbered", "type": "uint128"},
        {"name": "settling", "type": "uint128"},
        {"name": "claims", "type": "uint128"},
        {"name": "claimsRoot", "type": "bytes32"},
        {"name": "evidence", "type": "bytes32"},
        {"name": "cut", "type": "uint48"},
    ],
}


def judged(message: dict[str, Any]) -> bytes:
    """Return the digest as eth-account computes it."""
    return bytes(_hash_eip191_message(encode_typed_data(full_message=message)))


@given(DOMAINS, SETS, TIMES, VOUCHERS)
def test_a_batch_of_vouchers_has_the_digest_of_the_judge(
    domain: Domain, signer_set: int, expires_at: datetime, vouchers: list[Voucher]
) -> None:
    """The nested array is hashed as EIP-712 says."""
    message = {
        "set": signer_set,
        "expiry": int(expires_at.replace(microsecond=0).timestamp()),
        "vouchers": [
            {
                "deposit": each.deposit,
                "value": each.value.units,
                "offset": each.offset.units,
                "amount": each.amount.units,
                "to": each.to,
                "order": each.order,
            }
            for each in vouchers
        ],
    }
    whole = {"types": VOUCHER_TYPES, "primaryType": "Vouchers", "domain": domain.as_dict(), "message": message}
    digest = vouchers_digest(domain, signer_set=signer_set, expires_at=expires_at, vouchers=vouchers)
    assert digest == judged(whole)


@given(DOMAINS, SETS, WORDS, COINS, COINS, COINS, COINS, WORDS, WORDS, TIMES)
def test_an_attestation_has_the_digest_of_the_judge(
    domain: Domain,
    signer_set: int,
    prev: bytes,
    reserves: Coins,
    encumbered: Coins,
    settling: Coins,
    claims: Coins,
    root: bytes,
    evidence: bytes,
    cut: datetime,
) -> None:
    """Field by field, in the contract's order."""
    message = {
        "set": signer_set,
        "prev": prev,
        "reserves": reserves.units,
        "encumbered": encumbered.units,
        "settling": settling.units,
        "claims": claims.units,
        "claimsRoot": root,
        "evidence": evidence,
        "cut": int(cut.replace(microsecond=0).timestamp()),
    }
    whole = {"types": ATTESTATION_TYPES, "primaryType": "Attestation", "domain": domain.as_dict(), "message": message}
    digest = attestation_digest(
        domain,
        signer_set=signer_set,
        prev=prev,
        reserves=reserves,
        encumbered=encumbered,
        settling=settling,
        claims=claims,
        claims_root=root,
        evidence=evidence,
        cut=cut,
    )
    assert digest == judged(whole)


@given(ADDRESSES, ADDRESSES, ADDRESSES, COINS, st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1), WORDS)
def test_what_wallets_are_asked_to_sign_has_the_digest_that_the_token_checks(
    token: str, holder: str, other: str, value: Coins, first: int, second: int, nonce: bytes
) -> None:
    """The dictionary goes through JSON to the wallet; both sides must come to the same 32 bytes."""
    domain = Domain("Narrow Dollar", 31337, token)
    times = {"valid_after": first, "valid_before": second, "nonce": nonce}
    messages: list[TypedMessage] = [
        receive_authorization(domain, holder=holder, to=other, value=value, **times),  # type: ignore[arg-type]
        transfer_authorization(domain, holder=holder, to=other, value=value, **times),  # type: ignore[arg-type]
        permit(domain, owner=holder, spender=other, value=value, nonce=first, deadline=second),
    ]
    assert [message.digest for message in messages] == [judged(message.as_dict()) for message in messages]


def test_another_contract_chain_or_set_is_another_digest() -> None:
    """A signature counts in one place, for one set of signers."""
    here, there = checksum_address(b"\1" * 20), checksum_address(b"\2" * 20)
    soon = datetime(2026, 1, 1, tzinfo=UTC)
    domains = [Domain("NarrowBank", 1, here), Domain("NarrowBank", 2, here), Domain("NarrowBank", 1, there)]
    digests = {vouchers_digest(domain, signer_set=1, expires_at=soon, vouchers=()) for domain in domains}
    digests.add(vouchers_digest(domains[0], signer_set=2, expires_at=soon, vouchers=()))
    digests.add(vouchers_digest(domains[0], signer_set=1, expires_at=soon + timedelta(seconds=1), vouchers=()))
    assert len(digests) == 5


@pytest.mark.parametrize(("kind", "value"), [("uint48", 1 << 48), ("uint32", "7"), ("address", b"\0"), ("bytes32", "")])
def test_a_value_that_does_not_fit_its_type_has_no_digest(kind: str, value: int | str | bytes) -> None:
    """Nothing is cut or padded on the way to a signature."""
    domain = Domain("Reserves", 1, checksum_address(b"\1" * 20))
    with pytest.raises((TypeError, ValueError)):
        _ = TypedMessage(domain, "Odd", (("field", kind),), (value,)).digest
