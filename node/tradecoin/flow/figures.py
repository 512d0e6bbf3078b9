"""The figures of an attestation: bank, ledger and chain at one cut, and where they differ."""

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.chain import Block
from tradecoin.domain.deposit import Deposit, EntryKind, StatementRecord
from tradecoin.domain.money import Coins, Money
from tradecoin.domain.redemption import Redemption
from tradecoin.domain.states import DepositState, PayoutState, RedemptionState
from tradecoin.domain.terms import Terms
from tradecoin.ports.store import Tx
from tradecoin.signing.refs import claim_account

_ALL = 1_000_000
_OPEN_CLAIMS = (DepositState.SEEN, DepositState.MATCHED, DepositState.UNMATCHED, DepositState.RETURN_PENDING)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What bank, ledger and chain say at one cut; `differences` is empty when they agree."""

    figures: Figures
    claims: tuple[Claim, ...]
    differences: tuple[str, ...]


def reconcile(
    *, tx: Tx, terms: Terms, statement: StatementRecord, block: Block, supply: int, salt: bytes
) -> Reconciled:
    """Compare the three books at the statement's closing time and the last final block before it, line by line.

    bank reserve = deposits unminted + coins outstanding + redemptions payable + operator equity, each line on its own:
    the bank's closing balance is the ledger's reserve; the supply less what is settling is what the ledger has
    outstanding or in escrow; the claims are what it has unminted.
    """
    cut = statement.closed_at
    balances = tx.books.balances(as_of=cut)
    settling = _settling(tx, terms, cut, block)
    owed = _owed_after_burn(tx, cut, block)
    claims = _claims(tx, terms, cut, block, salt)
    reissue = _reissued(tx, terms, cut)
    claimed = Coins.total(claim.amount for claim in claims)
    reserves = Coins(max(0, terms.coins(max(statement.closing, terms.zero())).units))
    encumbered = terms.coins(owed) + terms.coins(terms.minimum_equity)
    escrow = balances.redemptions_payable - owed - reissue
    lines = (
        ("bank reserve", statement.closing, balances.bank_reserve),
        (
            "coins outstanding and in escrow",
            _money(terms, supply - settling.units),
            balances.coins_outstanding + escrow,
        ),
        ("deposits unminted", terms.money(claimed), balances.deposits_unminted + reissue),
    )
    differences = [
        f"{name}: {outside.text} outside, {books.text} in the books"
        for name, outside, books in lines
        if outside != books
    ]
    if statement.closing.minor < 0:
        differences.append(f"the reserve account is overdrawn: {statement.closing.text}")
    equity = statement.closing - _money(terms, supply - settling.units) - terms.money(claimed) - owed
    figures = Figures(
        reserves=reserves,
        encumbered=encumbered,
        settling=settling,
        claims=claimed,
        supply=Coins(supply),
        equity_units=_signed_units(terms, equity),
    )
    return Reconciled(figures, claims, tuple(differences))


def _money(terms: Terms, units: int) -> Money:
    """Convert base units that may be below zero."""
    return terms.money(Coins(units)) if units >= 0 else -terms.money(Coins(-units))


def _signed_units(terms: Terms, amount: Money) -> int:
    """Convert money that may be below zero to base units."""
    return terms.coins(amount).units if amount.minor >= 0 else -terms.coins(-amount).units


def _settling(tx: Tx, terms: Terms, cut: datetime, block: Block) -> Coins:
    """Escrow whose payout the bank had booked by the cut and whose coins still exist at the block."""
    paid = tx.entries.list(kind=EntryKind.PAYOUT_BOOKED, limit=_ALL)
    booked = {entry.end_to_end_id for entry in paid if entry.booked_at < cut}
    if not booked:
        return Coins(0)
    burnt = {event.args["id"] for event in tx.chain.events("Settled", up_to=block.number)}
    total = 0
    for payout in tx.payouts.list(end_to_end_id=tuple(sorted(booked)), cause="redemption", limit=_ALL):
        row = tx.redemptions.get(payout.subject_id)
        if (
            row.request_id not in burnt
            and not _given_back_by(tx, row, block)
            and not _returned_by(tx, payout.end_to_end_id, cut)
        ):
            total += row.amount.units
    return Coins(total)


def _given_back_by(tx: Tx, row: Redemption, block: Block) -> bool:
    """Whether the coins had left the escrow for their holder by the block."""
    if row.state not in (RedemptionState.GIVEN_BACK, RedemptionState.RECLAIMED, RedemptionState.CANCELLED):
        return False
    ends = tx.chain.events("GivenBack", "Reclaimed", "Cancelled", up_to=block.number)
    return row.request_id in {event.args["id"] for event in ends}


def _returned_by(tx: Tx, end_to_end_id: str, cut: datetime) -> bool:
    """Whether the bank had booked the payment's return by the cut."""
    back = tx.entries.list(kind=EntryKind.PAYOUT_RETURNED, end_to_end_id=end_to_end_id)
    return any(entry.booked_at < cut for entry in back)


