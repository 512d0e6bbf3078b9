"""EIP-1559 transactions as bytes: RLP by the yellow paper's appendix B, signed with RFC 6979 nonces and a low s."""

from collections.abc import Sequence
from typing import TypeAlias

import coincurve

from tradecoin.adapters.chain.hexes import checksum, from_hex, to_hex
from tradecoin.ports.chain import TxFields
from tradecoin.signing.hashing import keccak

_TYPE = b"\x02"

Rlp: TypeAlias = "bytes | int | Sequence[Rlp]"


def rlp(item: Rlp) -> bytes:
    """Encode bytes, unsigned integers (shortest form, zero is empty) and lists of them."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _headed(item, 0x80)
    return _headed(b"".join(map(rlp, item)), 0xC0)


def _headed(body: bytes, base: int) -> bytes:
    size = len(body)
    if size < 56:
        return bytes((base + size,)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((base + 55 + len(length),)) + length + body


def sign_fields(fields: TxFields, key: coincurve.PrivateKey) -> tuple[bytes, str]:
    """Return the raw signed transaction (type 2, empty access list; empty `to` creates a contract) and its hash."""
    body: list[Rlp] = [
        fields.chain_id,
        fields.nonce,
        fields.priority_fee,
        fields.max_fee,
        fields.gas_limit,
        from_hex(fields.to),
        fields.value,
        fields.data,
        [],
    ]
    signature = key.sign_recoverable(keccak(_TYPE + rlp(body)), hasher=None)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    raw = _TYPE + rlp([*body, signature[64], r, s])
    return raw, to_hex(keccak(raw))


def address_of(key: coincurve.PrivateKey) -> str:
    """Return the checksummed address of a private key."""
    return checksum(keccak(key.public_key.format(compressed=False)[1:])[12:].hex())


def create_address(sender: str, nonce: int) -> str:
    """Return where a contract created by `sender` with `nonce` will live."""
    return checksum(keccak(rlp([from_hex(sender), nonce]))[12:].hex())
