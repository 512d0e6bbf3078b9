"""Transactions as bytes."""

from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.chain.kit import ADDRESSES, KEYS, node_keys
from tradecoin.adapters.chain.tx import create_address
from tradecoin.ports.chain import TxFields

_wei = st.integers(0, 2**96)
_fields = st.builds(
    TxFields,
    chain_id=st.integers(1, 2**40),
    nonce=st.integers(0, 2**40),
    to=st.sampled_from(list(ADDRESSES.values())),
    data=st.binary(max_size=300),
    value=_wei,
    gas_limit=st.integers(21_000, 30_000_000),
    max_fee=_wei,
    priority_fee=st.integers(0, 2**60),
)


@given(_fields)
def test_a_signed_transaction_is_byte_for_byte_what_eth_account_signs(fields: TxFields) -> None:
    """Another library is the judge of our RLP, our hash and our signature."""
    raw, hash_ = node_keys().sign("relay", fields)
    theirs = Account.sign_transaction(
        {
            "type": 2,
            "chainId": fields.chain_id,
            "nonce": fields.nonce,
            "to": fields.to,
            "data": fields.data,
            "value": fields.value,
            "gas": fields.gas_limit,
            "maxFeePerGas": fields.max_fee,
            "maxPriorityFeePerGas": fields.priority_fee,
        },
        KEYS["relay"],
    )
    assert (raw, hash_) == (bytes(theirs.raw_transaction), "0x" + theirs.hash.hex().removeprefix("0x"))


def test_a_contract_lives_where_its_creator_and_nonce_say() -> None:
    """The address of the first contract of the best known devnet account is known to the whole world."""
    assert create_address(ADDRESSES["deployer"], 0) == "0x5FbDB2315678afecb367f032d93F642f64180aa3"
