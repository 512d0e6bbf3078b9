"""pacs.004.001.09: a payment that comes back, with the reason.

Between banks this message settles the return; a customer's bank that passes it on names the customer's own file in
`OrgnlGrpInf` and `INDA`, its own books, as the way of settlement.
"""

import json
import sqlite3
from xml.etree.ElementTree import Element

from tradecoin_devnet.bank import times
from tradecoin_devnet.bank.camt_entry import account_id, amount
from tradecoin_devnet.bank.xml_write import document, nested, optional, tag

TYPE = "pacs.004.001.09"


def write(msg_id: str, at: str, payment: sqlite3.Row, account: sqlite3.Row) -> str:
    """Return the document for one returned payment."""
    header = tag(
        "GrpHdr", tag("MsgId", msg_id), tag("CreDtTm", at), tag("NbOfTxs", "1"), nested("SttlmInf/SttlmMtd", "INDA")
    )
    return document(TYPE, tag("PmtRtr", header, _transaction(msg_id, at, payment, account)))


def _transaction(msg_id: str, at: str, payment: sqlite3.Row, account: sqlite3.Row) -> Element:
    day = times.local_day(times.moment_of(at), times.zone_named(account["zone"])).isoformat()
    return tag(
        "TxInf",
        tag("RtrId", msg_id),
        tag("OrgnlGrpInf", tag("OrgnlMsgId", payment["msg_id"]), tag("OrgnlMsgNmId", payment["msg_kind"])),
        optional("OrgnlInstrId", payment["instr_id"]),
        tag("OrgnlEndToEndId", payment["end_to_end_id"]),
        amount("OrgnlIntrBkSttlmAmt", payment["minor"], payment["currency"]),
        amount("RtrdIntrBkSttlmAmt", payment["minor"], payment["currency"]),
        tag("IntrBkSttlmDt", day),
        tag("ChrgBr", "SLEV"),
        tag("RtrRsnInf", nested("Rsn/Cd", payment["return_reason"])),
        _original(payment, account),
    )


def _original(payment: sqlite3.Row, account: sqlite3.Row) -> Element:
    creditor = json.loads(payment["creditor"])
    return tag(
        "OrgnlTxRef",
        nested("Dbtr/Pty/Nm", account["name"]),
        tag("DbtrAcct", account_id(account["iban"])),
        nested("Cdtr/Pty/Nm", creditor["name"]) if creditor["name"] else None,
        tag("CdtrAcct", account_id(creditor["iban"])),
    )
