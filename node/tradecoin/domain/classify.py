"""What a booked entry on the reserve account is to us: one rule, which node and auditors share.

A payer chooses the EndToEndId of a credit, so an id of ours on a credit proves nothing by itself: only together with
the bank's own word that a payment came back does it name a payout of ours. In the same way a debit with an id of ours
is our payout only when the bank does not call it a reversal or a return.
"""

import re
from typing import Final

from tradecoin.domain.deposit import EntryKind
from tradecoin.domain.statement import BankTransactionCode, Detail, Entry

_OUR_ID = re.compile(r"[RD][A-Z2-7]{26}-[1-9][0-9]{0,6}")
# ISO 20022 external sub-families: reimbursement, and reversal due to a payment cancellation request. MT940 has NRTI for
# a returned item.
_RETURN_CODES: Final = frozenset({"RRTN", "RPCR", "NRTI"})
_OWN_AFFAIRS: Final = frozenset({"ACMT", "CAMT"})
_NOTHING = Detail()

_UNDONE: Final = {
    EntryKind.DEPOSIT: EntryKind.DEPOSIT_REVERSED,
    EntryKind.DEPOSIT_REVERSED: EntryKind.DEPOSIT,
    EntryKind.OPERATOR_CREDIT: EntryKind.CHARGE,
    EntryKind.CHARGE: EntryKind.OPERATOR_CREDIT,
    EntryKind.PAYOUT_BOOKED: EntryKind.PAYOUT_RETURNED,
    EntryKind.PAYOUT_RETURNED: EntryKind.PAYOUT_BOOKED,
    EntryKind.DEPOSIT_RETURNED: EntryKind.PAYOUT_RETURNED,
    EntryKind.UNEXPLAINED_DEBIT: EntryKind.OPERATOR_CREDIT,
}


def is_our_id(end_to_end_id: str | None) -> bool:
    """Whether an EndToEndId has the form of ours: "R…-n" for a redemption's payout, "D…-n" for a returned deposit."""
    return bool(end_to_end_id) and _OUR_ID.fullmatch(end_to_end_id or "") is not None


def classify(entry: Entry, detail: Detail = _NOTHING) -> EntryKind:
    """Return what a booked entry, or the one payment `detail` of it, is to us.

    Credits: a returned payment with our id is a payout returned; interest, capital and corrections by the bank (code
    domains ACMT and CAMT, interest and charge codes) and reversals of debits are the operator's; others are deposits.
    Debits: charges and interest are charges; a reversal or a return takes back a deposit; a payment with our id is a
    payout, or a deposit sent back; all others are unexplained. What a reversal undoes, `undone` says more exactly.
    """
    own = detail.end_to_end_id if is_our_id(detail.end_to_end_id) else None
    if entry.credit:
        return _credit(entry, detail, own)
    return _debit(entry, detail, own)


def undone(original: EntryKind) -> EntryKind:
    """Return what a reversal is when the entry that it undoes is known to have been `original`."""
    return _UNDONE[original]


def is_return(entry: Entry, detail: Detail = _NOTHING) -> bool:
    """Whether the bank says that a payment came back: return information, or a return in the transaction code."""
    codes = {entry.code.subfamily, entry.code.proprietary}
    return detail.return_reason is not None or not codes.isdisjoint(_RETURN_CODES)


def _credit(entry: Entry, detail: Detail, own: str | None) -> EntryKind:
    """Money that came in."""
    if own and (entry.reversal or is_return(entry, detail)):
        return EntryKind.PAYOUT_RETURNED
    if entry.reversal or _is_own_affair(entry.code):
        return EntryKind.OPERATOR_CREDIT
    return EntryKind.DEPOSIT


def _debit(entry: Entry, detail: Detail, own: str | None) -> EntryKind:
    """Money that went out."""
    if _is_own_affair(entry.code):
        return EntryKind.CHARGE
    if entry.reversal or is_return(entry, detail):
        return EntryKind.DEPOSIT_REVERSED
    if own:
        return EntryKind.PAYOUT_BOOKED if own.startswith("R") else EntryKind.DEPOSIT_RETURNED
    return EntryKind.UNEXPLAINED_DEBIT


def _is_own_affair(code: BankTransactionCode) -> bool:
    """Whether an entry is between the bank and the operator: interest, charges, capital, corrections."""
    return code.is_interest or code.is_charge or code.domain in _OWN_AFFAIRS
