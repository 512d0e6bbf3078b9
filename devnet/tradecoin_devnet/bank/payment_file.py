"""Reading pain.001.001.09 and .03: what a customer asks the bank to pay."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from tradecoin_devnet.bank import times, xml_read
from tradecoin_devnet.bank.refusals import Refused, unreadable
from tradecoin_devnet.bank.xml_write import NAMESPACE

_KINDS = {NAMESPACE + kind: kind for kind in ("pain.001.001.09", "pain.001.001.03")}


@dataclass(frozen=True, slots=True)
class Order:
    """One payment (`CdtTrfTxInf`); the amount is still the text of the file."""

    end_to_end_id: str
    instr_id: str | None
    amount: str
    currency: str
    name: str | None
    iban: str | None
    bic: str | None
    lines: tuple[str, ...]
    reference: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """One debit account's payments (`PmtInf`)."""

    pmt_inf_id: str
    debtor_iban: str | None
    execution: date
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A whole file. `problem` is what its own totals contradict, as reason code and text."""

    kind: str
    msg_id: str
    batches: tuple[Batch, ...]
    problem: tuple[str, str] | None

    @property
    def orders(self) -> list[Order]:
        """Every payment of the file."""
        return [order for batch in self.batches for order in batch.orders]


def read(raw: bytes) -> PaymentFile:
    """Read the file; Refused (413, 422) when it is not a pain.001 that can be read whole."""
    kind, root = xml_read.read(raw, _KINDS)
    body = root.find("CstmrCdtTrfInitn")
    header = body.find("GrpHdr") if body else None
    if body is None or header is None:
        raise unreadable("there is no CstmrCdtTrfInitn with a GrpHdr")
    batches = tuple(_batch(node) for node in body.all("PmtInf"))
    if not any(batch.orders for batch in batches):
        raise unreadable("the file asks for no payment")
    orders = [order for batch in batches for order in batch.orders]
    return PaymentFile(kind, _identifier(header, "MsgId"), batches, _total_problem(header, orders))


def _batch(node: xml_read.Node) -> Batch:
    account = node.find("DbtrAcct")
    day = node.text("ReqdExctnDt/Dt", "ReqdExctnDt/DtTm", "ReqdExctnDt")
    try:
        execution = times.given_date((day or "")[:10])
    except Refused as refusal:
        raise unreadable(f"line {node.line}: ReqdExctnDt: {refusal.message}") from None
    orders = tuple(_order(part) for part in node.all("CdtTrfTxInf"))
    debtor = account.text("Id/IBAN", "Id/Othr/Id") if account else None
    return Batch(_identifier(node, "PmtInfId"), debtor, execution, orders)


def _order(node: xml_read.Node) -> Order:
    amount = node.find("Amt/InstdAmt")
    if amount is None:
        raise unreadable(f"line {node.line}: a payment needs Amt/InstdAmt; the bank converts nothing")
    return Order(
        end_to_end_id=_identifier(node, "PmtId/EndToEndId"),
        instr_id=_optional_identifier(node, "PmtId/InstrId"),
        amount=amount.own_text(),
        currency=amount.attribute("Ccy") or "",
        name=(node.text("Cdtr/Nm") or "")[:140] or None,
        iban=node.text("CdtrAcct/Id/IBAN", "CdtrAcct/Id/Othr/Id"),
        bic=node.text("CdtrAgt/FinInstnId/BICFI", "CdtrAgt/FinInstnId/BIC"),
        lines=tuple(line.own_text()[:140] for line in node.all("RmtInf/Ustrd") if line.own_text()),
        reference=_optional_identifier(node, "RmtInf/Strd/CdtrRefInf/Ref"),
    )


def _identifier(node: xml_read.Node, path: str) -> str:
    """Return a mandatory identification of at most 35 characters (Max35Text)."""
    text = node.text(path)
    if text is None or len(text) > 35:
        raise unreadable(f"line {node.line}: {path} must have 1 to 35 characters, not {text!r}")
    return text


def _optional_identifier(node: xml_read.Node, path: str) -> str | None:
    """Return an identification of at most 35 characters, or None when the file has none."""
    return None if node.text(path) is None else _identifier(node, path)


def _total_problem(header: xml_read.Node, orders: list[Order]) -> tuple[str, str] | None:
    """Return how NbOfTxs (AM18) or CtrlSum (AM10) contradict the payments, or None."""
    count, total = header.text("NbOfTxs"), header.text("CtrlSum")
    if count != str(len(orders)):
        return "AM18", f"NbOfTxs says {count}, the file has {len(orders)}"
    try:
        if total is not None and Decimal(total) != sum(Decimal(order.amount) for order in orders):
            return "AM10", f"CtrlSum says {total}, which is not what the payments sum to"
    except InvalidOperation:
        return "AM10", "CtrlSum or an amount is not a number"
    return None
