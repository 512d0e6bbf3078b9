"""The payments inside a camt entry: TxDtls of versions .02 to .08 and newer, with their shares of the amount."""

from collections.abc import Callable
from dataclasses import replace

from tradecoin.adapters.bank_files.values import Reading, account, is_credit, is_true, money, positive, rate
from tradecoin.adapters.bank_files.xml import Node
from tradecoin.domain.fingerprint import given
from tradecoin.domain.money import Money
from tradecoin.domain.statement import Charge, Detail, Exchange, Party

_AMOUNT_KINDS = ("InstdAmt", "TxAmt", "CntrValAmt", "AnncdPstngAmt")


def read_detail(node: Node, entry_amount: Money, entry_credit: bool, reading: Reading) -> Detail:
    """Read one TxDtls. `amount` is what the bank states in the entry's currency; `share_out` makes shares of these."""
    direction = node.find("CdtDbtInd")
    refs = _references(node)
    remittance, structured = _remittance(node)
    return Detail(
        amount=_stated(node, entry_amount),
        credit=entry_credit if direction is None else is_credit(direction),
        servicer_reference=refs("AcctSvcrRef"),
        end_to_end_id=refs("EndToEndId"),
        instruction_id=refs("InstrId"),
        transaction_id=refs("TxId"),
        payment_information_id=refs("PmtInfId"),
        uetr=refs("UETR"),
        mandate=refs("MndtId"),
        structured_reference=structured,
        remittance_text=remittance,
        debtor=_party(node, "Dbtr", reading),
        creditor=_party(node, "Cdtr", reading),
        instructed=_amount(node, "AmtDtls/InstdAmt/Amt"),
        transaction=_amount(node, "AmtDtls/TxAmt/Amt"),
        exchange=read_exchange(node.find("AmtDtls")),
        charges=read_charges(node),
        return_reason=node.text_at("RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"),
        info=node.text_at("AddtlTxInf") or "",
    )


def share_out(
    node: Node, details: list[Detail], amount: Money, credit: bool, charges: tuple[Charge, ...]
) -> list[Detail]:
    """Turn stated amounts into shares that sum to the entry's amount; raises BadBankMessage when they cannot.

    The stated amounts must sum to the entry's, as they are or after the charges that a bank netted: those of each
    payment, or for a single payment those of the entry. Charges of the entry alone cannot be divided over several
    payments: then, as when an amount is missing, the shares stay None.
    """
    if len(details) == 1 and details[0].amount is None:
        return [replace(details[0], amount=amount, credit=credit)]
    if any(detail.amount is None for detail in details):
        return [replace(detail, amount=None) for detail in details]
    target = amount.minor if credit else -amount.minor
    # Some banks give the payments inside a reversal the direction of the original.
    for shares in (_signed(details), _net(details), [-share for share in _signed(details)]):
        if sum(shares) == target:
            return [_with_share(detail, share, amount) for detail, share in zip(details, shares, strict=True)]
    if sum(_signed(details)) + _netted(charges, amount) == target:
        only = len(details) == 1
        return [replace(detail, amount=amount if only else None, credit=credit) for detail in details]
    total = Money(abs(sum(_signed(details))), amount.currency)
    raise node.bad(f"details sum to {total}, the entry is {amount}")


def read_charges(node: Node) -> tuple[Charge, ...]:
    """Read Chrgs: the amounts themselves up to version .02, records from .04 on; zero charges are left out."""
    found: list[Charge] = []
    for outer in node.all("Chrgs"):
        for record in outer.all("Rcrd") or [outer]:
            amount = record.find("Amt")
            direction, inside = record.find("CdtDbtInd"), record.find("ChrgInclInd")
            if amount is not None and money(amount).minor:
                credit = direction is not None and is_credit(direction)
                found.append(Charge(money(amount), credit, None if inside is None else is_true(inside)))
    return tuple(found)


def read_exchange(node: Node | None) -> Exchange | None:
    """Read the first CcyXchg in an AmtDtls."""
    inner = node.first(*(f"{kind}/CcyXchg" for kind in _AMOUNT_KINDS)) if node is not None else None
    if inner is None:
        return None
    source = inner.need("SrcCcy").text
    return Exchange(source, inner.text_at("TrgtCcy"), inner.text_at("UnitCcy"), rate(inner.need("XchgRate")))


def _references(node: Node) -> Callable[[str], str | None]:
    """Return a reader of the Refs that drops fillers such as NOTPROVIDED."""
    return lambda name: given(node.text_at(f"Refs/{name}"))


def _stated(node: Node, entry_amount: Money) -> Money | None:
    """Return the first amount that the bank states in the entry's currency: of the payment, else of the transaction."""
    direct = node.find("Amt")
    paths = ("AmtDtls/TxAmt/Amt", "AmtDtls/CntrValAmt/Amt")
    found = [direct] if direct is not None else [one for path in paths if (one := node.find(path)) is not None]
    amounts = (positive(one) for one in found)
    return next((amount for amount in amounts if amount.currency == entry_amount.currency), None)


def _amount(node: Node, path: str) -> Money | None:
    """Read an amount that may be missing."""
    found = node.find(path)
    return None if found is None else money(found)


def _party(node: Node, role: str, reading: Reading) -> Party:
    """Read Dbtr or Cdtr: the name directly (.02), under Pty (.08) or of an agent, and the account's number."""
    name = node.text_at(
        f"RltdPties/{role}/Nm",
        f"RltdPties/{role}/Pty/Nm",
        f"RltdPties/{role}/Agt/FinInstnId/Nm",
        f"RltdPties/Ultmt{role}/Nm",
        f"RltdPties/Ultmt{role}/Pty/Nm",
    )
    number = node.find(f"RltdPties/{role}Acct/Id")
    return Party(name, account(number, reading) if number is not None else None)


def _remittance(node: Node) -> tuple[str, str | None]:
    """Return the text, its parts joined by a space, and the first creditor reference; others join the text."""
    info = node.find("RmtInf")
    if info is None:
        return "", None
    parts = [part.text for part in info.all("Ustrd") if part.element.text and part.element.text.strip()]
    references: list[str] = []
    for structured in info.all("Strd"):
        reference = given(structured.text_at("CdtrRefInf/Ref"))
        references += [reference] if reference else []
        parts += [part.text for part in structured.all("AddtlRmtInf") if part.element.text]
    return " ".join(parts + references[1:]), references[0] if references else None


def _signed(details: list[Detail]) -> list[int]:
    """Return the stated amounts with their directions, in minor units."""
    return [detail.amount.minor * (1 if detail.credit else -1) for detail in details if detail.amount]


def _net(details: list[Detail]) -> list[int]:
    """Return the stated amounts with directions, less the charges of each."""
    pairs = zip(_signed(details), details, strict=True)
    return [signed + (_netted(detail.charges, detail.amount) if detail.amount else 0) for signed, detail in pairs]


def _netted(charges: tuple[Charge, ...], amount: Money) -> int:
    """Return what charges in the currency of `amount` change in the balance, unless they are said to be apart."""
    inside = [one for one in charges if one.included is not False and one.amount.currency == amount.currency]
    return sum(one.amount.minor if one.credit else -one.amount.minor for one in inside)


def _with_share(detail: Detail, share: int, amount: Money) -> Detail:
    """Return the detail with its share; the direction is that of the share."""
    return replace(detail, amount=Money(abs(share), amount.currency), credit=share > 0)
