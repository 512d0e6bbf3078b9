"""Amounts: nothing inexact, foreign or too large gets in, and every conversion is exact or says how not."""

import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradecoin.domain import money
from tradecoin.domain.money import Coins, CoinScale, Currency, Money, coins_for, money_for, money_for_rounded_down

EUR, JPY, KWD = Currency("EUR"), Currency("JPY"), Currency("KWD")
minors = st.integers(-money.MAX_MINOR, money.MAX_MINOR)
currencies = st.sampled_from([EUR, JPY, KWD, Currency("CLF")])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1,00",
        "1.",
        ".5",
        "+1",
        "-1",
        "1e3",
        "1 000",
        " 1",
        "1\n",
        "１",
        "0x1",
        "NaN",
        "Infinity",
        "1.0.0",
        "9" * 61,
    ],
)
def test_a_text_that_is_no_plain_decimal_is_refused(text: str) -> None:
    """Signs, exponents, blanks, separators and foreign digits are not guessed at."""
    with pytest.raises(money.MalformedAmount):
        Money.parse(text, EUR)
    with pytest.raises(money.MalformedAmount):
        CoinScale(6).parse(text)


@pytest.mark.parametrize(("text", "currency"), [("1.001", EUR), ("1.000", EUR), ("1.0", JPY), ("1.0001", KWD)])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: Currency) -> None:
    """Not even zeros are cut off: 1.000 may have meant a thousand."""
    with pytest.raises(money.TooManyDecimals) as refusal:
        Money.parse(text, currency)
    assert refusal.value.facts == {"got": text, "limit": currency.exponent}


@pytest.mark.parametrize("code", ["", "XXX", "XTS", "XAU", "eur", "EURO", "ABC"])
def test_an_unknown_currency_is_refused(code: str) -> None:
    """A code without a minor unit is no currency to hold money in."""
    with pytest.raises(money.UnknownCurrency):
        Currency(code)


def test_a_float_or_a_bool_is_never_money() -> None:
    """The type is checked when the program runs, too."""
    for value in (1.0, True, "1"):
        with pytest.raises(TypeError):
            Money(value, EUR)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            Coins(value)  # type: ignore[arg-type]


def test_amounts_beyond_their_type_are_refused() -> None:
    """Money fits 64 bits, coins fit the contract's uint128 and are never negative."""
    for minor in (money.MAX_MINOR + 1, -money.MAX_MINOR - 1):
        with pytest.raises(money.AmountOutOfRange):
            Money(minor, EUR)
    for units in (-1, 2**128):
        with pytest.raises(money.AmountOutOfRange):
            Coins(units)
    with pytest.raises(money.AmountOutOfRange):
        Money.parse("9" * 20, EUR)


def test_two_currencies_never_meet() -> None:
    """Neither sum, difference nor comparison mixes them."""
    one, other = Money(1, EUR), Money(1, JPY)
    with pytest.raises(money.CurrencyMismatch):
        one + other
    with pytest.raises(money.CurrencyMismatch):
        one - other
    with pytest.raises(money.CurrencyMismatch):
        _ = one < other
    with pytest.raises(money.CurrencyMismatch):
        Money.total([one, other], EUR)
    assert one != other


def test_coins_that_are_no_whole_minor_unit_have_no_exact_money() -> None:
    """A fraction of a cent is refused when exactness is asked for, and dropped when rounding down is."""
    scale = CoinScale(6)
    coins = scale.parse("1.009999")
    with pytest.raises(money.NotRepresentable):
        money_for(coins, scale, EUR)
    assert money_for_rounded_down(coins, scale, EUR) == Money.parse("1.00", EUR)


def test_money_finer_than_the_token_has_no_coins() -> None:
    """A token of two decimals cannot stand for a fils."""
    with pytest.raises(money.NotRepresentable):
        coins_for(Money.parse("1.001", KWD), CoinScale(2))
    with pytest.raises(money.AmountOutOfRange):
        coins_for(Money(-1, EUR), CoinScale(6))


@pytest.mark.parametrize(
    ("code", "exponent"),
    [("JPY", 0), ("KRW", 0), ("EUR", 2), ("USD", 2), ("HUF", 2), ("KWD", 3), ("TND", 3), ("CLF", 4)],
)
def test_currencies_have_the_decimals_of_iso_4217(code: str, exponent: int) -> None:
    """A wrong exponent is a wrong amount by a power of ten."""
    assert Currency(code).exponent == exponent


def test_no_currency_stands_in_two_lists() -> None:
    """One code, one exponent."""
    listed = [code for codes in money._CODES_BY_EXPONENT.values() for code in codes.split()]
    assert len(listed) == len(set(listed))


def test_every_listed_currency_is_known() -> None:
    """All that an independent list has, but metals, funds of accounting, the test code and the bank's own units."""
    without_minor_unit = "XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX"
    fund_codes = "BOV CHE CHW COU MXV USN"
    listed = {currency.alpha_3 for currency in pycountry.currencies}
    unknown = listed - set(money._EXPONENTS)
    assert unknown <= {*without_minor_unit.split(), *fund_codes.split(), "XAD"}, unknown
    assert {code for code, exponent in money._EXPONENTS.items() if exponent == 3} == {
        "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND",
    }  # fmt: skip


@given(minors, currencies)
def test_text_says_the_whole_amount(minor: int, currency: Currency) -> None:
    """What is written is read back as the same amount."""
    amount = Money(abs(minor), currency)
    assert Money.parse(amount.text, currency) == amount
    assert Money(minor, currency).text.lstrip("-") == amount.text
    assert Money(minor, currency).text.startswith("-") == (minor < 0)


@given(st.lists(st.integers(-(10**12), 10**12)))
def test_a_total_is_the_sum_of_its_parts(values: list[int]) -> None:
    """Order and signs lose nothing."""
    assert Money.total((Money(value, EUR) for value in values), EUR).minor == sum(values)


@given(st.integers(0, 10**15), currencies, st.integers(4, 18))
def test_money_into_coins_and_back_is_the_same_money(minor: int, currency: Currency, decimals: int) -> None:
    """A token at least as fine as the currency loses nothing either way."""
    amount, scale = Money(minor, currency), CoinScale(decimals)
    coins = coins_for(amount, scale)
    assert money_for(coins, scale, currency) == amount == money_for_rounded_down(coins, scale, currency)
    assert scale.parse(scale.text(coins)) == coins


@given(st.integers(0, 10**24), currencies, st.integers(0, 18))
def test_rounding_down_never_gives_more_than_the_coins(units: int, currency: Currency, decimals: int) -> None:
    """What is left is less than one minor unit, and never below zero."""
    coins, scale = Coins(units), CoinScale(decimals)
    try:
        amount = money_for_rounded_down(coins, scale, currency)
    except money.AmountOutOfRange:
        assert units * 10**currency.exponent > money.MAX_MINOR * 10**decimals
        return
    owed = amount.minor * 10**decimals
    held = units * 10**currency.exponent
    assert owed <= held < owed + 10**decimals
