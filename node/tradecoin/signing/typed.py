"""EIP-712: domains and typed messages, as digests and as the dictionaries that wallets are asked to sign.

The types are those of the contracts NarrowBank, Reserves and Token (ERC-2612 permit, ERC-3009 authorizations).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, TypeAlias

from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import Coins
from tradecoin.signing.hashing import address_word, bytes32, keccak, text_hash, uint_word, unix_rounded_down

Field: TypeAlias = tuple[str, str]
Value: TypeAlias = int | str | bytes

_DOMAIN_FIELDS: Final[tuple[Field, ...]] = (
    ("name", "string"),
    ("version", "string"),
    ("chainId", "uint256"),
    ("verifyingContract", "address"),
)
_VOUCHER_FIELDS: Final[tuple[Field, ...]] = (
    ("deposit", "bytes32"),
    ("value", "uint128"),
    ("offset", "uint128"),
    ("amount", "uint128"),
    ("to", "address"),
    ("order", "bytes32"),
)
_VOUCHERS_FIELDS: Final[tuple[Field, ...]] = (("set", "uint32"), ("expiry", "uint48"), ("vouchers", "Voucher[]"))
_ATTESTATION_FIELDS: Final[tuple[Field, ...]] = (
    ("set", "uint32"),
    ("prev", "bytes32"),
    ("reserves", "uint128"),
    ("encumbered", "uint128"),
    ("settling", "uint128"),
    ("claims", "uint128"),
    ("claimsRoot", "bytes32"),
    ("evidence", "bytes32"),
    ("cut", "uint48"),
)
_AUTHORIZATION_FIELDS: Final[tuple[Field, ...]] = (
    ("from", "address"),
    ("to", "address"),
    ("value", "uint256"),
    ("validAfter", "uint256"),
    ("validBefore", "uint256"),
    ("nonce", "bytes32"),
)
_PERMIT_FIELDS: Final[tuple[Field, ...]] = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)


def type_text(name: str, fields: Sequence[Field]) -> str:
    """Return a struct's type as EIP-712 hashes it: name(type field,type field)."""
    return f"{name}({','.join(f'{kind} {field}' for field, kind in fields)})"


_VOUCHER_TYPE: Final = type_text("Voucher", _VOUCHER_FIELDS)
_VOUCHER_TYPE_HASH: Final = text_hash(_VOUCHER_TYPE)
_VOUCHERS_TYPE_HASH: Final = text_hash(type_text("Vouchers", _VOUCHERS_FIELDS) + _VOUCHER_TYPE)


@dataclass(frozen=True)
class Domain:
    """Where a signature counts: one contract on one chain. `name` is "NarrowBank", "Reserves" or the token's name."""

    name: str
    chain_id: int
    contract: str
    version: str = "1"

    @cached_property
    def separator(self) -> bytes:
        """The hash of the domain."""
        words = (text_hash(self.name), text_hash(self.version), uint_word(self.chain_id), address_word(self.contract))
        return keccak(text_hash(type_text("EIP712Domain", _DOMAIN_FIELDS)) + b"".join(words))

    def digest(self, struct_hash: bytes) -> bytes:
        """Return what is signed for a struct in this domain."""
        return keccak(b"\x19\x01" + self.separator + struct_hash)

    def as_dict(self) -> dict[str, Any]:
        """Return the domain as wallets take it."""
        return {
            "name": self.name,
            "version": self.version,
            "chainId": self.chain_id,
            "verifyingContract": self.contract,
        }


@dataclass(frozen=True)
class TypedMessage:
    """A struct of plain fields in a domain: its digest, and its dictionary for eth_signTypedData_v4."""

    domain: Domain
    name: str
    fields: tuple[Field, ...]
    values: tuple[Value, ...]

    @property
    def digest(self) -> bytes:
        """The 32 bytes that are signed."""
        words = (_word(kind, value) for (_, kind), value in zip(self.fields, self.values, strict=True))
        return self.domain.digest(keccak(text_hash(type_text(self.name, self.fields)) + b"".join(words)))

    def as_dict(self) -> dict[str, Any]:
        """Return it as wallets take it; integers as decimal text, since JSON readers lose large numbers."""
        return {
            "types": {"EIP712Domain": _described(_DOMAIN_FIELDS), self.name: _described(self.fields)},
            "primaryType": self.name,
            "domain": self.domain.as_dict(),
            "message": {field: _json(value) for (field, _), value in zip(self.fields, self.values, strict=True)},
        }


