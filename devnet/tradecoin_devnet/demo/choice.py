"""A user's bank file looked at before anything starts: can the demo tell its story on it, and on which account."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from tradecoin.adapters.bank_files.reader import read_bank_message
from tradecoin.domain.statement import BankMessage, Statement
from tradecoin_devnet.bank.iban import is_iban

_STATEMENTS: Final = ("camt.053",)
_OTHERS: Final = {
    "camt.052": "an interim report",
    "camt.054": "a notification without balances",
    "pain.002": "an answer to payments",
    "pacs.004": "a return of a payment",
    "mt940": "a SWIFT statement, which the node imports but the simulated bank cannot keep as its book",
}


class NotForTheDemo(ValueError):
    """A bank file that is well read but cannot carry the demo; the message says why and what can."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The account that becomes the reserve, with how many booked credits it has in the file."""

    iban: str
    currency: str
    credits: int
    passed_over: tuple[str, ...]


def choose(raw: bytes, zone: ZoneInfo) -> Choice:
    """Return the account with an IBAN and the most credits; raises BadBankMessage, NotForTheDemo.

    Payouts are paid from the account, which SEPA and pain.001 want as an IBAN.
    """
    message = read_bank_message(raw, zone=zone)
    if message.kind not in _STATEMENTS:
        raise NotForTheDemo(f"this is {message.kind}, {_OTHERS[message.kind]}; the demo takes a camt.053 statement")
    credits = _credits(message)
    fitting = {account: count for account, count in credits.items() if is_iban(account)}
    if not fitting:
        raise NotForTheDemo("no account in the file has an IBAN, and payouts can only be paid from one")
    iban = max(fitting, key=lambda account: fitting[account])
    of_it = [statement for statement in message.statements if statement.account == iban]
    _prove(of_it)
    others = tuple(account for account in credits if account != iban)
    return Choice(iban, of_it[0].currency.code, credits[iban], others)


def _credits(message: BankMessage) -> dict[str, int]:
    """Count the booked credits of each account, in file order."""
    counts: dict[str, int] = {}
    for statement in message.statements:
        booked = sum(entry.credit and not entry.reversal for entry in statement.booked)
        counts[statement.account] = counts.get(statement.account, 0) + booked
    return counts


def _prove(statements: list[Statement]) -> None:
    """Refuse several currencies, an overdrawn account, and entries that do not explain the balances."""
    currencies = sorted({statement.currency.code for statement in statements})
    if len(currencies) > 1:
        raise NotForTheDemo(f"the account is kept in {' and '.join(currencies)}; a token has one currency")
    for statement in statements:
        if not statement.is_complete:
            place = f"line {statement.position.line}, {statement.position.path}"
            raise NotForTheDemo(f"{place}: the entries do not explain the way from opening to closing balance")
        if any(balance and balance.amount.minor < 0 for balance in (statement.opening, statement.closing)):
            raise NotForTheDemo("the account is overdrawn, and a narrow bank issues no coin against a hole")
