"""What the bank and the chain say about redemptions at one moment: paid and not burned yet, burned and owed.

Only open redemptions, those that ended after the block, and payouts that came back are looked at.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from tradecoin.domain.chain import Block
from tradecoin.domain.deposit import BankEntry, Deposit, EntryKind
from tradecoin.domain.money import Money
from tradecoin.domain.payout import Payout, PayoutCause
from tradecoin.domain.redemption import Redemption
from tradecoin.domain.states import PayoutState, RedemptionState
from tradecoin.ports.store import Repo, Tx

ALL: Final = 1_000_000
"""More rows than are ever open at once."""

_CHUNK: Final = 5_000
_ENDS: Final = ("Settled", "GivenBack", "Cancelled", "Reclaimed")
_PAYABLE: Final = (RedemptionState.ACCEPTED, RedemptionState.PAID)

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Moment:
    """Bank bookings count before `cut`, events of the chain up to `block`; None for either means all there are."""

    cut: datetime | None = None
    block: Block | None = None

    def counts(self, entry: BankEntry) -> bool:
        """Whether the bank had booked it by then."""
        return self.cut is None or entry.booked_at < self.cut


@dataclass(frozen=True, slots=True)
class Paid:
    """A redemption that the bank has paid and whose coins are in escrow still."""

    redemption: Redemption
    payout: Payout


@dataclass(frozen=True, slots=True)
class Owed:
    """A redemption whose coins are burned and whose money came back: `back` is the bank's booking of the return.

    `reissue` is the deposit by which it becomes coins again, if that was chosen.
    """

    redemption: Redemption
    payout: Payout
    back: BankEntry
    reissue: Deposit | None


def paid_in_escrow(tx: Tx, at: Moment) -> list[Paid]:
    """Return what is settling: booked by the bank, and neither burned nor given back."""
    rows = {row.id: row for row in tx.redemptions.list(state=_PAYABLE, limit=ALL)}
    rows |= {row.id: row for row in _of_requests(tx, _ended_since(tx, at, *_ENDS))}
    found = []
    standing = _standing(tx, rows, at)
    for row_id, (paid, last, _) in standing.items():
        if paid > 0 and last is not None:
            found.append(Paid(rows[row_id], last))
    return found


def owed_after_burn(tx: Tx, at: Moment) -> list[Owed]:
    """Return what was burned and not paid in the end."""
    returned = [
        row
        for row in tx.payouts.list(state=PayoutState.RETURNED, limit=ALL)
        if row.cause in (PayoutCause.REDEMPTION, PayoutCause.REPAYMENT)
    ]
    rows = {row.id: row for row in _by_id(tx.redemptions, {row.subject_id for row in returned})}
    unburned = _ended_since(tx, at, "Settled")
    burned = {
        row.id: row for row in rows.values() if row.state is RedemptionState.SETTLED and row.request_id not in unburned
    }
    found = []
    for row_id, (paid, last, back) in _standing(tx, burned, at).items():
        if paid <= 0 and last is not None and back is not None:
            found.append(Owed(burned[row_id], last, back, tx.deposits.find(entry_id=back.id)))
    return found


def _ended_since(tx: Tx, at: Moment, *names: str) -> set[int]:
    """Return the requests whose end, final by now, came after the block."""
    if at.block is None:
        return set()
    return {event.args["id"] for event in tx.chain.events(*names, above=at.block.number)}


def _of_requests(tx: Tx, numbers: Iterable[int]) -> list[Redemption]:
    """Return redemptions by the contract's number."""
    return [
        row for part in _parts(sorted(numbers)) for row in tx.redemptions.list(request_id=tuple(part), limit=_CHUNK)
    ]


def _by_id(repo: Repo[Row], ids: Iterable[str]) -> list[Row]:
    """Return rows by their ids."""
    return [row for part in _parts(sorted(ids)) for row in repo.list(id=tuple(part), limit=_CHUNK)]


def _parts(items: Sequence[Row]) -> list[Sequence[Row]]:
    """Split what goes into one IN list, since databases bound it."""
    return [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]


def _standing(tx: Tx, rows: Iterable[str], at: Moment) -> dict[str, tuple[int, Payout | None, BankEntry | None]]:
    """Return for each redemption how many attempts the bank had booked less those that came back, the last attempt that
    it booked, and the last return.
    """
    ids = sorted(rows)
    payouts = [row for part in _parts(ids) for row in tx.payouts.list(subject_id=tuple(part), limit=ALL)]
    booked = {entry.id: entry for entry in _by_id(tx.entries, {row.entry_id for row in payouts if row.entry_id})}
    back = _returns(tx, [row.end_to_end_id for row in payouts if row.state is PayoutState.RETURNED])
    count: Counter[str] = Counter()
    last: dict[str, Payout] = {}
    came_back: dict[str, BankEntry] = {}
    for row in sorted(payouts, key=lambda one: one.attempt):
        debit, credit = booked.get(row.entry_id), back.get(row.end_to_end_id)
        if debit is not None and at.counts(debit):
            count[row.subject_id] += 1
            last[row.subject_id] = row
        if credit is not None and at.counts(credit):
            count[row.subject_id] -= 1
            last.setdefault(row.subject_id, row)
            came_back[row.subject_id] = credit
    return {row_id: (count[row_id], last.get(row_id), came_back.get(row_id)) for row_id in ids}


def _returns(tx: Tx, names: Sequence[str]) -> dict[str, BankEntry]:
    """Return the bank's bookings of returns by end-to-end id."""
    return {
        entry.end_to_end_id: entry
        for part in _parts(sorted(names))
        for entry in tx.entries.list(kind=EntryKind.PAYOUT_RETURNED, end_to_end_id=tuple(part), limit=_CHUNK)
    }


def full_amount(owed: Iterable[Owed], zero: Money) -> Money:
    """Return what the books owe for these: the payouts in full, less what was issued again."""
    parts = (one.payout.amount - (zero if one.reissue is None else one.reissue.minted) for one in owed)
    return sum(parts, start=zero)
