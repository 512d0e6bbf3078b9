"""What banks say of payments that we ordered: pain.002 status reports and pacs.004 returns."""

from tradecoin.adapters.bank_files.values import Reading, day, moment, positive
from tradecoin.adapters.bank_files.xml import Document, Node
from tradecoin.domain.fingerprint import given
from tradecoin.domain.statement import BankMessage, PaymentReturn, PaymentStatus

# ExternalPaymentGroupStatus1Code, ExternalPaymentTransactionStatus1Code.
_STATUSES = frozenset(
    {"ACCC", "ACCP", "ACFC", "ACIS", "ACPD", "ACSC", "ACSP", "ACTC", "ACWC", "ACWP", "APAR", "BLCK", "CANC", "CPUC"}
    | {"INVR", "PART", "PATC", "PDNG", "PRES", "RCVC", "RCVD", "RJCT", "RPPE"}
)


def read_pain002(document: Document, reading: Reading) -> BankMessage:
    """Read a customer payment status report of version .03 or newer: the file's status first, then what is inside."""
    body = document.node.need("CstmrPmtStsRpt")
    header = body.need("GrpHdr")
    group = body.need("OrgnlGrpInfAndSts")
    original = group.need("OrgnlMsgId").text
    statuses = [_status(group, "GrpSts", original)] if group.find("GrpSts") else []
    for batch in body.all("OrgnlPmtInfAndSts"):
        batch_id = batch.need("OrgnlPmtInfId").text
        statuses += [_status(batch, "PmtInfSts", original, batch_id)] if batch.find("PmtInfSts") else []
        statuses += [_status(one, "TxSts", original, batch_id) for one in batch.all("TxInfAndSts")]
    if not statuses:
        raise body.bad("report has no status at all")
    return BankMessage(
        kind="pain.002",
        version=document.version,
        message_id=header.need("MsgId").text,
        created_at=moment(header.need("CreDtTm"), reading),
        payment_statuses=tuple(statuses),
    )


def read_pacs004(document: Document, reading: Reading) -> BankMessage:
    """Read a payment return of version .02 or newer."""
    body = document.node.need("PmtRtr")
    header = body.need("GrpHdr")
    if not body.all("TxInf"):
        raise body.bad("mandatory element TxInf is missing")
    return BankMessage(
        kind="pacs.004",
        version=document.version,
        message_id=header.need("MsgId").text,
        created_at=moment(header.need("CreDtTm"), reading),
        payment_returns=tuple(_payment_return(one, header) for one in body.all("TxInf")),
    )


def _status(node: Node, name: str, original: str, batch: str | None = None) -> PaymentStatus:
    """Read one level of a report; its reason is the first that is given."""
    status = node.need(name)
    if status.text not in _STATUSES:
        raise status.bad(f"payment status {status.text[:20]} is unknown")
    reasons = node.all("StsRsnInf")
    info = " ".join(part.text for one in reasons for part in one.all("AddtlInf") if part.element.text)
    return PaymentStatus(
        original_message_id=original,
        status=status.text,
        payment_information_id=batch,
        end_to_end_id=given(node.text_at("OrgnlEndToEndId")) if name == "TxSts" else None,
        reason=next((code for one in reasons if (code := one.text_at("Rsn/Cd", "Rsn/Prtry"))), None),
        info=info,
    )


def _payment_return(node: Node, header: Node) -> PaymentReturn:
    """Read one TxInf; the amount is what comes back, the settlement day its own or the group's."""
    settles = node.find("IntrBkSttlmDt") or header.find("IntrBkSttlmDt")
    reasons = node.all("RtrRsnInf")
    return PaymentReturn(
        return_id=node.need("RtrId").text,
        amount=positive(node.need("RtrdIntrBkSttlmAmt")),
        original_end_to_end_id=given(node.text_at("OrgnlEndToEndId")),
        original_message_id=given(node.text_at("OrgnlGrpInf/OrgnlMsgId")),
        original_transaction_id=given(node.text_at("OrgnlTxId")),
        original_uetr=given(node.text_at("OrgnlUETR")),
        reason=next((code for one in reasons if (code := one.text_at("Rsn/Cd", "Rsn/Prtry"))), None),
        settles_on=None if settles is None else day(settles),
        info=" ".join(part.text for one in reasons for part in one.all("AddtlInf") if part.element.text),
    )