def vouchers_digest(domain: Domain, *, signer_set: int, expires_at: datetime, vouchers: Sequence[Voucher]) -> bytes:
    """Return what bank signers sign; `expires_at` counts in whole seconds, rounded down."""
    listed = keccak(b"".join(map(_voucher_hash, vouchers)))
    words = uint_word(signer_set, 32) + uint_word(unix_rounded_down(expires_at), 48) + listed
    return domain.digest(keccak(_VOUCHERS_TYPE_HASH + words))


def attestation_digest(
    domain: Domain,
    *,
    signer_set: int,
    prev: bytes,
    reserves: Coins,
    encumbered: Coins,
    settling: Coins,
    claims: Coins,
    claims_root: bytes,
    evidence: bytes,
    cut: datetime,
) -> bytes:
    """Return what auditors sign; `cut` counts in whole seconds, rounded down."""
    amounts = (reserves.units, encumbered.units, settling.units, claims.units)
    values = (signer_set, prev, *amounts, claims_root, evidence, unix_rounded_down(cut))
    return TypedMessage(domain, "Attestation", _ATTESTATION_FIELDS, values).digest


def receive_authorization(
    token: Domain, *, holder: str, to: str, value: Coins, valid_after: int, valid_before: int, nonce: bytes
) -> TypedMessage:
    """Return the ERC-3009 message by which `holder` lets `to` collect `value`; Unix seconds, both ends exclusive."""
    values = (holder, to, value.units, valid_after, valid_before, nonce)
    return TypedMessage(token, "ReceiveWithAuthorization", _AUTHORIZATION_FIELDS, values)


def transfer_authorization(
    token: Domain, *, holder: str, to: str, value: Coins, valid_after: int, valid_before: int, nonce: bytes
) -> TypedMessage:
    """Return the ERC-3009 message by which anyone may carry `value` from `holder` to `to`; times as above."""
    values = (holder, to, value.units, valid_after, valid_before, nonce)
    return TypedMessage(token, "TransferWithAuthorization", _AUTHORIZATION_FIELDS, values)


def permit(token: Domain, *, owner: str, spender: str, value: Coins, nonce: int, deadline: int) -> TypedMessage:
    """Return the ERC-2612 message by which `owner` allows `spender` to take `value` until `deadline` (Unix seconds)."""
    return TypedMessage(token, "Permit", _PERMIT_FIELDS, (owner, spender, value.units, nonce, deadline))


def _voucher_hash(voucher: Voucher) -> bytes:
    """Return the struct hash of one voucher; Coins are below 2**128 by their type."""
    amounts = (uint_word(coins.units) for coins in (voucher.value, voucher.offset, voucher.amount))
    words = (bytes32(voucher.deposit), *amounts, address_word(voucher.to), bytes32(voucher.order))
    return keccak(_VOUCHER_TYPE_HASH + b"".join(words))


def _word(kind: str, value: Value) -> bytes:
    """Return a field's word; TypeError when type and value do not fit."""
    if kind.startswith("uint") and isinstance(value, int):
        return uint_word(value, int(kind[4:]))
    if kind == "address" and isinstance(value, str):
        return address_word(value)
    if kind == "bytes32" and isinstance(value, bytes):
        return bytes32(value)
    raise TypeError(f"{type(value).__name__} is no {kind}")


def _described(fields: Sequence[Field]) -> list[dict[str, str]]:
    """Return the fields as EIP-712's JSON lists them."""
    return [{"name": name, "type": kind} for name, kind in fields]


def _json(value: Value) -> str:
    """Return a value as text."""
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)