def _owed_after_burn(tx: Tx, cut: datetime, block: Block) -> Money:
    """Payouts that came back by the cut after their coins were burned, and are owed in cash: not paid again by the
    cut.
    """
    back = [e for e in tx.entries.list(kind=EntryKind.PAYOUT_RETURNED, limit=_ALL) if e.booked_at < cut]
    zero = tx.books.balances().bank_reserve
    total = Money.zero(zero.currency)
    if not back:
        return total
    burnt = {event.args["id"] for event in tx.chain.events("Settled", up_to=block.number)}
    reissued = {
        row.entry_id for row in tx.deposits.list(entry_id=tuple(e.id for e in back), limit=_ALL) if row.created_at < cut
    }
    for entry in back:
        payout = tx.payouts.find(end_to_end_id=entry.end_to_end_id)
        if payout is None or payout.cause not in ("redemption", "repayment") or entry.id in reissued:
            continue
        row = tx.redemptions.get(payout.subject_id)
        if row.request_id in burnt and not _paid_again(tx, row, payout.attempt, cut):
            total += entry.amount
    return total


def _paid_again(tx: Tx, row: Redemption, attempt: int, cut: datetime) -> bool:
    """Whether a later attempt was booked by the cut."""
    later = [p for p in tx.payouts.list(subject_id=row.id, state=PayoutState.BOOKED) if p.attempt > attempt]
    entries = [tx.entries.get(p.entry_id) for p in later if p.entry_id]
    return any(entry.booked_at < cut for entry in entries)


def _reissued(tx: Tx, terms: Terms, cut: datetime) -> Money:
    """Returned payouts chosen for reissue and not minted yet: claims on the chain's side, payable in the ledger."""
    back = tuple(e.id for e in tx.entries.list(kind=EntryKind.PAYOUT_RETURNED, limit=_ALL) if e.booked_at < cut)
    rows = tx.deposits.list(entry_id=back, state=_OPEN_CLAIMS, limit=_ALL) if back else []
    return Money.total((row.amount - row.minted for row in rows if row.created_at < cut), terms.currency)


def _claims(tx: Tx, terms: Terms, cut: datetime, block: Block, salt: bytes) -> tuple[Claim, ...]:
    """Every credit booked by the cut and not minted by the block, in the order of booking."""
    later: Counter[bytes] = Counter()
    for event in tx.chain.events("Issued", above=block.number):
        later[event.args["deposit"]] += event.args["amount"]
    rows = list(tx.deposits.list(state=_OPEN_CLAIMS, limit=_ALL))
    known = {row.key for row in rows}
    minted_since = [tx.deposits.find(key=key) for key in later if key not in known]
    rows += [row for row in minted_since if row is not None]
    rows += _taken_back_since(tx, cut)
    found = []
    for row in sorted(rows, key=lambda row: row.id):
        open_units = terms.coins(row.amount).units - terms.coins(row.minted).units + later[row.key]
        if row.booked_at < cut and open_units > 0:
            found.append(Claim(claim_account(row.key), _salt(salt, row.key), Coins(open_units)))
    return tuple(found)


def _taken_back_since(tx: Tx, cut: datetime) -> list[Deposit]:
    """Deposits whose reversal or return was booked at or after the cut: at the cut they were still owed."""
    gone = tx.deposits.list(state=(DepositState.REVERSED, DepositState.RETURNED), limit=_ALL)
    return [row for row in gone if row.gone_at is not None and row.gone_at >= cut]


def _salt(secret: bytes, key: bytes) -> bytes:
    """Return the salt of a claim's leaf: known to us and, from us, to the claimant."""
    return hmac.new(secret, key, hashlib.sha256).digest()
