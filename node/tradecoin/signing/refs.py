"""Names that bank, node, contract and parties compute alike, so that none of them has to be believed.

Each hash starts with the hash of its own purpose, and every text enters as a hash, so that no two sets of fields meet.
"""

import hashlib
from datetime import datetime
from typing import Final

from tradecoin.domain import references
from tradecoin.domain.money import Coins
from tradecoin.signing.hashing import (
    address_bytes,
    address_word,
    bytes32,
    keccak,
    text_hash,
    uint_word,
    unix_rounded_down,
)

_DEPOSIT: Final = text_hash("tradecoin deposit")
_ISSUANCE: Final = text_hash("tradecoin issuance")
_PAYOUT: Final = text_hash("tradecoin payout")
_RETURN: Final = text_hash("tradecoin deposit return")
_EVIDENCE: Final = text_hash("tradecoin evidence")
_REFERENCE: Final = b"tradecoin payment reference"
_REFERENCE_BYTES: Final = 13
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NONCE_BYTES: Final = 16
"""Length of the nonce that opens a payment reference."""


def deposit_key(bank_id: str, account: str, bank_reference: str) -> bytes:
    """Return what the contract knows a credit by: bank, account and the bank's own reference of the entry.

    Spaces and case of the account make no difference. ValueError when one is empty: two credits would be one.
    """
    if not bank_id or not account or not bank_reference:
        raise ValueError("a deposit is known by its bank, account and entry reference; none may be empty")
    return keccak(_DEPOSIT + text_hash(bank_id) + text_hash(_compact(account)) + text_hash(bank_reference))


def claim_account(deposit: bytes) -> str:
    """Return the account text of a claim's leaf: the deposit key, which bank, node and auditors compute alike."""
    return f"0x{bytes32(deposit).hex()}"


def issuance_ref(chain_id: int, token: str, order_id: str, deposit: bytes, recipient: str, amount: Coins) -> bytes:
    """Return a mint order's word on chain; it commits to everything that the order decides."""
    words = (
        uint_word(chain_id),
        address_word(token),
        text_hash(order_id),
        bytes32(deposit),
        address_word(recipient),
        uint_word(amount.units),
    )
    return keccak(_ISSUANCE + b"".join(words))


def payout_hash(account: str, name: str, salt: bytes) -> bytes:
    """Return what a holder names on chain instead of the account to be paid; `salt` (32 bytes) hides it."""
    return keccak(_PAYOUT + text_hash(_compact(account)) + text_hash(name) + bytes32(salt))


def authorization_nonce(payout: bytes, salt: bytes, contract: str) -> bytes:
    """Return the ERC-3009 nonce that binds an authorization to its payout, as `NarrowBank.authorizationNonce` does."""
    return keccak(bytes32(payout) + bytes32(salt) + address_word(contract))


def payout_seed(chain_id: int, contract: str, request_id: int) -> bytes:
    """Return the 16 bytes that every EndToEndId of a redemption's payouts is written from."""
    return keccak(uint_word(chain_id) + address_word(contract) + uint_word(request_id))[:16]


def end_to_end_id(chain_id: int, contract: str, request_id: int, attempt: int) -> str:
    """Return the bank's id of a redemption's payout: "R", 26 characters of base32, "-", the attempt counted from 1."""
    return references.end_to_end_id(payout_seed(chain_id, contract, request_id), attempt)


def deposit_return_id(deposit: bytes, attempt: int) -> str:
    """Return the bank's id of sending a deposit back: as `end_to_end_id`, of the deposit key, with "D" in front."""
    seed = keccak(_RETURN + bytes32(deposit))[:16]
    return f"D{references.end_to_end_id(seed, attempt)[1:]}"


def payment_reference(recipient: str, nonce: bytes) -> str:
    """Return the RF reference (ISO 11649) that commits to who gets the coins.

    Its 21 characters are base 36 of the first 13 bytes of sha256("tradecoin payment reference" ‖ recipient ‖ nonce),
    the recipient as 20 bytes, the nonce 16. A payer's credit that carries it names the recipient by itself; a bank
    signer who is given the nonce recomputes it.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError(f"the nonce of a payment reference has {NONCE_BYTES} bytes, not {len(nonce)}")
    digest = hashlib.sha256(_REFERENCE + address_bytes(recipient) + nonce).digest()
    return references.rf(_base36(int.from_bytes(digest[:_REFERENCE_BYTES], "big")).rjust(21, "0"))


def evidence_hash(
    bank_id: str, account: str, *, cut: datetime, reserves: Coins, block_number: int, block_hash: str
) -> bytes:
    """Return what an attestation names as its evidence: the account, its balance at the cut, and the block.

    `block_hash` is 0x and 64 hexadecimal digits.
    """
    words = (
        text_hash(bank_id),
        text_hash(_compact(account)),
        uint_word(unix_rounded_down(cut)),
        uint_word(reserves.units),
        uint_word(block_number),
        bytes32(bytes.fromhex(block_hash.removeprefix("0x"))),
    )
    return keccak(_EVIDENCE + b"".join(words))


def _compact(account: str) -> str:
    """Write an account number as one word in capitals."""
    return account.replace(" ", "").upper()


def _base36(number: int) -> str:
    """Write a number with the digits 0 to 9 and A to Z."""
    digits = []
    while number:
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
