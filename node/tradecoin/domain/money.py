"""Money: exact amounts in a bank's currency and in a token's base units, and every conversion between the two.

No amount is ever a float. A bank's amount is an integer of its currency's minor unit (`Money`), a token's amount an
integer of its base unit (`Coins`). Where a conversion can lose something, the direction of the rounding is in its name.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import total_ordering
from typing import Self

from tradecoin.domain.errors import Refused

MAX_MINOR = 2**63 - 1
"""Largest amount of money, either sign, in minor units: what a BIGINT column holds."""

MAX_COIN_UNITS = 2**128 - 1
"""Largest amount of coins, in base units: the contracts count in uint128."""

# ISO 4217 list one by number of decimals. Metals, bond units, the test code and XXX have none and are left out. ANG,
# BGN and HRK were withdrawn between 2023 and 2026 and stay, since statements of those years can still be read.
_CODES_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF "
    "CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG "
    "HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK "
    "MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE "
    "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XAD XCD XCG YER "
    "ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENTS = {code: exponent for exponent, codes in _CODES_BY_EXPONENT.items() for code in codes.split()}
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_MAX_TEXT = 60


class UnknownCurrency(Refused):
    """A code that is not an ISO 4217 currency with a minor unit."""

    code = "currency_unknown"


class MalformedAmount(Refused):
    """A text that is not digits with at most one point: blank, signed, with an exponent, with separators."""

    code = "amount_malformed"


class TooManyDecimals(Refused):
    """More digits after the point than the currency or the token has."""

    code = "amount_too_many_decimals"


class AmountOutOfRange(Refused):
    """An amount outside what its type may hold, in minor or base units."""

    code = "amount_out_of_range"


class CurrencyMismatch(Refused):
    """Two amounts of different currencies in one sum, difference or comparison."""

    code = "currency_mismatch"


class NotRepresentable(Refused):
    """An amount that the other unit cannot hold exactly, such as a token amount with a fraction of a cent."""

    code = "amount_not_representable"


def _shifted(text: str, decimals: int) -> int:
    """Return the decimal `text` times ten to the power `decimals`, exactly."""
    if not isinstance(text, str) or len(text) > _MAX_TEXT or not _DECIMAL.fullmatch(text):
        raise MalformedAmount("an amount is digits with at most one point", got=str(text)[:_MAX_TEXT])
    whole, _, fraction = text.partition(".")
    if len(fraction) > decimals:
        raise TooManyDecimals(f"{text} has more than {decimals} decimals", got=text, limit=decimals)
    return int(whole + fraction.ljust(decimals, "0"))


def _pointed(value: int, decimals: int) -> str:
    """Write `value` divided by ten to the power `decimals`, with all decimals."""
    digits = str(abs(value)).rjust(decimals + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}" if decimals else f"{sign}{digits}"


def _checked(value: int, low: int, high: int) -> None:
    """Refuse anything but an int from `low` to `high`; a bool or a float is a bug of the caller."""
    if type(value) is not int:
        raise TypeError(f"an amount is an int, not {type(value).__name__}")
    if not low <= value <= high:
        raise AmountOutOfRange(f"{value} is not from {low} to {high}", got=str(value), low=str(low), high=str(high))


@dataclass(frozen=True, slots=True)
class Currency:
    """An ISO 4217 currency by its alphabetic code; raises UnknownCurrency for any other text."""

    code: str

    def __post_init__(self) -> None:
        """Refuse what the table does not hold, so that every Currency has an exponent."""
        if self.code not in _EXPONENTS:
            got = str(self.code)[:_MAX_TEXT]
            raise UnknownCurrency(f"{got!r} is no ISO 4217 currency with a minor unit", got=got)

    @property
    def exponent(self) -> int:
        """Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD."""
        return _EXPONENTS[self.code]

    def __str__(self) -> str:
        """Return the code."""
        return self.code


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount of one currency in its minor unit, signed; adds, subtracts and compares in that currency only."""

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        """Refuse a number that is no int, or beyond MAX_MINOR."""
        _checked(self.minor, -MAX_MINOR, MAX_MINOR)

    @classmethod
    def parse(cls, text: str, currency: Currency) -> Self:
        """Read an unsigned decimal such as "100.00".

        Raises MalformedAmount, TooManyDecimals or AmountOutOfRange. Fewer decimals than the currency has are fine.
        """
        return cls(_shifted(text, currency.exponent), currency)

    @classmethod
    def zero(cls, currency: Currency) -> Self:
        """Return nothing of `currency`."""
        return cls(0, currency)

    @classmethod
    def total(cls, amounts: Iterable[Self], currency: Currency) -> Self:
        """Sum `amounts`, all of `currency`; nothing sums to zero. Raises CurrencyMismatch."""
        return sum(amounts, start=cls.zero(currency))

    @property
    def text(self) -> str:
        """The amount without its currency, with all decimals: "100.00", "-0.05", "1000" for JPY."""
        return _pointed(self.minor, self.currency.exponent)

    def __str__(self) -> str:
        """Return amount and currency, as in "100.00 EUR"."""
        return f"{self.text} {self.currency}"

    def __add__(self, other: Self) -> Self:
        """Add in one currency."""
        return type(self)(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        """Subtract in one currency; the result may be negative."""
        return type(self)(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Self:
        """Turn the sign."""
        return type(self)(-self.minor, self.currency)

    def __lt__(self, other: Self) -> bool:
        """Compare in one currency."""
        return self.minor < self._same(other)

    def _same(self, other: Self) -> int:
        """Return the other's minor units if it is of our currency."""
        if other.currency != self.currency:
            left, right = self.currency.code, other.currency.code
            raise CurrencyMismatch(f"{left} and {right} do not mix", left=left, right=right)
        return other.minor


@total_ordering
@dataclass(frozen=True, slots=True)
class Coins:
    """An amount of one token in its base unit, 0 to MAX_COIN_UNITS; which token it is, the place it stands in says."""

    units: int

    def __post_init__(self) -> None:
        """Refuse a number that is no int, negative, or beyond uint128."""
        _checked(self.units, 0, MAX_COIN_UNITS)

    @classmethod
    def total(cls, amounts: Iterable[Self]) -> Self:
        """Sum `amounts`; raises AmountOutOfRange beyond uint128."""
        return cls(sum(amount.units for amount in amounts))

    def __add__(self, other: Self) -> Self:
        """Add; raises AmountOutOfRange beyond uint128."""
        return type(self)(self.units + other.units)

    def __sub__(self, other: Self) -> Self:
        """Subtract; raises AmountOutOfRange below zero."""
        return type(self)(self.units - other.units)

    def __lt__(self, other: Self) -> bool:
        """Compare base units."""
        return self.units < other.units


@dataclass(frozen=True, slots=True)
class CoinScale:
    """How many decimals a token shows: one token is ten to the power `decimals` base units."""

    decimals: int

    def __post_init__(self) -> None:
        """Refuse decimals beyond what a uint128 amount can show."""
        _checked(self.decimals, 0, 38)

    def parse(self, text: str) -> Coins:
        """Read an unsigned decimal in whole tokens; raises as Money.parse does."""
        return Coins(_shifted(text, self.decimals))

    def text(self, coins: Coins) -> str:
        """Write `coins` in whole tokens with all decimals, as in "100.000000"."""
        return _pointed(coins.units, self.decimals)


def coins_for(money: Money, scale: CoinScale) -> Coins:
    """Return the coins worth exactly `money`, one token for one unit of currency.

    Raises NotRepresentable when the token has fewer decimals than the amount needs, AmountOutOfRange below zero.
    """
    shift = scale.decimals - money.currency.exponent
    if shift >= 0:
        return Coins(money.minor * 10**shift)
    return Coins(_divided(money.minor, 10**-shift))


def money_for(coins: Coins, scale: CoinScale, currency: Currency) -> Money:
    """Return the money worth exactly `coins`; raises NotRepresentable for a fraction of the minor unit."""
    shift = scale.decimals - currency.exponent
    if shift >= 0:
        return Money(_divided(coins.units, 10**shift), currency)
    return Money(coins.units * 10**-shift, currency)


def money_for_rounded_down(coins: Coins, scale: CoinScale, currency: Currency) -> Money:
    """Return the most money that `coins` fully cover; less than one minor unit is dropped."""
    shift = scale.decimals - currency.exponent
    minor = coins.units // 10**shift if shift >= 0 else coins.units * 10**-shift
    return Money(minor, currency)


def _divided(value: int, unit: int) -> int:
    """Divide when nothing is left over."""
    if value % unit:
        raise NotRepresentable(f"{value} is no multiple of {unit}", got=str(value), multiple_of=str(unit))
    return value // unit
