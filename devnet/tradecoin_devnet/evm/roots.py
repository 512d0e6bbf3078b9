"""Roots of a block's transactions and receipts, computed without keeping the tries: nobody asks for their proofs.

Sources: appendices B (RLP), C and D (the trie) of the Ethereum yellow paper; EIP-2718 for what a typed entry is.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sha3 import keccak_256

from tradecoin_devnet.evm.records import Log

_EMPTY_ROOT: bytes = keccak_256(b"\x80").digest()


def rlp_encode(item: Any) -> bytes:
    """Encode bytes, or a list of what can be encoded."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefix(len(item), 0x80) + item
    return rlp_list([rlp_encode(part) for part in item])


def rlp_list(encoded: Sequence[bytes]) -> bytes:
    """Make a list of parts that are encoded already."""
    body = b"".join(encoded)
    return _prefix(len(body), 0xC0) + body


def _prefix(length: int, offset: int) -> bytes:
    if length < 56:
        return bytes((offset + length,))
    size = _minimal(length)
    return bytes((offset + 55 + len(size),)) + size


def _minimal(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def list_root(entries: Sequence[bytes]) -> bytes:
    """Return the root of the trie that maps each encoded index to its entry."""
    if not entries:
        return _EMPTY_ROOT
    pairs = sorted((rlp_encode(_minimal(index)).hex(), entry) for index, entry in enumerate(entries))
    digest: bytes = keccak_256(_node(pairs, 0)).digest()
    return digest


def _node(pairs: list[tuple[str, bytes]], depth: int) -> bytes:
    """Encode the node over sorted pairs of hex key and value that agree in their first `depth` digits.

    No key of an encoded index is the beginning of another, so a branch never has a value of its own.
    """
    if len(pairs) == 1:
        key, value = pairs[0]
        return rlp_list([rlp_encode(_path(key[depth:], leaf=True)), rlp_encode(value)])
    first, last = pairs[0][0], pairs[-1][0]
    shared = depth
    while first[shared] == last[shared]:
        shared += 1
    if shared > depth:
        return rlp_list([rlp_encode(_path(first[depth:shared], leaf=False)), _reference(_node(pairs, shared))])
    children = {digit: [pair for pair in pairs if pair[0][depth] == digit] for digit in "0123456789abcdef"}
    slots = [_reference(_node(below, depth + 1)) if below else b"\x80" for below in children.values()]
    return rlp_list([*slots, b"\x80"])


def _path(digits: str, *, leaf: bool) -> bytes:
    """Pack hex digits with the flags for a leaf and for an odd count."""
    flag = 2 if leaf else 0
    odd = len(digits) % 2
    return bytes.fromhex(f"{flag + odd:x}{'' if odd else '0'}{digits}")


def _reference(node: bytes) -> bytes:
    return node if len(node) < 32 else rlp_encode(keccak_256(node).digest())


def encode_receipt(kind: int, succeeded: bool, cumulative_gas: int, bloom: int, logs: list[Log]) -> bytes:
    """Encode a receipt as the receipt trie holds it; `kind` is the transaction's type."""
    shown = [[log.address, list(log.topics), log.data] for log in logs]
    status = b"\x01" if succeeded else b""
    body = rlp_encode([status, _minimal(cumulative_gas), bloom.to_bytes(256, "big"), shown])
    return bytes((kind,)) + body if kind else body


def bloom_of(logs: list[Log]) -> int:
    """Return the 2048-bit filter over the addresses and topics of some logs."""
    bloom = 0
    for log in logs:
        for item in (log.address, *log.topics):
            bloom |= _bits(item)
    return bloom


@lru_cache(maxsize=4096)
def _bits(item: bytes) -> int:
    digest = keccak_256(item).digest()
    bits = 0
    for place in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[place : place + 2], "big") & 2047)
    return bits
