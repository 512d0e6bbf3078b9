"""One entry as `Ntry`, in the three dialects of camt.052/053/054 that banks still send: 02, 04 and 08.

Element order and names: the ISO 20022 message definitions of camt.05x.001.02, .04 and .08. What differs: `Sts` is a
code in 08 and plain text before; a party is wrapped in `Pty` from 08; a bank is `BIC` in 02 and `BICFI` after; the
amount of one transaction is `AmtDtls/TxAmt` in 02 and `Amt` after; charges are in `Rcrd` after 02.
"""

import json
import sqlite3
from typing import Any
from xml.etree.ElementTree import Element

from tradecoin_devnet.bank.iban import is_iban
from tradecoin_devnet.bank.money import decimal_text
from tradecoin_devnet.bank.xml_write import nested, optional, tag

Facts = dict[str, Any]


def entry(row: sqlite3.Row, currency: str, version: str) -> Element:
    """Return the `Ntry` of an entry."""
    facts = json.loads(row["facts"])
    side = _side(row["credit"])
    return tag(
        "Ntry",
        amount("Amt", row["minor"], currency),
        tag("CdtDbtInd", side),
        tag("RvslInd", "true") if row["reversal"] else None,
        tag("Sts", tag("Cd", row["status"])) if version == "08" else tag("Sts", row["status"]),
        nested("BookgDt/Dt", row["booking_date"]),
        nested("ValDt/Dt", row["value_date"]),
        optional("AcctSvcrRef", row["reference"]),
        _code("BkTxCd", facts.get("code")) or tag("BkTxCd"),
        _charges(facts, currency, version),
        _details(row, facts, currency, version),
        optional("AddtlNtryInf", facts.get("note")),
    )


def amount(name: str, minor: int, currency: str) -> Element:
    """Return an amount element with its currency attribute; the sign is never in the text."""
    return tag(name, decimal_text(abs(minor), currency), Ccy=currency)


def account_id(account: str) -> Element:
    """Return the `Id` of an account: `IBAN` when it is one, else `Othr`."""
    return nested("Id/IBAN", account) if is_iban(account) else nested("Id/Othr/Id", account)


def bank(name: str, bic: str, version: str) -> Element:
    """Return a bank, known by its BIC."""
    return nested(f"{name}/FinInstnId/{'BIC' if version == '02' else 'BICFI'}", bic)


def _side(credit: object) -> str:
    return "CRDT" if credit else "DBIT"


def _code(name: str, code: str | None) -> Element | None:
    """Return a bank transaction code, or nothing when a loaded statement did not give all of it."""
    if code is None or code.count("/") != 2:
        return None
    domain, family, sub = code.split("/")
    return tag(name, tag("Domn", tag("Cd", domain), tag("Fmly", tag("Cd", family), tag("SubFmlyCd", sub))))


def _charges(facts: Facts, currency: str, version: str) -> Element | None:
    """Return the charges that are netted into the entry's amount."""
    minor = facts.get("charges")
    if not minor:
        return None
    record = (amount("Amt", minor, currency), tag("CdtDbtInd", "DBIT"))
    return tag("Chrgs", *record) if version == "02" else tag("Chrgs", tag("Rcrd", *record, tag("ChrgInclInd", "true")))


def _details(row: sqlite3.Row, facts: Facts, currency: str, version: str) -> Element:
    """Return one transaction, or a batch of them."""
    details = facts.get("details")
    if not details:
        only = {**facts, "end_to_end_id": row["end_to_end_id"], "minor": _transaction_minor(row, facts)}
        return tag("NtryDtls", _transaction(row, only, currency, version))
    summary = tag("Btch", tag("NbOfTxs", str(len(details))), amount("TtlAmt", row["minor"], currency))
    if version != "02":
        summary.append(tag("CdtDbtInd", _side(row["credit"])))
    parts = [_transaction(row, {"code": facts.get("code"), **detail}, currency, version) for detail in details]
    return tag("NtryDtls", summary, *parts)


def _transaction_minor(row: sqlite3.Row, facts: Facts) -> int:
    """Return the payment's own amount: charges are taken off a credit, and put on a debit."""
    charges = int(facts.get("charges") or 0)
    return int(row["minor"]) + (charges if row["credit"] else -charges)


