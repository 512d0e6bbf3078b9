"""The audit: bank, ledger and chain side by side; every line is zero or the books are wrong."""

from dataclasses import dataclass
from typing import Any

from tradecoin.domain.chain import Block
from tradecoin.domain.errors import BrokenInvariant
from tradecoin.domain.money import Coins, Money
from tradecoin.domain.states import DepositState, OrderState, PayoutState, RedemptionState
from tradecoin.domain.terms import Terms
from tradecoin.flow.bank_message import latest_statement
from tradecoin.ports.chain import Chain
from tradecoin.ports.store import Store, Tx

_ALL = 1_000_000
_HELD = (DepositState.SEEN, DepositState.MATCHED, DepositState.UNMATCHED, DepositState.RETURN_PENDING)
_IN_ESCROW = (
    RedemptionState.LOCKED,
    RedemptionState.IN_REVIEW,
    RedemptionState.APPROVED,
    RedemptionState.ACCEPTED,
    RedemptionState.PAID,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line: what was expected, what is."""

    name: str
    expected: str
    actual: str

    @property
    def ok(self) -> bool:
        """Whether both are the same."""
        return self.expected == self.actual


@dataclass(frozen=True, slots=True)
class Audit:
    """All lines, with the final block and the statement that they speak of."""

    at_block: int
    at_statement: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Whether every line is."""
        return all(check.ok for check in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """Return the body of `audit -o json`."""
        rows = [{"name": c.name, "ok": c.ok, "expected": c.expected, "actual": c.actual} for c in self.checks]
        return {"ok": self.ok, "at_block": self.at_block, "at_statement": self.at_statement, "checks": rows}


def run_audit(*, store: Store, chain: Chain, terms: Terms) -> Audit:
    """Compare the three books at the last final block that is indexed and the last statement of the bank.

    Raises ChainUnreachable when the chain cannot be asked.
    """
    block = store.read(lambda tx: tx.chain.block(tx.chain.final_number()))
    outside = _chain_side(chain, terms, block)
    return store.read(lambda tx: _audit(tx, terms, block, outside))


@dataclass(frozen=True, slots=True)
class _ChainSide:
    """What the chain says at the block."""

    supply: Coins
    escrow: Coins


def _chain_side(chain: Chain, terms: Terms, block: Block | None) -> _ChainSide:
    """Read supply and escrow."""
    if block is None:
        return _ChainSide(Coins(0), Coins(0))
    supply = chain.read("Token", "totalSupply", at=block)
    escrow = chain.read("Token", "balanceOf", terms.narrow_bank, at=block)
    return _ChainSide(Coins(supply), Coins(escrow))


def _audit(tx: Tx, terms: Terms, block: Block | None, outside: _ChainSide) -> Audit:
    """Build every line."""
    statement = latest_statement(tx, terms)
    checks = [*_bank_lines(tx, terms), *_ledger_lines(tx), *_chain_lines(tx, terms, outside), *_word_lines(tx, terms)]
    return Audit(-1 if block is None else block.number, statement.id if statement else "", tuple(checks))


def _bank_lines(tx: Tx, terms: Terms) -> list[Check]:
    """The bank's closing balance against the ledger as of its closing time; no statement had a gap."""
    statement = latest_statement(tx, terms)
    if statement is None:
        return []
    ours = tx.books.balances(as_of=statement.closed_at).bank_reserve
    gaps = tx.statements.count() - tx.statements.count(gap="")
    return [
        Check("bank closing balance = ledger bank reserve", statement.closing.text, ours.text),
        Check("statements with a gap", "0", str(gaps)),
    ]


def _ledger_lines(tx: Tx) -> list[Check]:
    """The identity of the books, the trial balance, and the hash chain."""
    balances = tx.books.balances()
    owed = balances.deposits_unminted + balances.coins_outstanding
    owed = owed + balances.redemptions_payable + balances.operator_equity
    try:
        tx.books.verify_chain()
        intact = "intact"
    except BrokenInvariant as broken:
        intact = str(broken)
    return [
        Check("ledger reserve = what is owed and owned", balances.bank_reserve.text, owed.text),
        Check("trial balance", "0", str((balances.bank_reserve - owed).minor)),
        Check("ledger hash chain", "intact", intact),
        Check("operator equity is not below zero", "yes", "yes" if balances.operator_equity.minor >= 0 else "no"),
    ]


def _chain_lines(tx: Tx, terms: Terms, outside: _ChainSide) -> list[Check]:
    """Supply and escrow on the chain against ledger and redemptions."""
    balances = tx.books.balances()
    held = tx.redemptions.list(state=_IN_ESCROW, limit=_ALL)
    escrow = Coins.total(row.amount for row in held)
    free = terms.money(outside.supply - outside.escrow)
    unpaid = [row for row in held if not _paid(tx, row.payout_id)]
    owed = _returned_and_owed(tx, terms)
    payable = terms.money(Coins.total(row.amount for row in unpaid)) + owed
    return [
        Check("coins outside escrow = ledger coins outstanding", free.text, balances.coins_outstanding.text),
        Check("escrow on the chain = open redemptions", str(outside.escrow.units), str(escrow.units)),
        Check("redemptions not paid = ledger redemptions payable", payable.text, balances.redemptions_payable.text),
    ]


def _paid(tx: Tx, payout_id: str) -> bool:
    """Whether the bank has booked a payout and not booked it back."""
    return bool(payout_id) and tx.payouts.get(payout_id).state is PayoutState.BOOKED


def _returned_and_owed(tx: Tx, terms: Terms) -> Money:
    """What came back after its coins were burned and was not paid again."""
    returned = tx.payouts.list(state=PayoutState.RETURNED, limit=_ALL)
    settled = [p for p in returned if p.subject_id.startswith("rd_")]
    latest = [p for p in settled if tx.redemptions.get(p.subject_id).state is RedemptionState.SETTLED]
    open_ = [p for p in latest if not _paid(tx, tx.redemptions.get(p.subject_id).payout_id)]
    newest = {p.subject_id: p.amount for p in open_}
    return Money.total(newest.values(), terms.currency)


def _word_lines(tx: Tx, terms: Terms) -> list[Check]:
    """Deposits, orders and events against each other."""
    balances = tx.books.balances()
    open_ = tx.deposits.list(state=_HELD, limit=_ALL)
    unminted = Money.total((row.amount - row.minted for row in open_), terms.currency)
    issued = Coins.total(Coins(event.args["amount"]) for event in tx.chain.events("Issued"))
    settled = terms.money(Coins(tx.orders.total("amount", state=OrderState.ISSUED) * _units_per_minor(terms)))
    return [
        Check("deposits not minted = ledger deposits unminted", unminted.text, balances.deposits_unminted.text),
        Check("coins issued on the chain = orders issued", terms.money(issued).text, settled.text),
    ]


def _units_per_minor(terms: Terms) -> int:
    """Return how many base units one minor unit of the currency is."""
    return terms.coins(Money(1, terms.currency)).units
