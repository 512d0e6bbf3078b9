"""Hexadecimal as the Ethereum JSON-RPC specification has it: quantities without leading zeros, data with every byte."""

from typing import Any

from tradecoin_devnet.evm.errors import bad_params


def quantity(value: int) -> str:
    """Return a number as a quantity."""
    return hex(value)


def data(value: bytes) -> str:
    """Return bytes as data."""
    return "0x" + value.hex()


def word(value: int) -> str:
    """Return a number as 32 bytes of data."""
    return f"0x{value:064x}"


def to_int(value: Any) -> int:
    """Read a quantity; plain JSON numbers are understood too. Raise RpcError for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.startswith("0x"):
        try:
            return int(value, 16)
        except ValueError:
            pass
    raise bad_params(f"invalid argument: {value!r} is not a quantity")


def to_bytes(value: Any, size: int | None = None) -> bytes:
    """Read data, of exactly `size` bytes when it is given. Raise RpcError for anything else."""
    if not isinstance(value, str) or not value.startswith("0x"):
        raise bad_params(f"invalid argument: {value!r} is not hex data with 0x before it")
    try:
        read = bytes.fromhex(value[2:])
    except ValueError:
        raise bad_params(f"invalid argument: {value[:80]!r} is not hex data") from None
    if size is not None and len(read) != size:
        raise bad_params(f"invalid argument: expected {size} bytes of data, got {len(read)}")
    return read


def to_address(value: Any) -> bytes:
    """Read the 20 bytes of an address."""
    return to_bytes(value, 20)


def to_hash(value: Any) -> bytes:
    """Read the 32 bytes of a hash."""
    return to_bytes(value, 32)
