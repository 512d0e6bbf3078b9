"""Reading somebody's camt.053 so that it can become this bank's book.

Element names: the ISO 20022 message definitions of camt.053.001.02, .04 and .08. The versions between and after them
are read too: what is read here has the same names in all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, TypeVar

from tradecoin_devnet.bank import times, xml_read
from tradecoin_devnet.bank.iban import is_iban
from tradecoin_devnet.bank.money import checked_currency, minor_units
from tradecoin_devnet.bank.refusals import Refused, unreadable
from tradecoin_devnet.bank.xml_read import Node
from tradecoin_devnet.bank.xml_write import NAMESPACE

_KINDS = [f"camt.053.001.{number:02d}" for number in range(2, 15)]
_NO_REFERENCE = ("NONREF", "NOTPROVIDED")  # what banks write where they must write something
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_BOOKED, _SKIPPED = "BOOK", ("INFO", "FUTR")
Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry; `booked` is a local date, or a UTC time when the file gives one; None where it says nothing."""

    reference: str | None
    end_to_end_id: str | None
    minor: int
    credit: bool
    booked: bool
    reversal: bool
    dated: datetime | None
    date_only: bool
    value_date: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One statement of one account; balances in minor units with sign, `closing_at` the time up to which it speaks."""

    account: str
    name: str
    currency: str
    number: int | None
    opening: int
    closing: int
    closing_at: datetime
    lines: tuple[Line, ...]
    line_number: int


def read(raw: bytes, zone: tzinfo) -> tuple[str, list[Page]]:
    """Return the dialect and every statement of the file; Refused (413, 422) naming the line when one is not clear.

    `zone` is what a date without a time, and a time without an offset, mean.
    """
    kind, root = xml_read.read(raw, {NAMESPACE + kind: kind for kind in _KINDS})
    pages = [_page(node, zone) for node in root.all("BkToCstmrStmt/Stmt")]
    if not pages:
        raise unreadable("the file holds no statement")
    return _dialect(int(kind[-2:])), pages


def _dialect(number: int) -> str:
    """Return the version in which the bank itself can go on, the newest that is not newer in structure."""
    return "02" if number < 4 else "04" if number < 7 else "08"


def _page(node: Node, zone: tzinfo) -> Page:
    account = node.text("Acct/Id/IBAN")
    if account and not is_iban(account):
        raise unreadable(f"line {node.line}: {account} is not an IBAN: its check digits are wrong")
    account = account or (node.text("Acct/Id/Othr/Id") or "").replace(" ", "")
    currency = node.text("Acct/Ccy") or _first_currency(node)
    if not account or currency is None:
        raise unreadable(f"line {node.line}: the statement names no account or no currency")
    _at(node, lambda: checked_currency(currency))
    opening, closing = _balance(node, _OPENING, currency, first=True), _balance(node, _CLOSING, currency, first=False)
    number = node.text("ElctrncSeqNb", "LglSeqNb")
    return Page(
        account=account,
        name=node.text("Acct/Ownr/Nm", "Acct/Nm") or account,
        currency=currency,
        number=int(number) if number and number.isdigit() else None,
        opening=_signed(opening, currency),
        closing=_signed(closing, currency),
        closing_at=_closing_at(closing, zone),
        lines=tuple(_line(entry, currency, zone) for entry in node.all("Ntry") if _status(entry) not in _SKIPPED),
        line_number=node.line,
    )


def _first_currency(node: Node) -> str | None:
    amount = node.find("Bal/Amt")
    return amount.attribute("Ccy") if amount else None


def _balance(node: Node, codes: tuple[str, ...], currency: str, *, first: bool) -> Node:
    """Return the booked balance with one of the codes; between the pages of one day banks write ITBD instead."""
    found = node.all("Bal")
    for wanted in (codes, ("ITBD",)):
        fitting = [balance for balance in found if balance.text("Tp/CdOrPrtry/Cd") in wanted]
        if fitting:
            return fitting[0 if first else -1]
    raise unreadable(f"line {node.line}: the statement has no {' or '.join(codes)} balance")


def _closing_at(balance: Node, zone: tzinfo) -> datetime:
    """Return until when the statement speaks: a date alone means the end of that day."""
    dated, date_only = _dated(balance, "Dt", zone)
    if dated is None:
        raise unreadable(f"line {balance.line}: the closing balance has no date")
    return times.day_end_after(dated, zone) if date_only else dated


def _dated(node: Node, name: str, zone: tzinfo) -> tuple[datetime | None, bool]:
    """Return a date or time below `name`, in UTC, and whether it was a date alone; some banks put a time into `Dt`."""
    text = node.text(f"{name}/DtTm", f"{name}/Dt")
    if text is None:
        return None, True
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise unreadable(f"line {node.line}: {text!r} is no date") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return times.moment_of(times.stamp(aware)), "T" not in text


def _at(node: Node, reading: Callable[[], Read]) -> Read:
    """Read something and let a refusal name the line."""
    try:
        return reading()
    except Refused as refusal:
        raise unreadable(f"line {node.line}: {refusal.message}") from None


def _amount(node: Node, currency: str) -> int:
    """Return an element's `Amt` in minor units; Refused when it is missing or in another currency than the account."""
    amount = node.find("Amt")
    if amount is None or amount.attribute("Ccy") != currency:
        raise unreadable(f"line {node.line}: an amount is missing or not in {currency}")
    return _at(amount, lambda: minor_units(amount.own_text(), currency))


