"""camt.052, camt.053 and camt.054: accounts, balances and the checks that hold for a whole statement."""

from datetime import date, datetime

from tradecoin.adapters.bank_files.entries import read_entry
from tradecoin.adapters.bank_files.values import (
    Reading,
    account,
    date_or_time,
    is_credit,
    moment,
    money,
    whole_number,
)
from tradecoin.adapters.bank_files.xml import Document, Node
from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.statement import Balance, BankMessage, Entry, Statement

# Message, then the element of the message and the one that repeats in it.
_SHAPES = {
    "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def read_camt(document: Document, reading: Reading) -> BankMessage:
    """Read a report, statement or notification of version .02 or newer; raises BadBankMessage."""
    outer, inner = _SHAPES[document.message]
    body = document.node.need(outer)
    header = body.need("GrpHdr")
    if not body.all(inner):
        raise body.bad(f"mandatory element {inner} is missing")
    return BankMessage(
        kind=document.message,
        version=document.version,
        message_id=header.need("MsgId").text,
        created_at=moment(header.need("CreDtTm"), reading),
        statements=tuple(_statement(node, document.message, reading) for node in body.all(inner)),
    )


def _statement(node: Node, kind: str, reading: Reading) -> Statement:
    """Read one account's part."""
    balances = tuple(_balance(one, reading) for one in node.all("Bal"))
    currency = _currency(node, balances)
    created = moment(node.need("CreDtTm"), reading)
    opening, closing = _ends(balances)
    statement = Statement(
        account=account(node.need("Acct/Id"), reading),
        currency=currency,
        id=node.need("Id").text,
        created_at=created,
        position=node.position,
        entries=_entries(node, currency, _day_of(closing, created), reading),
        sequence=whole_number(node.find("LglSeqNb")),
        electronic_sequence=whole_number(node.find("ElctrncSeqNb")),
        page=whole_number(node.first("StmtPgntn/PgNb", "RptPgntn/PgNb", "NtfctnPgntn/PgNb")),
        starts=_moment_at(node, "FrToDt/FrDtTm", reading),
        ends=_moment_at(node, "FrToDt/ToDtTm", reading),
        opening=opening,
        closing=closing,
        balances=balances,
        copy=node.text_at("CpyDplctInd"),
    )
    _check(node, statement, kind)
    return statement


def _entries(node: Node, currency: Currency, fallback: date, reading: Reading) -> tuple[Entry, ...]:
    """Read all Ntry."""
    return tuple(read_entry(one, currency, fallback, reading) for one in node.all("Ntry"))


def _moment_at(node: Node, path: str, reading: Reading) -> datetime | None:
    """Read a time that may be missing."""
    found = node.find(path)
    return None if found is None else moment(found, reading)


def _balance(node: Node, reading: Reading) -> Balance:
    """Read a Bal: negative when DBIT."""
    kind = node.need("Tp").first("CdOrPrtry/Cd", "CdOrPrtry/Prtry")
    if kind is None:
        raise node.bad("balance has no type")
    amount = money(node.need("Amt"))
    signed = amount if is_credit(node.need("CdtDbtInd")) else -amount
    return Balance(kind.text, signed, date_or_time(node.need("Dt"), reading))


def _currency(node: Node, balances: tuple[Balance, ...]) -> Currency:
    """Return the account's currency: its own, else that of a balance, else that of an entry."""
    own = node.find("Acct/Ccy")
    if own is None:
        if balances:
            return balances[0].amount.currency
        return money(_first_amount(node)).currency
    try:
        return Currency(own.text)
    except Refused as error:
        raise own.bad(error.message) from None


def _first_amount(node: Node) -> Node:
    """Return the amount of the first entry."""
    entries = node.all("Ntry")
    if not entries:
        raise node.need("Acct").bad("nothing says the account's currency")
    return entries[0].need("Amt")


def _ends(balances: tuple[Balance, ...]) -> tuple[Balance | None, Balance | None]:
    """Return the opening and the closing balance among those of one statement.

    OPBD or PRCD opens and CLBD closes. Pages between have ITBD: the first of two, or the one beside a CLBD, opens; the
    last of two, or the one beside an OPBD, closes, and so does one alone, as in an interim report.
    """
    interim = [one for one in balances if one.kind == "ITBD"]
    opening = _first_of(balances, "OPBD") or _first_of(balances, "PRCD")
    closing = _first_of(balances, "CLBD")
    if opening is None and interim and (closing is not None or len(interim) > 1):
        opening = interim.pop(0)
    if closing is None and interim:
        closing = interim[-1]
    return opening, closing


def _first_of(balances: tuple[Balance, ...], kind: str) -> Balance | None:
    """Return the first balance of that kind."""
    return next((one for one in balances if one.kind == kind), None)


def _day_of(closing: Balance | None, created: datetime) -> date:
    """Return the day that an entry without dates belongs to."""
    on = created if closing is None else closing.on
    return on.date() if isinstance(on, datetime) else on


def _check(node: Node, statement: Statement, kind: str) -> None:
    """Refuse a statement whose parts contradict each other."""
    for balance, at in zip(statement.balances, node.all("Bal"), strict=True):
        if balance.amount.currency != statement.currency:
            raise at.bad(f"balance is in {balance.amount.currency}, the account in {statement.currency}")
    _check_single_kinds(node, statement)
    if kind == "camt.053" and statement.opening is None:
        raise node.bad("statement has no opening balance (OPBD or PRCD)")
    if kind == "camt.053" and statement.closing is None:
        raise node.bad("statement has no closing balance (CLBD)")
    difference = statement.difference
    if difference is not None and difference.minor:
        raise node.bad(f"balances do not add up: closing less opening less booked entries is {difference}")
    _check_summary(node, statement)


def _check_single_kinds(node: Node, statement: Statement) -> None:
    """Refuse two different opening or closing balances of one kind."""
    for kind in ("OPBD", "PRCD", "CLBD"):
        if len({one.amount for one in statement.balances if one.kind == kind}) > 1:
            raise node.bad(f"two different balances of type {kind}")


def _check_summary(node: Node, statement: Statement) -> None:
    """Compare TxsSummry with the entries: banks count either all of them or the booked ones."""
    for path, direction in (("TtlNtries", None), ("TtlCdtNtries", True), ("TtlDbtNtries", False)):
        summary = node.find(f"TxsSummry/{path}")
        if summary is None:
            continue
        chosen = [
            [one for one in group if direction is None or one.credit is direction]
            for group in (statement.entries, statement.booked)
        ]
        _check_count(summary, chosen)
        _check_sum(summary, chosen, statement.currency)


def _check_count(summary: Node, chosen: list[list[Entry]]) -> None:
    """Compare the number of entries."""
    count = whole_number(summary.find("NbOfNtries"))
    if count is not None and count not in {len(group) for group in chosen}:
        raise summary.need("NbOfNtries").bad(f"summary counts {count} entries, {len(chosen[0])} are listed")


def _check_sum(summary: Node, chosen: list[list[Entry]], currency: Currency) -> None:
    """Compare the sum of amounts, which has no currency of its own."""
    stated = summary.find("Sum")
    if stated is None:
        return
    sums = {Money.total((one.amount for one in group), currency).minor for group in chosen}
    try:
        total = Money.parse(stated.text, currency)
    except Refused as error:
        raise stated.bad(error.message) from None
    if total.minor not in sums:
        raise stated.bad(f"summary says {total}, the entries sum to {Money(max(sums), currency)}")
