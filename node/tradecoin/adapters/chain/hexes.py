"""Hex text as JSON-RPC writes it, and checksummed addresses from it."""

from functools import lru_cache

from tradecoin.signing.hashing import checksum_address


def to_hex(data: bytes) -> str:
    """Write bytes as 0x and lower-case hex."""
    return "0x" + data.hex()


def from_hex(text: str) -> bytes:
    """Read hex with or without 0x; raises ValueError."""
    return bytes.fromhex(text.removeprefix("0x"))


@lru_cache(maxsize=65_536)
def checksum(address: str) -> str:
    """Return the EIP-55 spelling of 40 hex digits with or without 0x; raises ValueError for anything else."""
    return checksum_address(from_hex(address))
