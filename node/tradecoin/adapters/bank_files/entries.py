"""One Ntry of a camt message, in the shapes that versions .02 to .08 and newer give it."""

from dataclasses import replace
from datetime import date

from tradecoin.adapters.bank_files.details import read_charges, read_detail, share_out
from tradecoin.adapters.bank_files.values import (
    Reading,
    date_or_time,
    is_credit,
    is_true,
    money,
    positive,
    whole_number,
)
from tradecoin.adapters.bank_files.xml import Node
from tradecoin.domain.fingerprint import given
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.statement import BankTransactionCode, Batch, Detail, Entry, EntryStatus

_MONEY = {EntryStatus.BOOK, EntryStatus.PDNG}


def read_entry(node: Node, currency: Currency | None, fallback: date, reading: Reading) -> Entry:
    """Read a Ntry of an account in `currency`; `fallback` is the booking day where the bank gives no date at all.

    CdtDbtInd is the direction of the booking itself, also with RvslInd: in ISO 20022 a reversal that is DBIT takes
    back a credit. Raises BadBankMessage.
    """
    status = _status(node)
    amount = _amount(node, status, currency)
    credit = is_credit(node.need("CdtDbtInd"))
    charges = read_charges(node)
    details = _details(node, amount, credit, reading)
    details = share_out(node, details, amount, credit, charges) if details else []
    booked = node.first("BookgDt", "ValDt")
    value = node.find("ValDt")
    return Entry(
        amount=amount,
        credit=credit,
        status=status,
        booked=fallback if booked is None else date_or_time(booked, reading),
        position=node.position,
        value=None if value is None else _day(value, reading),
        reversal=is_true(node.find("RvslInd")),
        reference=_reference(node, details),
        entry_reference=given(node.text_at("NtryRef")),
        code=_code(node),
        details=tuple(details),
        charges=charges,
        batch=_batch(node, details, amount),
        info=node.text_at("AddtlNtryInf") or "",
    )


def _status(node: Node) -> EntryStatus:
    """Read Sts: a code as text up to .04, in a Cd from .08 on."""
    outer = node.need("Sts")
    inner = outer.first("Cd", "Prtry") or outer
    if inner.text not in EntryStatus.__members__:
        raise inner.bad(f"entry status {inner.text[:20]} is unknown")
    return EntryStatus(inner.text)


def _amount(node: Node, status: EntryStatus, currency: Currency | None) -> Money:
    """Read the amount in the account's currency, above zero where it is money."""
    inner = node.need("Amt")
    amount = positive(inner) if status in _MONEY else money(inner)
    if currency is not None and amount.currency != currency:
        raise inner.bad(f"entry is in {amount.currency}, the account in {currency}")
    return amount


def _day(node: Node, reading: Reading) -> date:
    """Read a value date; a time in it is dropped."""
    read = date_or_time(node, reading)
    return date(read.year, read.month, read.day)


def _details(node: Node, amount: Money, credit: bool, reading: Reading) -> list[Detail]:
    """Read the TxDtls of all NtryDtls. AmtDtls of the entry itself speak of its only payment, listed or not."""
    groups = node.all("NtryDtls")
    details = [read_detail(one, amount, credit, reading) for group in groups for one in group.all("TxDtls")]
    if len(details) > 1 or node.find("AmtDtls") is None:
        return details
    own = replace(read_detail(node, amount, credit, reading), charges=())
    if not details:
        return [own]
    only = details[0]
    return [replace(only, instructed=only.instructed or own.instructed, exchange=only.exchange or own.exchange)]


def _reference(node: Node, details: list[Detail]) -> str | None:
    """Return the servicer's reference of the entry, else of its only payment."""
    own = given(node.text_at("AcctSvcrRef"))
    return own or (details[0].servicer_reference if len(details) == 1 else None)


def _code(node: Node) -> BankTransactionCode:
    """Read BkTxCd; the standard asks for it, but nothing is lost without."""
    return BankTransactionCode(
        domain=node.text_at("BkTxCd/Domn/Cd"),
        family=node.text_at("BkTxCd/Domn/Fmly/Cd"),
        subfamily=node.text_at("BkTxCd/Domn/Fmly/SubFmlyCd"),
        proprietary=node.text_at("BkTxCd/Prtry/Cd"),
    )


def _batch(node: Node, details: list[Detail], amount: Money) -> Batch | None:
    """Read the Btch of the first NtryDtls that has one; with a single group its count and sum must fit."""
    groups = [group for group in node.all("NtryDtls") if group.find("Btch") is not None]
    if not groups:
        return None
    inner = groups[0].need("Btch")
    total = inner.find("TtlAmt")
    batch = Batch(
        count=whole_number(inner.find("NbOfTxs")),
        total=None if total is None else money(total),
        payment_information_id=given(inner.text_at("PmtInfId")),
        message_id=given(inner.text_at("MsgId")),
    )
    if details and len(node.all("NtryDtls")) == 1 and batch.count not in {None, len(details)}:
        raise inner.bad(f"batch counts {batch.count} payments, {len(details)} are listed")
    if batch.total is not None and batch.total.currency != amount.currency:
        raise inner.bad(f"batch is in {batch.total.currency}, the entry in {amount.currency}")
    return batch
