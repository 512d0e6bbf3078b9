"""Amounts: integers of the currency's minor unit inside the bank, decimal strings outside. No float anywhere."""

import re

from tradecoin_devnet.bank.refusals import invalid

# ISO 4217, "Minor unit" column: the currencies whose exponent is not 2.
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_EXPONENTS = dict.fromkeys(_NO_DECIMALS.split(), 0) | dict.fromkeys(_THREE_DECIMALS.split(), 3)
_CURRENCY = re.compile(r"[A-Z]{3}")
_DECIMAL = re.compile(r"(\d{1,15})(?:\.(\d{1,5}))?")


def checked_currency(code: object) -> str:
    """Return an ISO 4217 code as given; Refused when it does not look like one."""
    if not isinstance(code, str) or not _CURRENCY.fullmatch(code):
        raise invalid(f"currency is three capital letters as in ISO 4217, not {code!r}")
    return code


def exponent(currency: str) -> int:
    """Return how many decimals the currency has; 2 when ISO 4217 does not say otherwise."""
    return _EXPONENTS.get(currency, 2)


def minor_units(text: object, currency: str) -> int:
    """Read an unsigned decimal string exactly; Refused for a number, a sign, or more decimals than the currency has."""
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise invalid(f'an amount is an unsigned decimal string such as "100.00", not {text!r}')
    whole, decimals, places = match[1], match[2] or "", exponent(currency)
    if decimals[places:].strip("0"):
        raise invalid(f"{text} has more decimals than {currency} allows, which is {places}")
    return int(whole + decimals[:places].ljust(places, "0"))


def positive_minor_units(text: object, currency: str) -> int:
    """Read an amount above zero; Refused otherwise."""
    minor = minor_units(text, currency)
    if minor == 0:
        raise invalid("the amount must be above zero")
    return minor


def decimal_text(minor: int, currency: str) -> str:
    """Write minor units as a decimal string with all decimals of the currency, with a minus sign when below zero."""
    places = exponent(currency)
    if not places:
        return str(minor)
    whole, rest = divmod(abs(minor), 10**places)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:0{places}d}"