def _credit(node: Node) -> bool:
    side = node.text("CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise unreadable(f"line {node.line}: CdtDbtInd is CRDT or DBIT, not {side!r}")
    return side == "CRDT"


def _signed(balance: Node, currency: str) -> int:
    minor = _amount(balance, currency)
    return minor if _credit(balance) else -minor


def _status(entry: Node) -> str:
    status = entry.text("Sts/Cd", "Sts")
    if status not in (_BOOKED, "PDNG", *_SKIPPED):
        raise unreadable(f"line {entry.line}: Sts is {status!r}, which the bank does not know")
    return status


def _line(entry: Node, currency: str, zone: tzinfo) -> Line:
    dated, date_only = _dated(entry, "BookgDt", zone)
    value, _ = _dated(entry, "ValDt", zone)
    details = entry.all("NtryDtls/TxDtls")
    credit = _credit(entry)
    only = details[0] if len(details) == 1 else None
    proprietary, note = entry.text("BkTxCd/Prtry/Cd"), entry.text("AddtlNtryInf")
    facts: dict[str, Any] = {"code": _code(entry), "proprietary_code": proprietary, "note": note}
    if only:
        facts |= _payment(only, credit)
    elif details:
        facts["details"] = [_part(part, credit, currency) for part in details]
    return Line(
        reference=_reference(entry, only),
        end_to_end_id=_end_to_end_id(only) if only else None,
        minor=_amount(entry, currency),
        credit=credit,
        booked=_status(entry) == _BOOKED,
        reversal=(entry.text("RvslInd") or "false") in ("true", "1"),
        dated=dated,
        date_only=date_only,
        value_date=times.local_day(value, zone).isoformat() if value else None,
        facts=facts,
    )


def _reference(entry: Node, only: Node | None) -> str | None:
    """Return the bank's reference of the entry, or of its only payment; None when the bank gave none."""
    for found in (entry.text("AcctSvcrRef"), only.text("Refs/AcctSvcrRef") if only else None):
        if found and found not in _NO_REFERENCE:
            return found
    return None


def _code(entry: Node) -> str | None:
    """Return domain/family/subfamily as far as the file gives them."""
    parts = [entry.text(f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    return "/".join(part for part in parts if part) or None


def _end_to_end_id(detail: Node) -> str | None:
    text = detail.text("Refs/EndToEndId")
    return None if text == "NOTPROVIDED" else text


def _part(detail: Node, credit: bool, currency: str) -> dict[str, Any]:
    """Return one payment of a batch; its amount is None when the file does not say it in the account's currency."""
    amount = detail.find("Amt") or detail.find("AmtDtls/TxAmt/Amt")
    known = amount is not None and amount.attribute("Ccy") == currency
    minor = _at(amount, lambda: minor_units(amount.own_text(), currency)) if amount and known else None
    end_to_end_id = _end_to_end_id(detail)
    return {**_payment(detail, credit), "minor": minor, "end_to_end_id": end_to_end_id, "batched": True}


def _payment(detail: Node, credit: bool) -> dict[str, Any]:
    """Return who was on the other side, what they wrote, and why the payment came back if it did."""
    roles = ("Dbtr", "Cdtr") if credit else ("Cdtr", "Dbtr")
    names = [f"RltdPties/{role}/{path}" for role in roles for path in ("Nm", "Pty/Nm")]
    numbers = [f"RltdPties/{role}Acct/Id/{path}" for role in roles for path in ("IBAN", "Othr/Id")]
    lines = [line.own_text() for line in detail.all("RmtInf/Ustrd")]
    reason = detail.text("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")
    return {
        "party": {"name": detail.text(*names), "iban": detail.text(*numbers)},
        "remittance": {"lines": lines, "reference": detail.text("RmtInf/Strd/CdtrRefInf/Ref")},
        "servicer_reference": detail.text("Refs/AcctSvcrRef"),
        **({"returned": {"reason": reason, "text": detail.text("RtrInf/AddtlInf")}} if reason else {}),
    }
