"""What we offer for a transaction: wei a unit of gas, never above the cap."""

from dataclasses import dataclass

from tradecoin.domain.chain import TxAttempt
from tradecoin.ports.chain import Fees

_REPLACEMENT_PERCENT = 10
"""What pools ask at least on top of both fees before they let a transaction be replaced."""


@dataclass(frozen=True, slots=True)
class SendLimits:
    """How the sender behaves. Fees in wei a unit of gas; `in_flight` is how many open transactions a key may have."""

    max_fee: int
    in_flight: int = 32
    bump_percent: int = 15
    bump_every_blocks: int = 3
    gas_margin_percent: int = 20
    rebroadcast_seconds: int = 5


@dataclass(frozen=True, slots=True)
class Offer:
    """The two fees of an EIP-1559 transaction, in wei a unit of gas."""

    max_fee: int
    priority_fee: int


def first_offer(fees: Fees, limits: SendLimits) -> Offer | None:
    """Return twice the base fee plus the tip, up to the cap; None when the cap does not even cover the base fee."""
    if fees.base > limits.max_fee:
        return None
    max_fee = min(limits.max_fee, 2 * fees.base + fees.tip)
    return Offer(max_fee, min(fees.tip, max_fee))


def raised_offer(old: TxAttempt, fees: Fees, limits: SendLimits) -> Offer | None:
    """Return an offer that may replace `old`; None when the cap leaves no room for a replacement."""
    wanted = max(_raised(old.max_fee, limits.bump_percent), 2 * fees.base + fees.tip)
    max_fee = min(limits.max_fee, wanted)
    priority = min(max_fee, max(_raised(old.priority_fee, limits.bump_percent), fees.tip))
    if max_fee < _raised(old.max_fee, _REPLACEMENT_PERCENT):
        return None
    if priority < _raised(old.priority_fee, _REPLACEMENT_PERCENT):
        return None
    return Offer(max_fee, priority)


def _raised(fee: int, percent: int) -> int:
    """Return the fee raised by `percent`, rounded up, by one wei at least."""
    return max(fee + 1, -(-fee * (100 + percent) // 100))
