"""The audit: bank, ledger and chain side by side; every line is zero or the books are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from tradecoin.domain.chain import Block
from tradecoin.domain.errors import BrokenInvariant
from tradecoin.domain.money import Coins, Money
from tradecoin.domain.states import DepositState, OrderState, RedemptionState
from tradecoin.domain.terms import Terms
from tradecoin.flow.escrow import ALL, Moment, Owed, full_amount, owed_after_burn, paid_in_escrow
from tradecoin.flow.statement_record import latest_statement
from tradecoin.ports.chain import Chain, ChainUnreachable
from tradecoin.ports.store import Store, Tx

_TRIES: Final = 10
_HELD: Final = (DepositState.SEEN, DepositState.MATCHED, DepositState.UNMATCHED, DepositState.RETURN_PENDING)
_IN_ESCROW: Final = (
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

    Raises ChainUnreachable when the chain cannot be asked, or never stands still long enough.
    """
    for _ in range(_TRIES):
        block = store.read(lambda tx: tx.chain.block(tx.chain.final_number()))
        outside = _chain_side(chain, terms, block)
        audit = store.read(partial(_audit, terms=terms, block=block, outside=outside))
        if audit is not None:
            return audit
    raise ChainUnreachable("the chain moves faster than it can be audited")


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


def _audit(tx: Tx, *, terms: Terms, block: Block | None, outside: _ChainSide) -> Audit | None:
    """Build every line; None when the ledger has gone on to a later block meanwhile."""
    if tx.chain.final_number() != (-1 if block is None else block.number):
        return None
    statement = latest_statement(tx, terms)
    owed = owed_after_burn(tx, Moment())
    checks = [
        *_bank_lines(tx, terms),
        *_ledger_lines(tx),
        *_chain_lines(tx, terms, outside, owed),
        *_word_lines(tx, terms, outside, owed),
    ]
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


def _chain_lines(tx: Tx, terms: Terms, outside: _ChainSide, owed: Sequence[Owed]) -> list[Check]:
    """Supply and escrow on the chain against ledger and redemptions."""
    balances = tx.books.balances()
    held = tx.redemptions.list(state=_IN_ESCROW, limit=ALL)
    escrow = Coins.total(row.amount for row in held)
    free = terms.money(outside.supply - outside.escrow)
    paid = Money.total((one.payout.amount for one in paid_in_escrow(tx, Moment())), terms.currency)
    payable = terms.money(escrow) - paid + full_amount(owed, terms.zero())
    return [
        Check("coins outside escrow = ledger coins outstanding", free.text, balances.coins_outstanding.text),
        Check("escrow on the chain = open redemptions", str(outside.escrow.units), str(escrow.units)),
        Check("redemptions not paid = ledger redemptions payable", payable.text, balances.redemptions_payable.text),
    ]


def _word_lines(tx: Tx, terms: Terms, outside: _ChainSide, owed: Sequence[Owed]) -> list[Check]:
    """Deposits, orders and redemptions against ledger and supply."""
    balances = tx.books.balances()
    held = tx.deposits.total("amount", state=_HELD) - tx.deposits.total("minted", state=_HELD)
    reissued = [one.reissue for one in owed if one.reissue is not None and one.reissue.state in _HELD]
    unminted = Money(held, terms.currency) - Money.total((row.amount - row.minted for row in reissued), terms.currency)
    issued = Money(tx.orders.total("amount", state=OrderState.ISSUED), terms.currency)
    burned = terms.money(Coins(tx.redemptions.total("amount", state=RedemptionState.SETTLED)))
    return [
        Check("deposits not minted = ledger deposits unminted", unminted.text, balances.deposits_unminted.text),
        Check(
            "supply = orders issued less redemptions burned", terms.money(outside.supply).text, (issued - burned).text
        ),
    ]
