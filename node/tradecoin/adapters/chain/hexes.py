"""Hex text as JSON-RPC writes it, and addresses with their checksum (EIP-55)."""

from functools import lru_cache

from sha3 import keccak_256


def keccak(data: bytes) -> bytes:
    """Return the 32 bytes that Ethereum calls keccak256."""
    digest: bytes = keccak_256(data).digest()
    return digest


def to_hex(data: bytes) -> str:
    """Write bytes as 0x and lower-case hex."""
    return "0x" + data.hex()


def from_hex(text: str) -> bytes:
    """Read hex with or without 0x; raises ValueError."""
    return bytes.fromhex(text.removeprefix("0x"))


def number(text: str) -> int:
    """Read a JSON-RPC quantity; raises ValueError, and TypeError for anything but text."""
    return int(text, 16)


@lru_cache(maxsize=65_536)
def checksum(address: str) -> str:
    """Return the EIP-55 spelling of 40 hex digits with or without 0x; raises ValueError for anything else."""
    plain = address.removeprefix("0x").lower()
    if len(from_hex(plain)) != 20:
        raise ValueError(f"{address!r} is no address")
    digest = keccak(plain.encode()).hex()
    return "0x" + "".join(
        letter.upper() if int(nibble, 16) > 7 else letter for letter, nibble in zip(plain, digest, strict=False)
    )
