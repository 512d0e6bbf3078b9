"""The terms of one narrow-bank token: which account backs which contracts, and the limits the operator set."""

from dataclasses import dataclass
from datetime import timedelta

from tradecoin.domain.money import Coins, CoinScale, Currency, Money, coins_for, money_for


@dataclass(frozen=True, slots=True)
class Terms:
    """What the flows know about the token they serve.

    `bank` names the bank in deposit keys; `account` is the reserve account's number; `zone` is the bank's time zone, in
    which a date-only closing means 24:00. `review_above`: orders and redemptions of more need a second person.
    """

    bank: str
    account: str
    account_name: str
    bic: str
    currency: Currency
    scale: CoinScale
    zone: str
    chain_id: int
    token: str
    narrow_bank: str
    reserves: str
    review_above: Money
    minimum_equity: Money
    order_lifetime: timedelta = timedelta(days=30)
    voucher_lifetime: timedelta = timedelta(hours=6)
    attestation_interval: timedelta = timedelta(hours=12)
    destination_cooling_off: timedelta = timedelta()
    bank_signers_needed: int = 2
    attestors_needed: int = 2

    def coins(self, money: Money) -> Coins:
        """Return the coins worth exactly `money`."""
        return coins_for(money, self.scale)

    def money(self, coins: Coins) -> Money:
        """Return the money worth exactly `coins`; raises NotRepresentable for a fraction of a minor unit."""
        return money_for(coins, self.scale, self.currency)

    def zero(self) -> Money:
        """Return nothing, in the token's currency."""
        return Money.zero(self.currency)
