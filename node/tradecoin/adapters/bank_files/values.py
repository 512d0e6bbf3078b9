"""The simple types of ISO 20022 in messages: amounts, dates, indicators, accounts; each refusal names the element."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from tradecoin.adapters.bank_files.xml import Node
from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.references import iban

# xs:date may carry a zone, and some banks write a time into a Dt; xs:dateTime may say 24:00:00 for the end of a day.
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_RATE = re.compile(r"[0-9]{1,11}(\.[0-9]{1,11})?")
_NUMBER = re.compile(r"[0-9]{1,18}")
_LOOKS_LIKE_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{10,30}")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a caller wants files read: the zone of times without one, and IBANs for the bank's other account numbers."""

    zone: tzinfo = UTC
    accounts: Mapping[str, str] | None = None

    def account(self, text: str) -> str:
        """Return the IBAN or number by which the caller knows an account; raises BadIban."""
        compact = "".join(text.split())
        known = (self.accounts or {}).get(compact, compact)
        return iban(known) if _LOOKS_LIKE_IBAN.fullmatch(known) else known


def money(node: Node) -> Money:
    """Read an amount with its Ccy attribute: digits and at most the currency's decimals, never a sign.

    Two decimals that are zero are taken for a currency that has none, since banks write 1000.00 JPY.
    """
    try:
        currency = Currency(node.element.get("Ccy") or "")
        text = node.text
        return Money.parse(text.removesuffix(".00") if currency.exponent == 0 else text, currency)
    except Refused as error:
        raise _said_of(node, error) from None


def positive(node: Node) -> Money:
    """Read an amount that must not be zero."""
    amount = money(node)
    if amount.minor == 0:
        raise node.bad("an amount of zero is not allowed here")
    return amount


def is_credit(node: Node) -> bool:
    """Read a CdtDbtInd."""
    if node.text not in {"CRDT", "DBIT"}:
        raise node.bad("direction is neither CRDT nor DBIT")
    return node.text == "CRDT"


def is_true(node: Node | None) -> bool:
    """Read an xs:boolean; absent is false."""
    if node is None:
        return False
    if node.text not in {"true", "false", "1", "0"}:
        raise node.bad("neither true nor false")
    return node.text in {"true", "1"}


def whole_number(node: Node | None) -> int | None:
    """Read a number without decimals; absent is None."""
    if node is None:
        return None
    text = node.text.removesuffix(".0")
    if not _NUMBER.fullmatch(text):
        raise node.bad("not a whole number")
    return int(text)


def rate(node: Node) -> Decimal:
    """Read an exchange rate exactly."""
    if not _RATE.fullmatch(node.text) or not Decimal(node.text):
        raise node.bad("not a rate above zero with at most 11 decimals")
    return Decimal(node.text)


def date_or_time(node: Node, reading: Reading) -> date | datetime:
    """Read a choice of Dt and DtTm (or the bare text of one): a date, or an aware time in the account's zone."""
    inner = node.first("DtTm", "Dt") or node
    return moment(inner, reading) if "T" in inner.text else day(inner)


def day(node: Node) -> date:
    """Read a date; a zone after it changes nothing, it is the bank's day."""
    match = _DATE.fullmatch(node.text)
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise node.bad("not a date such as 2026-11-02") from None


def moment(node: Node, reading: Reading) -> datetime:
    """Read a date and time; without a zone of its own it is in the account's."""
    match = _DATE_TIME.fullmatch(node.text)
    if match is None:
        raise node.bad("not a time such as 2026-11-02T18:00:00+01:00")
    midnight = match[2] == "24:00:00"
    text = f"{match[1]}T{'00:00:00' if midnight else match[2]}.{(match[3] or '0')[:6]:0<6}{match[4] or ''}"
    try:
        read = datetime.fromisoformat(text) + timedelta(days=midnight)
        return (read.replace(tzinfo=reading.zone) if read.tzinfo is None else read).astimezone(reading.zone)
    except (ValueError, OverflowError):
        raise node.bad("no such date or time") from None


def account(node: Node, reading: Reading) -> str:
    """Read an account's Id: the IBAN with its check digits proven, else the other number."""
    inner = node.first("IBAN", "Othr/Id")
    if inner is None:
        raise node.bad("account has neither IBAN nor another number")
    try:
        return iban(inner.text) if inner.name == "IBAN" else reading.account(inner.text)
    except Refused as error:
        raise _said_of(inner, error) from None


def _said_of(node: Node, error: Refused) -> Refused:
    """Turn a refusal of the domain into one that names the place; one that already does stays."""
    return error if "line" in error.facts else node.bad(error.message)
