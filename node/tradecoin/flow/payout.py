"""Payouts: ordered once, stored before they are sent, closed by the bank's own booking and by nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from tradecoin.domain.deposit import BankEntry, Deposit, EntryKind
from tradecoin.domain.errors import Conflict, Forbidden, Refused
from tradecoin.domain.money import Money
from tradecoin.domain.party import BankAccount
from tradecoin.domain.payout import Payout, PayoutCause, PayoutFile
from tradecoin.domain.redemption import GiveBackReason, Redemption
from tradecoin.domain.statement import PaymentStatus
from tradecoin.domain.states import DepositState, PayoutState, RedemptionState
from tradecoin.domain.terms import Terms
from tradecoin.flow import settlement
from tradecoin.ports.bank import Bank, BankUnreachable, Handover, MessageFormat
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.refs import deposit_return_id, end_to_end_id

_FILE_SIZE: Final = 100
_TOWN_UNKNOWN: Final = "NOTPROVIDED"
_RETRY: Final = timedelta(seconds=2)
_OPEN: Final = (PayoutState.SENDING, PayoutState.SENT, PayoutState.UNKNOWN, PayoutState.ACCEPTED)
_FAILED: Final = (PayoutState.RETURNED, PayoutState.REJECTED, PayoutState.MISSING)
_UNSURE: Final = (PayoutState.SENDING, PayoutState.UNKNOWN, PayoutState.SENT)


# ----------------------------------------------------------------------------------------------------------- ordering


def order_redemption(*, tx: Tx, terms: Terms, row: Redemption, account: BankAccount, amount: Money) -> Payout:
    """Order the payment of an accepted redemption."""
    attempt = 1 + tx.payouts.count(subject_id=row.id)
    cause = PayoutCause.REDEMPTION if attempt == 1 else PayoutCause.REPAYMENT
    return _order(
        tx,
        cause=cause,
        subject_id=row.id,
        attempt=attempt,
        name=end_to_end_id(terms.chain_id, terms.narrow_bank, row.request_id, attempt),
        amount=amount,
        creditor=account.name,
        account=account.iban,
        bic=account.bic,
        place=(account.country, account.town),
    )


def order_deposit_return(*, tx: Tx, terms: Terms, deposit: Deposit, account: str) -> Payout:
    """Order the way back of a credit."""
    attempt = 1 + tx.payouts.count(subject_id=deposit.id)
    return _order(
        tx,
        cause=PayoutCause.DEPOSIT_RETURN,
        subject_id=deposit.id,
        attempt=attempt,
        name=deposit_return_id(deposit.key, attempt),
        amount=deposit.amount,
        creditor=deposit.debtor or "unknown payer",
        account=account,
        bic="",
        place=(account[:2], _TOWN_UNKNOWN),
    )


def _order(
    tx: Tx,
    *,
    cause: PayoutCause,
    subject_id: str,
    attempt: int,
    name: str,
    amount: Money,
    creditor: str,
    account: str,
    bic: str,
    place: tuple[str, str],
) -> Payout:
    """Store a payout; the file that orders it is written from the store."""
    row = Payout(
        id=tx.new_id("po"),
        version=1,
        state=PayoutState.PREPARED,
        cause=cause,
        subject_id=subject_id,
        attempt=attempt,
        end_to_end_id=name,
        amount=amount,
        creditor=creditor,
        iban=account,
        bic=bic,
        country=place[0],
        town=place[1],
        remittance=f"{cause} {subject_id}",
        file_id="",
        reason="",
        entry_id="",
        confirmations=(),
        execute_on=tx.now.date(),
        created_at=tx.now,
        updated_at=tx.now,
    )
    tx.payouts.add(row)
    tx.publish("payout.prepared", row.id, {"amount": amount.text, "end_to_end_id": name})
    tx.put_work("payout.file", "all")
    return row


def repay(*, store: Store, terms: Terms, payout_id: str, bank_account_id: str, actor: str) -> Payout:
    """Pay again, to an account of the same customer, what came back after its coins were burned.

    Raises Conflict when nothing is owed, or it was issued again; Forbidden for another customer's account.
    """

    def change(tx: Tx) -> Payout:
        owed = burned_and_owed(tx, payout_id)
        if owed.reissue is not None:
            raise Conflict("its coins are issued again", deposit=owed.reissue.id)
        row, account = owed.redemption, tx.bank_accounts.get(bank_account_id)
        if account.customer_id != tx.bank_accounts.get(row.bank_account_id).customer_id:
            raise Forbidden("this account belongs to another customer")
        if account.usable_from > tx.now:
            raise Conflict("this account is still cooling off", usable_from=account.usable_from.isoformat())
        ordered = order_redemption(tx=tx, terms=terms, row=row, account=account, amount=owed.payout.amount)
        tx.redemptions.save(replace(row, payout_id=ordered.id, updated_at=tx.now))
        tx.audit(actor, "payout.repay", payout_id, {"by": ordered.id})
        return ordered

    return store.write(change)


@dataclass(frozen=True, slots=True)
class Owed:
    """A redemption whose coins are burned and whose money did not reach the holder: its last payout, the return that
    the bank booked (None when only a repayment failed and the return is of an earlier attempt that is gone), and the
    deposit by which it is issued again, if it is.
    """

    redemption: Redemption
    payout: Payout
    back: BankEntry | None
    reissue: Deposit | None


def burned_and_owed(tx: Tx, payout_id: str) -> Owed:
    """Return what a payout that failed after the burn leaves owed; raises Conflict when it leaves nothing."""
    last = tx.payouts.get(payout_id)
    if last.cause is PayoutCause.DEPOSIT_RETURN or last.state not in _FAILED:
        raise Conflict("only a redemption's payout that came back leaves something owed", state=str(last.state))
    row = tx.redemptions.get(last.subject_id)
    if row.state is not RedemptionState.SETTLED or row.payout_id != last.id:
        raise Conflict("its coins are not burned, or it is being paid again", state=str(row.state))
    returned = tx.payouts.list(subject_id=row.id, state=PayoutState.RETURNED, newest_first=True, limit=1)
    back = return_entry(tx, returned[0]) if returned else None
    reissue = None if back is None else tx.deposits.find(entry_id=back.id)
    return Owed(row, last, back, reissue)


def return_entry(tx: Tx, row: Payout) -> BankEntry | None:
    """Return the bank's booking of a payout's return."""
    return tx.entries.find(kind=EntryKind.PAYOUT_RETURNED, end_to_end_id=row.end_to_end_id)


# ------------------------------------------------------------------------------------------------------------ sending


def write_file(*, store: Store, format_: MessageFormat) -> PayoutFile | None:
    """Gather prepared payouts into one pain.001 and store its bytes; the bank hears of it in the next step."""

    def change(tx: Tx) -> PayoutFile | None:
        rows = _writable(tx, format_, tx.payouts.list(state=PayoutState.PREPARED, limit=_FILE_SIZE))
        if not rows:
            return None
        file_id = tx.new_id("pf")
        created_at = tx.now.replace(microsecond=0)
        raw = format_.write_payouts(file_id.replace("_", "-"), created_at, rows)
        row = PayoutFile(file_id, 1, file_id.replace("_", "-"), raw, created_at, None)
        tx.payout_files.add(row)
        for payout in rows:
            tx.move(payout, PayoutState.SENDING, cause=file_id, file_id=file_id)
        tx.put_work("payout.send", file_id)
        tx.put_work("payout.file", "all")
        return row

    return store.write(change)


def _writable(tx: Tx, format_: MessageFormat, rows: Sequence[Payout]) -> Sequence[Payout]:
    """Return the payouts that the format takes; one that it never will is rejected by us, so that it holds up no other.

    Raises Refused when it takes none: then something else than the payouts is wrong.
    """
    flaws: dict[str, Refused] = {}
    for row in rows:
        try:
            format_.write_payouts(row.id.replace("_", "-"), tx.now.replace(microsecond=0), [row])
        except Refused as problem:
            flaws[row.id] = problem
    if rows and len(flaws) == len(rows) > 1:
        raise next(iter(flaws.values()))
    for row in rows:
        if row.id in flaws:
            _rejected(tx, row, f"cannot be written: {flaws[row.id]}")
    return [row for row in rows if row.id not in flaws]


def send_file(*, store: Store, bank: Bank, file_id: str) -> timedelta | None:
    """Hand a stored file to the bank, once. When it was tried before, the bank is asked what it knows: never resend
    blind.
    """
    row = store.read(lambda tx: tx.payout_files.get(file_id))
    if row.sent_at is not None:
        return inquire(store=store, bank=bank, file_id=file_id)
    store.write(lambda tx: tx.payout_files.save(replace(tx.payout_files.get(file_id), sent_at=tx.now)))
    outcome, reason = bank.hand_over(row.raw)

    def change(tx: Tx) -> timedelta | None:
        for payout in tx.payouts.list(file_id=file_id, state=PayoutState.SENDING, limit=_FILE_SIZE):
            if outcome is Handover.REFUSED:
                _rejected(tx, payout, reason)
            else:
                state = PayoutState.SENT if outcome is Handover.TAKEN else PayoutState.UNKNOWN
                tx.move(payout, state, cause=reason or outcome)
        return None if outcome is Handover.REFUSED else 5 * _RETRY

    return store.write(change)


def inquire(*, store: Store, bank: Bank, file_id: str) -> timedelta | None:
    """Ask the bank about payments whose fate we do not know; a status is believed, silence decides nothing."""
    rows = store.read(lambda tx: tx.payouts.list(file_id=file_id, state=_UNSURE, limit=_FILE_SIZE))
    for row in rows:
        try:
            status = bank.payment_status(row.end_to_end_id)
        except BankUnreachable:
            return 5 * _RETRY
        store.write(lambda tx, row=row, status=status: _asked(tx, row.id, status))  # type: ignore[misc]
    open_ = store.read(lambda tx: tx.payouts.count(file_id=file_id, state=_UNSURE))
    return 15 * _RETRY if open_ else None


def _asked(tx: Tx, payout_id: str, status: PaymentStatus | None) -> None:
    """Note what the bank answered; a payment it does not know stays so until a statement and two people say more."""
    if status is not None:
        note_status(tx=tx, status=status)
        return
    row = tx.payouts.get(payout_id)
    if row.state is PayoutState.SENDING:
        tx.move(row, PayoutState.UNKNOWN, cause="the bank does not know it (yet)")


# ------------------------------------------------------------------------------------------------- what the bank says


def note_status(*, tx: Tx, status: PaymentStatus) -> None:
    """A pain.002 about one payment or a whole file; a status that says nothing new changes nothing."""
    for row in _meant(tx, status):
        if status.status == "RJCT" and status.reason in ("DUPL", "AM05"):
            continue
        if status.status == "RJCT" and row.state in _OPEN:
            _rejected(tx, row, status.reason or status.info)
        elif status.status in ("ACCP", "ACTC", "ACSP", "ACSC", "ACWC", "ACCC") and row.state in _UNSURE:
            tx.move(row, PayoutState.ACCEPTED, cause=status.status, actor="bank")
        elif status.status in ("PDNG", "RCVD") and row.state in (PayoutState.SENDING, PayoutState.UNKNOWN):
            tx.move(row, PayoutState.SENT, cause=status.status, actor="bank")


def _meant(tx: Tx, status: PaymentStatus) -> list[Payout]:
    """Return the payouts that a status speaks of."""
    if status.end_to_end_id:
        row = tx.payouts.find(end_to_end_id=status.end_to_end_id)
        return [] if row is None else [row]
    file = tx.payout_files.find(message_id=status.original_message_id)
    return [] if file is None else list(tx.payouts.list(file_id=file.id, limit=_FILE_SIZE))


def _rejected(tx: Tx, row: Payout, reason: str) -> None:
    """The bank will not pay: what was to be paid for goes back."""
    row = tx.move(row, PayoutState.REJECTED, cause=reason or "rejected", actor="bank", reason=reason or "")
    _undo(tx, row, GiveBackReason.REJECTED_BY_BANK)


def _undo(tx: Tx, row: Payout, reason: GiveBackReason) -> None:
    """Give coins back, or let a deposit wait for another account."""
    if row.cause is PayoutCause.DEPOSIT_RETURN:
        deposit = tx.deposits.get(row.subject_id)
        if deposit.state is DepositState.RETURN_PENDING:
            why = f"its return was {reason}"
            tx.move(deposit, DepositState.UNMATCHED, cause=f"return {reason}", why_unmatched=why)
        return
    settlement.give_back(tx=tx, redemption_id=row.subject_id, reason=reason)


def stop_return(*, tx: Tx, deposit_id: str, why: str) -> None:
    """The deposit is gone: do not send it back, unless the bank was told already."""
    for row in tx.payouts.list(subject_id=deposit_id, state=PayoutState.PREPARED):
        tx.move(row, PayoutState.REJECTED, cause=why, reason=why)


def confirm_missing(*, store: Store, payout_id: str, actor: str) -> Payout:
    """A person states that an unknown payout never happened; two of them, and a complete later statement, decide it.

    Raises Conflict without such a statement, Forbidden for the same person twice.
    """

    def change(tx: Tx) -> Payout:
        row = tx.payouts.get(payout_id)
        if row.state not in (PayoutState.UNKNOWN, PayoutState.SENT, PayoutState.ACCEPTED):
            raise Conflict("only a payout without an answer can be missing", state=str(row.state))
        if actor in row.confirmations:
            raise Forbidden("the second confirmation is another person's")
        if not _statement_since(tx, row):
            raise Refused("a complete statement from after the sending is needed first", payout=row.id)
        row = replace(row, confirmations=(*row.confirmations, actor), updated_at=tx.now)
        tx.payouts.save(row)
        tx.audit(actor, "payout.confirm_missing", row.id, {"confirmations": len(row.confirmations)})
        row = tx.payouts.get(payout_id)
        if len(row.confirmations) < 2:
            return row
        row = tx.move(row, PayoutState.MISSING, cause="confirmed by two persons", actor=actor)
        _undo(tx, row, GiveBackReason.REJECTED_BY_BANK)
        return row

    return store.write(change)


def _statement_since(tx: Tx, row: Payout) -> bool:
    """Whether a complete statement closed at least a day after the file was sent."""
    file = tx.payout_files.get(row.file_id)
    sent = file.sent_at or file.created_at
    statements = tx.statements.list(kind=("camt.053", "mt940"), gap="", newest_first=True, limit=50)
    return any(statement.closed_at >= sent + timedelta(days=1) for statement in statements)
