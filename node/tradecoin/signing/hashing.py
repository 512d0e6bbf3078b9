"""Keccak-256, 32-byte words and checksummed addresses: the alphabet of everything that is signed."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

import sha3

from tradecoin.domain.errors import Refused

ZERO_32: Final = bytes(32)
"""What the contracts take for "none" where a hash stands."""

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadAddress(Refused):
    """A text that is no address, or whose capitals do not fit its checksum (ERC-55)."""

    code = "address_invalid"


def keccak(data: bytes) -> bytes:
    """Return the Keccak-256 hash, which is not NIST's SHA3-256."""
    digest: bytes = sha3.keccak_256(data).digest()
    return digest


def address_bytes(address: str) -> bytes:
    """Return the 20 bytes of an address; mixed capitals must be its checksum. Raises BadAddress."""
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise BadAddress("an address is 0x and 40 hexadecimal digits", got=str(address)[:60])
    digits = address[2:]
    raw = bytes.fromhex(digits)
    if digits not in (digits.lower(), digits.upper()) and checksum_address(raw) != address:
        raise BadAddress("the capitals of the address do not fit its checksum", got=address)
    return raw


def checksum_address(raw: bytes) -> str:
    """Write 20 bytes as an address with the checksum of ERC-55 in its capitals."""
    if len(raw) != 20:
        raise ValueError(f"an address has 20 bytes, not {len(raw)}")
    digits = raw.hex()
    mask = keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if int(bit, 16) >= 8 else digit for digit, bit in zip(digits, mask, strict=False)
    )


def uint_word(value: int, bits: int = 256) -> bytes:
    """Return an unsigned integer as the 32-byte word of the contract ABI; ValueError when it exceeds `bits`."""
    if not 0 <= value < 1 << bits:
        raise ValueError(f"{value} is no uint{bits}")
    return value.to_bytes(32, "big")


def address_word(address: str) -> bytes:
    """Return an address as the 32-byte word of the contract ABI."""
    return address_bytes(address).rjust(32, b"\0")


def bytes32(value: bytes) -> bytes:
    """Return `value` if it has 32 bytes; ValueError otherwise, since padding would make two values one."""
    if len(value) != 32:
        raise ValueError(f"32 bytes are needed, not {len(value)}")
    return value


def text_hash(text: str) -> bytes:
    """Return the hash of a text in UTF-8: one word whatever its length, so that joined fields cannot run together."""
    return keccak(text.encode())


def unix_rounded_down(moment: datetime) -> int:
    """Return whole Unix seconds of an aware time, as the contracts count; ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return (moment - _EPOCH) // timedelta(seconds=1)
