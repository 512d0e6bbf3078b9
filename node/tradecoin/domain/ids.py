"""Prefixed ids that sort by the time they were made."""

from base64 import b32encode
from datetime import datetime

_RFC_4648 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CROCKFORD = bytes.maketrans(_RFC_4648, b"0123456789abcdefghjkmnpqrstvwxyz")
_RANDOM_BITS = 80
_DIGITS = 26
# b32encode works on whole groups of five bytes: 32 digits, of which the first six are zeros.
_PADDED_BYTES = 20


def new_id(prefix: str, now: datetime, entropy: int) -> str:
    """Return `prefix_` and 26 characters of Crockford base 32: 48 bits of milliseconds, then 80 bits of `entropy`."""
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds << _RANDOM_BITS) | (entropy % (1 << _RANDOM_BITS))
    digits = b32encode(number.to_bytes(_PADDED_BYTES, "big")).translate(_CROCKFORD)
    return f"{prefix}_{digits[-_DIGITS:].decode()}"
