"""The figures of an attestation: bank, ledger and chain at one cut, and where they differ."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.chain import Block
from tradecoin.domain.deposit import Deposit, StatementRecord
from tradecoin.domain.ledger import Balances
from tradecoin.domain.money import Coins, Money
from tradecoin.domain.states import DepositState
from tradecoin.domain.terms import Terms
from tradecoin.flow.escrow import ALL, Moment, Owed, Paid, owed_after_burn, paid_in_escrow
from tradecoin.ports.store import Tx
from tradecoin.signing.refs import claim_account

_OPEN_CLAIMS: Final = (DepositState.SEEN, DepositState.MATCHED, DepositState.UNMATCHED, DepositState.RETURN_PENDING)
_GONE: Final = (DepositState.REVERSED, DepositState.RETURNED)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What bank, ledger and chain say at one cut; `differences` is empty when they agree."""

    figures: Figures
    claims: tuple[Claim, ...]
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Outside:
    """What bank and chain say: base units, except the bank's balance. `reissued` is a part of the claims."""

    closing: Money
    supply: int
    settling: int
    claims: int
    reissued: int
    owed: int

    @property
    def circulating(self) -> int:
        """Coins that are somebody's: not those whose redemption the bank has paid."""
        return self.supply - self.settling


def reconcile(
    *, tx: Tx, terms: Terms, statement: StatementRecord, block: Block, supply: int, salt: bytes
) -> Reconciled:
    """Compare the three books at the statement's closing time and the last final block before it, line by line.

    bank reserve = deposits unminted + coins outstanding + redemptions payable + operator equity, each line on its own:
    the bank's closing balance is the ledger's reserve; the supply less what is settling is what the ledger has
    outstanding or in escrow; the claims are what it has unminted, or owes and will issue again.
    """
    at = Moment(statement.closed_at, block)
    paid, owed = paid_in_escrow(tx, at), owed_after_burn(tx, at)
    open_units = _open_units(tx, terms, statement.closed_at, block, owed)
    chosen = {one.reissue.key for one in owed if one.reissue is not None}
    outside = _Outside(
        closing=statement.closing,
        supply=supply,
        settling=sum(one.redemption.amount.units for one in paid),
        claims=sum(open_units.values()),
        reissued=sum(units for key, units in open_units.items() if key in chosen),
        owed=sum(terms.coins(one.back.amount).units for one in owed if one.reissue is None),
    )
    balances = tx.books.balances(as_of=statement.closed_at)
    in_escrow = balances.redemptions_payable - _beside_escrow(terms, paid, owed, open_units)
    return Reconciled(
        _figures(terms, outside),
        tuple(Claim(claim_account(key), _salt(salt, key), Coins(units)) for key, units in open_units.items()),
        tuple(_differences(terms, outside, balances, in_escrow)),
    )


def _differences(terms: Terms, outside: _Outside, balances: Balances, in_escrow: Money) -> list[str]:
    """Name each line that is not the same outside and in the books."""
    lines = (
        ("bank reserve", outside.closing, balances.bank_reserve),
        ("coins outstanding and in escrow", _money(terms, outside.circulating), balances.coins_outstanding + in_escrow),
        ("deposits unminted", _money(terms, outside.claims - outside.reissued), balances.deposits_unminted),
    )
    found = [f"{name}: {told.text} outside, {books.text} in the books" for name, told, books in lines if told != books]
    if outside.closing.minor < 0:
        found.append(f"the reserve account is overdrawn: {outside.closing.text}")
    return found


def _figures(terms: Terms, outside: _Outside) -> Figures:
    """State what bank and chain say; equity is what remains."""
    closing = _signed_units(terms, outside.closing)
    return Figures(
        reserves=Coins(max(0, closing)),
        encumbered=Coins(outside.owed) + terms.coins(terms.minimum_equity),
        settling=Coins(outside.settling),
        claims=Coins(outside.claims),
        supply=Coins(outside.supply),
        equity_units=closing - outside.circulating - outside.claims - outside.owed,
    )


def _beside_escrow(terms: Terms, paid: Sequence[Paid], owed: Sequence[Owed], open_units: dict[bytes, int]) -> Money:
    """Return what the books have payable that is no coin in escrow.

    Payouts owed after their burn, as far as they were not issued again by then; and what a wind-down cut off from
    payments that are booked, until the burn.
    """
    total = terms.zero()
    for one in owed:
        full = one.payout.amount
        issued = one.back.amount if one.reissue is not None else terms.zero()
        if one.reissue is not None and one.reissue.key in open_units:
            issued = issued - _money(terms, open_units[one.reissue.key])
        total += full - issued
    for settling in paid:
        total += terms.money(settling.redemption.amount) - settling.payout.amount
    return total


def _money(terms: Terms, units: int) -> Money:
    """Convert base units that may be below zero."""
    return terms.money(Coins(units)) if units >= 0 else -terms.money(Coins(-units))


def _signed_units(terms: Terms, amount: Money) -> int:
    """Convert money that may be below zero to base units."""
    return terms.coins(amount).units if amount.minor >= 0 else -terms.coins(-amount).units


def _open_units(tx: Tx, terms: Terms, cut: datetime, block: Block, owed: Collection[Owed]) -> dict[bytes, int]:
    """Return the base units, by deposit key, of every credit booked by the cut and not minted by the block.

    A returned payout that is to be issued again counts once its coins were burned.
    """
    later: Counter[bytes] = Counter()
    for event in tx.chain.events("Issued", above=block.number):
        later[event.args["deposit"]] += event.args["amount"]
    rows = {row.id: row for row in tx.deposits.list(state=_OPEN_CLAIMS, limit=ALL)}
    found_later = (tx.deposits.find(key=key) for key in later)
    rows |= {row.id: row for row in found_later if row is not None and row.state not in _GONE}
    rows |= {row.id: row for row in _taken_back_since(tx, cut)}
    at_cut = {one.reissue.id for one in owed if one.reissue is not None}
    early = {one.reissue.id for one in owed_after_burn(tx, Moment()) if one.reissue is not None} - at_cut
    found = {}
    for row in sorted(rows.values(), key=lambda row: row.id):
        units = terms.coins(row.amount).units - terms.coins(row.minted).units + later[row.key]
        if row.booked_at < cut and units > 0 and row.id not in early:
            found[row.key] = units
    return found


def _taken_back_since(tx: Tx, cut: datetime) -> list[Deposit]:
    """Deposits whose reversal or return was booked at or after the cut: at the cut they were still owed."""
    gone = tx.deposits.list(state=_GONE, limit=ALL)
    return [row for row in gone if row.gone_at is not None and row.gone_at >= cut]


def _salt(secret: bytes, key: bytes) -> bytes:
    """Return the salt of a claim's leaf: known to us and, from us, to the claimant."""
    return hmac.new(secret, key, hashlib.sha256).digest()
