"""Writing of pain.001.001.09: credit transfers with structured addresses, equal content as equal bytes.

Built element by element, because the library that carries the schemas writes random ids, its own clock and two decimals
for every currency. Every file is proven against that library's schema before it is returned.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date
from functools import cache
from importlib import resources
from itertools import groupby
from typing import Any

from lxml import etree

from tradecoin.domain.money import Money
from tradecoin.domain.payment import Account, BadPayment, Payment, PaymentFile
from tradecoin.domain.references import iban, is_rf, normal_rf

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_PREFIXES: Any = {None: _NAMESPACE}  # the type stubs know no default namespace
_SCHEMA = "pain.001.001.09.xsd"
# EPC217-08: identifiers of the SEPA schemes use this set, with no slash at either end and no two in a row.
_IDENTIFIER = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+ ]{1,35}(?<!/)")
_MAX_MESSAGE_ID = 30
_MAX_SEPA_CENTS = 99_999_999_999  # 999,999,999.99 EUR: the SEPA credit transfer rulebook
_MAX_NAME = 70
_MAX_TEXT = 140


def write_pain001(file: PaymentFile) -> bytes:
    """Return the file as XML in UTF-8; raises BadPayment for what the format or the scheme does not allow, BadIban."""
    _check(file)
    root = etree.Element(f"{{{_NAMESPACE}}}Document", nsmap=_PREFIXES)
    body = _add(root, "CstmrCdtTrfInitn")
    header = _add(body, "GrpHdr")
    _add(header, "MsgId", file.message_id)
    _add(header, "CreDtTm", file.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _add_totals(header, file.payments)
    _add(_add(header, "InitgPty"), "Nm", file.debtor.name)
    days = sorted(file.payments, key=lambda one: one.execute_on)
    for number, (day, group) in enumerate(groupby(days, key=lambda one: one.execute_on), 1):
        _add_batch(body, file, number, day, list(group))
    _prove(root, file)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _check(file: PaymentFile) -> None:
    """Refuse what the schema would let pass."""
    if not file.payments:
        raise BadPayment("a file without payments", message_id=file.message_id)
    if len(file.message_id) > _MAX_MESSAGE_ID or not _IDENTIFIER.fullmatch(file.message_id):
        raise BadPayment("message id is not 1 to 30 plain characters", message_id=file.message_id)
    if file.created_at.tzinfo is None:
        raise ValueError("created_at has no zone")
    ids = [payment.end_to_end_id for payment in file.payments]
    if len(set(ids)) < len(ids):
        raise BadPayment("two payments with one EndToEndId", message_id=file.message_id)
    _check_account(file.debtor, file.message_id)
    for payment in file.payments:
        _check_payment(payment, file.payments[0].amount)


def _check_payment(payment: Payment, first: Money) -> None:
    """Refuse a payment that cannot be made."""
    facts = payment.end_to_end_id
    if not _IDENTIFIER.fullmatch(payment.end_to_end_id):
        raise BadPayment("EndToEndId is not 1 to 35 plain characters", end_to_end_id=facts)
    if payment.amount.minor <= 0:
        raise BadPayment(f"amount {payment.amount} is not above zero", end_to_end_id=facts)
    if payment.amount.currency.code == "EUR" and payment.amount.minor > _MAX_SEPA_CENTS:
        raise BadPayment(f"{payment.amount} is above what a SEPA payment carries", end_to_end_id=facts)
    if payment.amount.currency != first.currency:
        raise BadPayment(f"{payment.amount.currency} in a file of {first.currency}", end_to_end_id=facts)
    if len(payment.remittance) > _MAX_TEXT:
        raise BadPayment(f"remittance text is longer than {_MAX_TEXT}", end_to_end_id=facts)
    _check_account(payment.creditor, facts)


def _check_account(account: Account, whose: str) -> None:
    """Refuse a bad IBAN, a name outside 1 to 70 characters, or an address without town and country."""
    iban(account.iban)
    if not 0 < len(account.name.strip()) <= _MAX_NAME:
        raise BadPayment(f"name is not 1 to {_MAX_NAME} characters", of=whose)
    if not account.address.town.strip() or not re.fullmatch(r"[A-Z]{2}", account.address.country):
        raise BadPayment("address lacks town or country", of=whose)


def _add_batch(body: etree._Element, file: PaymentFile, number: int, day: date, payments: list[Payment]) -> None:
    """Add the PmtInf of one day; EUR goes by the SEPA service level, which asks for shared charges."""
    batch = _add(body, "PmtInf")
    _add(batch, "PmtInfId", f"{file.message_id}-{number}")
    _add(batch, "PmtMtd", "TRF")
    _add(batch, "BtchBookg", "false")
    _add_totals(batch, payments)
    in_euro = payments[0].amount.currency.code == "EUR"
    if in_euro:
        _add(_add(_add(batch, "PmtTpInf"), "SvcLvl"), "Cd", "SEPA")
    _add(_add(batch, "ReqdExctnDt"), "Dt", day.isoformat())
    _add_party(batch, "Dbtr", file.debtor)
    _add_account(batch, "DbtrAcct", file.debtor.iban)
    _add_agent(batch, "DbtrAgt", file.debtor.bic)
    _add(batch, "ChrgBr", "SLEV" if in_euro else "SHAR")
    for payment in payments:
        _add_payment(batch, payment)


def _add_payment(batch: etree._Element, payment: Payment) -> None:
    """Add one CdtTrfTxInf."""
    node = _add(batch, "CdtTrfTxInf")
    _add(_add(node, "PmtId"), "EndToEndId", payment.end_to_end_id)
    amount = _add(_add(node, "Amt"), "InstdAmt", payment.amount.text)
    amount.set("Ccy", payment.amount.currency.code)
    if payment.creditor.bic:
        _add_agent(node, "CdtrAgt", payment.creditor.bic)
    _add_party(node, "Cdtr", payment.creditor)
    _add_account(node, "CdtrAcct", payment.creditor.iban)
    if is_rf(payment.remittance):
        _add_reference(_add(node, "RmtInf"), normal_rf(payment.remittance))
    elif payment.remittance.strip():
        _add(_add(node, "RmtInf"), "Ustrd", payment.remittance)


def _add_reference(node: etree._Element, reference: str) -> None:
    """Add a structured creditor reference of ISO 11649."""
    inner = _add(_add(node, "Strd"), "CdtrRefInf")
    kind = _add(inner, "Tp")
    _add(_add(kind, "CdOrPrtry"), "Cd", "SCOR")
    _add(kind, "Issr", "ISO")
    _add(inner, "Ref", reference)


def _add_party(node: etree._Element, name: str, account: Account) -> None:
    """Add a party with its address."""
    party = _add(node, name)
    _add(party, "Nm", account.name)
    address = _add(party, "PstlAdr")
    told = account.address
    parts = {"StrtNm": told.street, "BldgNb": told.building, "PstCd": told.postcode, "TwnNm": told.town}
    for part, text in parts.items():
        if text:
            _add(address, part, text)
    _add(address, "Ctry", told.country)


def _add_account(node: etree._Element, name: str, number: str) -> None:
    """Add an account by its IBAN."""
    _add(_add(_add(node, name), "Id"), "IBAN", iban(number))


def _add_agent(node: etree._Element, name: str, bic: str | None) -> None:
    """Add a bank by BIC, or say in the scheme's words that none is given."""
    institution = _add(_add(node, name), "FinInstnId")
    if bic:
        _add(institution, "BICFI", bic)
    else:
        _add(_add(institution, "Othr"), "Id", "NOTPROVIDED")


def _add_totals(node: etree._Element, payments: Iterable[Payment]) -> None:
    """Add number and control sum."""
    amounts = [payment.amount for payment in payments]
    _add(node, "NbOfTxs", str(len(amounts)))
    _add(node, "CtrlSum", Money.total(amounts, amounts[0].currency).text)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    """Add an element; a text that XML cannot hold is refused."""
    node = etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
    if text is not None:
        try:
            node.text = text
        except ValueError:
            raise BadPayment(f"{name} has a character that XML cannot hold") from None
    return node


def _prove(root: etree._Element, file: PaymentFile) -> None:
    """Refuse what breaks the schema."""
    schema = _schema()
    if not schema.validate(root):
        errors: Any = schema.error_log
        first = str(errors[0].message).replace(f"{{{_NAMESPACE}}}", "")
        raise BadPayment(f"not a pain.001.001.09: {first}", message_id=file.message_id)


@cache
def _schema() -> etree.XMLSchema:
    """Return the compiled schema."""
    text = resources.files("sepaxml").joinpath("schemas", _SCHEMA).read_bytes()
    return etree.XMLSchema(etree.fromstring(text))
