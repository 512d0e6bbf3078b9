"""pain.002: what became of a payment file and of each payment in it."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from xml.etree.ElementTree import Element

from tradecoin_devnet.bank import outbox
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.bank.iban import BIC
from tradecoin_devnet.bank.outbox import Delivery
from tradecoin_devnet.bank.xml_write import document, nested, optional, tag

# The status report that goes with each version of the request.
_TYPES = {"pain.001.001.09": "pain.002.001.10", "pain.001.001.03": "pain.002.001.03"}


@dataclass(frozen=True, slots=True)
class Standing:
    """How a payment stands: ACTC (taken), ACSC (debited) or RJCT, with the reason of a rejection."""

    payment: sqlite3.Row
    status: str


@dataclass(frozen=True, slots=True)
class FileStanding:
    """How a file stands, as a group status with its reason."""

    msg_id: str
    kind: str
    status: str
    reason: str | None = None
    text: str | None = None


def standing(payment: sqlite3.Row) -> Standing:
    """Return how the payment's row says it stands."""
    status = {"accepted": "ACTC", "rejected": "RJCT", "lost": "ACTC"}.get(payment["status"], "ACSC")
    return Standing(payment, status)


def group_status(statuses: Sequence[str]) -> str:
    """Return the group status that sums these up: all the same, or PART."""
    return statuses[0] if len(set(statuses)) == 1 else "PART"


def send(
    desk: Desk, file: FileStanding, standings: Sequence[Standing], account_id: int | None, at: str, how: Delivery
) -> None:
    """Send one status report to the owner of that account."""
    msg_id, message_type = outbox.new_id(desk, "P002"), _TYPES[file.kind]
    body = document(message_type, _report(msg_id, at, file, standings))
    outbox.put(desk, account_id, message_type, msg_id, body, at, how)


def _report(msg_id: str, at: str, file: FileStanding, standings: Sequence[Standing]) -> Element:
    bic = "BICFI" if file.kind.endswith("09") else "BIC"
    return tag(
        "CstmrPmtStsRpt",
        tag("GrpHdr", tag("MsgId", msg_id), tag("CreDtTm", at), nested(f"DbtrAgt/FinInstnId/{bic}", BIC)),
        tag(
            "OrgnlGrpInfAndSts",
            tag("OrgnlMsgId", file.msg_id),
            tag("OrgnlMsgNmId", file.kind),
            tag("GrpSts", file.status),
            _reason(file.reason, file.text),
        ),
        *(
            _batch(pmt_inf_id, list(group))
            for pmt_inf_id, group in groupby(standings, key=lambda standing: standing.payment["pmt_inf_id"])
        ),
    )


def _batch(pmt_inf_id: str, standings: list[Standing]) -> Element:
    return tag(
        "OrgnlPmtInfAndSts",
        tag("OrgnlPmtInfId", pmt_inf_id),
        tag("PmtInfSts", group_status([standing.status for standing in standings])),
        *(_transaction(standing) for standing in standings),
    )


def _transaction(standing: Standing) -> Element:
    payment = standing.payment
    rejected = standing.status == "RJCT"
    return tag(
        "TxInfAndSts",
        optional("OrgnlInstrId", payment["instr_id"]),
        tag("OrgnlEndToEndId", payment["end_to_end_id"]),
        tag("TxSts", standing.status),
        _reason(payment["reason"], payment["reason_text"]) if rejected else None,
    )


def _reason(code: str | None, text: str | None) -> Element | None:
    if code is None:
        return None
    return tag("StsRsnInf", nested("Rsn/Cd", code), optional("AddtlInf", (text or "")[:105]))
