"""What the bank booked of our payouts: the debit, its return, and a return taken back."""

from dataclasses import replace
from typing import Any

from tradecoin.domain.deposit import BankEntry, EntryKind
from tradecoin.domain.ledger import Event, posting
from tradecoin.domain.money import Money
from tradecoin.domain.payout import Payout, PayoutCause
from tradecoin.domain.redemption import GiveBackReason
from tradecoin.domain.states import DepositState, PayoutState, RedemptionState
from tradecoin.domain.terms import Terms
from tradecoin.flow import settlement
from tradecoin.ports.store import Tx


def note_debit(tx: Tx, terms: Terms, entry: BankEntry) -> None:
    """The bank booked a payout. What it took beyond the amount is a charge."""
    paid = -entry.amount
    row = tx.payouts.find(end_to_end_id=entry.end_to_end_id)
    if row is None:
        _post(tx, Event.LOSS, paid, entry, entry.id)
        tx.publish("payout.unknown_debit", entry.id, {"amount": paid.text, "end_to_end_id": entry.end_to_end_id})
        return
    is_late = row.state is PayoutState.RETURNED and not row.entry_id
    if (row.state in (PayoutState.BOOKED, PayoutState.RETURNED) and not is_late) or paid.minor < row.amount.minor:
        _post(tx, Event.LOSS, paid, entry, row.id)
        tx.publish("payout.debited_wrongly", row.id, {"amount": paid.text, "ordered": row.amount.text})
        return
    kind = Event.DEPOSIT_TAKEN_BACK if entry.kind is EntryKind.DEPOSIT_RETURNED else Event.PAYOUT_BOOKED
    if is_late:
        tx.payouts.save(replace(row, entry_id=entry.id, updated_at=tx.now))
    else:
        row = tx.move(row, PayoutState.BOOKED, cause=entry.id, actor="bank", entry_id=entry.id)
        if not _close(tx, row, entry):
            kind = Event.LOSS
            tx.publish("payout.booked_without_claim", row.id, {"amount": paid.text})
    _post(tx, kind, row.amount, entry, row.id)
    if paid != row.amount:
        _post(tx, Event.CHARGE, paid - row.amount, entry, row.id, part=":charge")


def _post(tx: Tx, event: Event, amount: Money, entry: BankEntry, subject: str, *, part: str = "") -> None:
    """Post an entry, or a part of it."""
    tx.books.post(posting(event, amount, key=f"{entry.fingerprint}{part}", subject=subject, at=entry.booked_at))


def _close(tx: Tx, row: Payout, entry: BankEntry) -> bool:
    """Tell the redemption or deposit that its money left; False when the claim it paid for is gone."""
    if row.cause is PayoutCause.REPAYMENT:
        return True
    if row.cause is PayoutCause.REDEMPTION:
        return settlement.note_paid(tx=tx, redemption_id=row.subject_id)
    deposit = tx.deposits.get(row.subject_id)
    if deposit.state is DepositState.UNMATCHED and deposit.allocated.minor == 0:
        deposit = tx.move(deposit, DepositState.RETURN_PENDING, cause=entry.id, actor="bank")
    if deposit.state is not DepositState.RETURN_PENDING:
        return False
    tx.move(deposit, DepositState.RETURNED, cause=entry.id, actor="bank", gone_at=entry.booked_at)
    return True


def note_return(tx: Tx, terms: Terms, entry: BankEntry) -> None:
    """A payout came back: before the burn the coins go back, after it the money is owed.

    The return can be told before the debit; the debit then only closes the sum.
    """
    row = tx.payouts.find(end_to_end_id=entry.end_to_end_id)
    if row is None or row.state in (PayoutState.PREPARED, PayoutState.RETURNED):
        _post(tx, Event.OPERATOR_CREDIT, entry.amount, entry, entry.id)
        tx.publish("payout.unknown_return", entry.id, {"amount": entry.amount.text})
        return
    is_owed = row.state is not PayoutState.BOOKED or _is_owed(tx, row)
    row = tx.move(row, PayoutState.RETURNED, cause=entry.id, actor="bank", reason=entry.reason or "returned")
    if not is_owed:
        _post(tx, Event.OPERATOR_CREDIT, entry.amount, entry, row.id)
        return
    is_deposit = row.cause is PayoutCause.DEPOSIT_RETURN
    _post(tx, Event.CREDIT_BOOKED if is_deposit else Event.PAYOUT_RETURNED, row.amount, entry, row.id)
    kept = row.amount - entry.amount
    if kept.minor > 0:
        _post(tx, Event.CHARGE, kept, entry, row.id, part=":charge")
    elif kept.minor < 0:
        _post(tx, Event.OPERATOR_CREDIT, -kept, entry, row.id, part=":charge")
    if is_deposit:
        _reopen(tx, row, entry)
    else:
        settlement.give_back(tx=tx, redemption_id=row.subject_id, reason=GiveBackReason.RETURNED_BY_BANK)


def _is_owed(tx: Tx, row: Payout) -> bool:
    """Whether a booked payout paid a claim, so that its return revives it; otherwise it was the operator's loss."""
    if row.cause is PayoutCause.DEPOSIT_RETURN:
        return tx.deposits.get(row.subject_id).state is DepositState.RETURNED
    return tx.redemptions.get(row.subject_id).state in (RedemptionState.PAID, RedemptionState.SETTLED)


def _reopen(tx: Tx, row: Payout, entry: BankEntry) -> None:
    """A deposit is here again; an operator finds another account for it."""
    deposit = tx.deposits.get(row.subject_id)
    if deposit.state in (DepositState.RETURNED, DepositState.RETURN_PENDING):
        why = f"its return came back: {row.reason}"
        tx.move(deposit, DepositState.UNMATCHED, cause=entry.id, actor="bank", gone_at=None, why_unmatched=why)


def note_return_undone(tx: Tx, entry: BankEntry) -> bool:
    """The bank took a return back, so the payout stands; False when the entry undoes no return that we know."""
    for back in tx.entries.list(kind=EntryKind.PAYOUT_RETURNED, newest_first=True, **_name_of(entry)):
        row = tx.payouts.find(end_to_end_id=back.end_to_end_id)
        if row is None or row.state is not PayoutState.RETURNED or back.amount != -entry.amount:
            continue
        is_owed = row.cause is not PayoutCause.DEPOSIT_RETURN and _is_owed(tx, row)
        tx.move(row, PayoutState.BOOKED, cause=entry.id, actor="bank")
        reissued = tx.deposits.find(entry_id=back.id) is not None
        _post(tx, Event.PAYOUT_BOOKED if is_owed and not reissued else Event.LOSS, -entry.amount, entry, row.id)
        tx.publish("payout.return_undone", row.id, {"amount": back.amount.text})
        return True
    return False


def _name_of(entry: BankEntry) -> dict[str, Any]:
    """Return what a reversal and the entry that it undoes have in common."""
    if entry.servicer_reference:
        return {"servicer_reference": entry.servicer_reference}
    return {"end_to_end_id": entry.end_to_end_id or "none"}