def _transaction(row: sqlite3.Row, facts: Facts, currency: str, version: str) -> Element:
    """Return one `TxDtls`; `row` gives the side and reference, `facts` the rest."""
    minor = facts.get("minor")
    own: tuple[Element, ...] = ()
    if version != "02" and minor is not None:
        own = (amount("Amt", minor, currency), tag("CdtDbtInd", _side(row["credit"])))
    return tag(
        "TxDtls",
        _references(row, facts),
        *own,
        _amounts(minor, facts, currency, version),
        *_parties(row, facts, version),
        _remittance(facts.get("remittance")),
        _return(facts),
    )


def _references(row: sqlite3.Row, facts: Facts) -> Element:
    """Return `Refs`; the entry's reference stands at its only payment too, a payment of a batch has its own or none."""
    own = facts.get("servicer_reference") if facts.get("batched") else row["reference"]
    return tag(
        "Refs",
        optional("MsgId", facts.get("msg_id")),
        optional("AcctSvcrRef", own),
        optional("PmtInfId", facts.get("pmt_inf_id")),
        optional("InstrId", facts.get("instr_id")),
        tag("EndToEndId", facts.get("end_to_end_id") or "NOTPROVIDED"),
    )


def _amounts(minor: int | None, facts: Facts, currency: str, version: str) -> Element | None:
    """Return `AmtDtls`: the amount that the payer named when it was in another currency, and the transaction's."""
    original = facts.get("original")
    if minor is None or (version != "02" and not original):
        return None
    transaction = tag("TxAmt", amount("Amt", minor, currency))
    if not original:
        return tag("AmtDtls", transaction)
    instructed = tag("InstdAmt", tag("Amt", original["amount"], Ccy=original["currency"]))
    transaction.append(_exchange(original, currency))
    return tag("AmtDtls", instructed, transaction)


def _exchange(original: Facts, currency: str) -> Element:
    return tag(
        "CcyXchg",
        tag("SrcCcy", original["currency"]),
        tag("TrgtCcy", currency),
        tag("UnitCcy", original["currency"]),
        tag("XchgRate", original["rate"]),
    )


def _parties(row: sqlite3.Row, facts: Facts, version: str) -> list[Element]:
    """Return who is on the other side, and their bank: the debtor of a credit, the creditor of a debit.

    A reversal and a return show the sides of the payment that they undo.
    """
    party = facts.get("party") or {}
    turned = bool(row["reversal"]) or bool(facts.get("returned"))
    role = "Dbtr" if bool(row["credit"]) != turned else "Cdtr"
    related = [_named(role, party["name"], version)] if party.get("name") else []
    if party.get("iban"):
        related.append(tag(f"{role}Acct", account_id(party["iban"])))
    parts = [tag("RltdPties", *related)] if related else []
    if party.get("bic"):
        parts.append(tag("RltdAgts", bank(f"{role}Agt", party["bic"], version)))
    return parts


def _named(role: str, name: str, version: str) -> Element:
    return nested(f"{role}/Pty/Nm", name) if version == "08" else nested(f"{role}/Nm", name)


def _remittance(remittance: Facts | None) -> Element | None:
    """Return `RmtInf`: free lines, and a creditor reference apart from them."""
    if not remittance or not (remittance.get("lines") or remittance.get("reference")):
        return None
    parts = [tag("Ustrd", line) for line in remittance.get("lines") or []]
    if remittance.get("reference"):
        kind = nested("Tp/CdOrPrtry/Cd", "SCOR")
        parts.append(tag("Strd", tag("CdtrRefInf", kind, tag("Ref", remittance["reference"]))))
    return tag("RmtInf", *parts)


def _return(facts: Facts) -> Element | None:
    """Return why a payment came back."""
    returned = facts.get("returned")
    if not returned:
        return None
    return tag(
        "RtrInf",
        _code("OrgnlBkTxCd", returned.get("code")),
        nested("Rsn/Cd", returned["reason"]),
        optional("AddtlInf", returned.get("text")),
    )
