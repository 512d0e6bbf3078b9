"""Prefixed ids that sort by the time they were made."""

from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80


def new_id(prefix: str, now: datetime, entropy: int) -> str:
    """Return `prefix_` and 26 characters of Crockford base 32: 48 bits of milliseconds, then 80 bits of `entropy`."""
    milliseconds = int(now.timestamp() * 1000)
    number = (milliseconds << _RANDOM_BITS) | (entropy % (1 << _RANDOM_BITS))
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(digits))}"
