"""A whole node on a real store, between a bank, a chain and signing parties that live in memory."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, TypeVar, cast

from tests.fakes.bank import ACCOUNT, EUR, PAYER, FakeBank, euros
from tests.fakes.chain import FakeKeys
from tests.fakes.contracts import AUDIT_KEYS, BANK_KEYS, CHAIN_ID, NARROW_BANK, RESERVES, TOKEN, ContractChain
from tests.fakes.parties import FakeAttestor, FakeBankSigner
from tests.stores import HandClock, fresh_file
from tradecoin.adapters.store import open_store
from tradecoin.domain.attestation import Attestation
from tradecoin.domain.deposit import Deposit
from tradecoin.domain.ledger import Balances
from tradecoin.domain.mint import MintBatch, MintOrder
from tradecoin.domain.money import CoinScale
from tradecoin.domain.party import BankAccount
from tradecoin.domain.payout import Payout
from tradecoin.domain.redemption import Redemption, RedemptionMode
from tradecoin.domain.states import AttestationState
from tradecoin.domain.terms import Terms
from tradecoin.flow import bank_message, customer, redemption
from tradecoin.flow.audit import Audit, run_audit
from tradecoin.flow.bank_message import Imported, import_bank_message
from tradecoin.flow.intake import take_order
from tradecoin.flow.redemption import Prepared
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.hashing import checksum_address
from tradecoin.wiring.node import Node
from tradecoin.wiring.work import RECURRING, steps_of
from tradecoin.worker import Step, Worker

Row = TypeVar("Row")

ALICE, BOB = checksum_address(b"\x11" * 20), checksum_address(b"\x22" * 20)
OUT_IBAN: Final = "NL91ABNA0417164300"
COIN: Final = 1_000_000
COIN_NAME: Final = "Narrow Coin"
TERMS: Final = Terms(
    bank="TESTBANK",
    account=ACCOUNT,
    account_name="Narrow",
    bic="",
    currency=EUR,
    scale=CoinScale(6),
    zone="UTC",
    chain_id=CHAIN_ID,
    token=TOKEN,
    narrow_bank=NARROW_BANK,
    reserves=RESERVES,
    review_above=euros("10000.00"),
    minimum_equity=euros("0.00"),
)


@dataclass(repr=False)
class World:
    """Everything around one node, and its hands. Money in as "100.00"; nothing runs before `run`."""

    folder: Path
    terms: Terms = TERMS
    clock: HandClock = field(default_factory=HandClock)
    url: str = ""
    bank: FakeBank = field(init=False)
    chain: ContractChain = field(init=False)
    keys: FakeKeys = field(default_factory=FakeKeys)
    signers: list[FakeBankSigner] = field(init=False)
    attestors: list[FakeAttestor] = field(init=False)
    store: Store = field(init=False)
    steps: dict[str, Step] = field(init=False)
    worker: Worker = field(init=False)
    numbers: Any = field(default_factory=lambda: count(1))
    held_back: dict[str, Step] = field(default_factory=dict)
    accounts: dict[str, BankAccount] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bank, self.chain = FakeBank(self.clock), ContractChain(clock=self.clock)
        around = (self.bank, self.chain, self.terms)
        self.signers = [FakeBankSigner(f"signer-{at}", key, *around) for at, key in enumerate(BANK_KEYS)]
        self.attestors = [FakeAttestor(f"attestor-{at}", key, *around) for at, key in enumerate(AUDIT_KEYS)]
        self.url = self.url or fresh_file(self.folder)
        self.start()

    def start(self, wrapped: Callable[[Store], Store] = lambda store: store) -> None:
        """Open the database and make the worker; after `close` this is a restart."""
        self.store = open_store(self.url, clock=self.clock)
        seen = wrapped(self.store)
        bank = SimpleNamespace(inbox=None, outbox=self.folder, url="")
        told = SimpleNamespace(bank=bank, chain=SimpleNamespace(max_fee_gwei=500), home=self.folder)
        node = SimpleNamespace(
            settings=told,
            store=seen,
            chain=self.chain,
            bank=self.bank,
            format=self.bank,
            keys=self.keys,
            clock=self.clock,
            terms=self.terms,
            deployment=SimpleNamespace(block=0),
            bank_signers=self.signers,
            attestors=self.attestors,
        )
        self.steps = steps_of(cast(Node, node))
        stop, broken = threading.Event(), threading.Event()
        self.worker = Worker(seen, self.clock, self.steps, RECURRING, stop, broken)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    # -------------------------------------------------------------------------------------------------- time

    def run(self, rounds: int = 12, *, seconds: int = 5) -> None:
        """Let time pass for everybody: blocks are made, and the worker does what is due."""
        self.worker.seed()
        for _ in range(rounds):
            self.clock.advance(seconds=seconds)
            self.chain.mine()
            self.worker.run_due()
            assert not self.worker.broken.is_set(), "an invariant broke"

    def until(self, holds: Callable[[], object], *, rounds: int = 60) -> None:
        """Run until something holds."""
        for _ in range(rounds):
            if holds():
                return
            self.run(1)
        raise AssertionError("it never came true")

    def hold(self, kind: str) -> None:
        """Let nothing be done of a kind of work until `let_go`."""
        self.held_back[kind] = self.steps[kind]
        self.steps[kind] = lambda subject: None

    def let_go(self, kind: str) -> None:
        """Go on with a kind of work."""
        self.steps[kind] = self.held_back.pop(kind)

    def settle_chain(self) -> None:
        """Make everything so far final, and read it."""
        self.chain.mine(3)
        self.steps["chain.index"]("all")

    # ------------------------------------------------------------------------------------------------- asking

    def read(self, question: Callable[[Tx], Row]) -> Row:
        """Ask the store."""
        return self.store.read(question)

    def balances(self) -> tuple[str, str, str, str, str]:
        """Return reserve, deposits unminted, coins, payable and equity as text."""
        found: Balances = self.read(lambda tx: tx.books.balances())
        found.check_identity()
        owed = (found.deposits_unminted.text, found.coins_outstanding.text, found.redemptions_payable.text)
        return found.bank_reserve.text, *owed, found.operator_equity.text

    def audit(self) -> Audit:
        """Run the audit."""
        return run_audit(store=self.store, chain=self.chain, terms=self.terms)

    def false_lines(self) -> list[str]:
        """Return the lines of the audit that differ."""
        return [f"{c.name}: {c.expected} / {c.actual}" for c in self.audit().checks if not c.ok]

    def deposits(self, **where: Any) -> list[Deposit]:
        """Return deposits."""
        return list(self.read(lambda tx: tx.deposits.list(**where)))

    def orders(self, **where: Any) -> list[MintOrder]:
        """Return orders."""
        return list(self.read(lambda tx: tx.orders.list(**where)))

    def batches(self, **where: Any) -> list[MintBatch]:
        """Return batches."""
        return list(self.read(lambda tx: tx.batches.list(**where)))

    def payouts(self, **where: Any) -> list[Payout]:
        """Return payouts."""
        return list(self.read(lambda tx: tx.payouts.list(**where)))

    def redemptions(self, **where: Any) -> list[Redemption]:
        """Return redemptions."""
        return list(self.read(lambda tx: tx.redemptions.list(**where)))

    def attestations(self, **where: Any) -> list[Attestation]:
        """Return attestations."""
        return list(self.read(lambda tx: tx.attestations.list(**where)))

    def last_final(self) -> Attestation:
        """Return the attestation that counts."""
        (found,) = self.attestations(state=AttestationState.FINAL)
        return found

    def feed(self) -> list[str]:
        """Return the types of all feed lines."""
        return [item.type for item in self.read(lambda tx: tx.feed(limit=100_000))]

    # ------------------------------------------------------------------------------------------------- doing

    def take(self, raw: bytes) -> Imported:
        """Import one message at once."""
        return import_bank_message(store=self.store, format_=self.bank, terms=self.terms, raw=raw, source="test")

    def poll(self) -> int:
        """Import what the bank sent."""
        return bank_message.poll_bank(store=self.store, bank=self.bank, format_=self.bank, terms=self.terms)

    def order(self, amount: str = "100.00", to: str = ALICE, client: str = "shop") -> MintOrder:
        """Order coins."""
        return self.store.write(
            lambda tx: take_order(tx=tx, terms=self.terms, client=client, amount=euros(amount), recipient=to)
        )

    def pay_in(self, amount: str = "100.00", to: str = ALICE, **facts: Any) -> Deposit:
        """Order coins and pay for them; the credit is imported."""
        order = self.order(amount, to)
        self.bank.post(amount, rf=order.reference, **facts)
        self.poll()
        return self.deposits(reference=order.reference)[-1]

    def capital(self, amount: str = "1000.00") -> None:
        """Let the operator pay in money of their own."""
        self.bank.post(amount, code=("ACMT", "MCOP", "OTHR"), rf=None)
        self.poll()

    def minted(self, amount: str = "100.00", to: str = ALICE) -> Deposit:
        """Bring coins to a holder, all the way."""
        row = self.pay_in(amount, to)
        self.until(lambda: self.read(lambda tx: tx.deposits.get(row.id)).minted.minor)
        return self.read(lambda tx: tx.deposits.get(row.id))

    def account(self, client: str = "shop") -> BankAccount:
        """Return the account that a client is paid out to."""
        if client not in self.accounts:
            owner = customer.add_customer(store=self.store, client=client, name=PAYER.name or "")
            self.accounts[client] = customer.add_bank_account(
                store=self.store,
                terms=self.terms,
                client=client,
                customer_id=owner.id,
                account=OUT_IBAN,
                name="",
                town="Delft",
            )
        return self.accounts[client]

    def announce(
        self, amount: str = "40.00", holder: str = ALICE, mode: RedemptionMode = RedemptionMode.DIRECT
    ) -> Prepared:
        """Announce a redemption."""
        return redemption.create(
            store=self.store,
            chain=self.chain,
            terms=self.terms,
            token_name=COIN_NAME,
            client="shop",
            holder=holder,
            amount=self.terms.coins(euros(amount)),
            bank_account_id=self.account().id,
            mode=mode,
        )

    def request(self, amount: str = "40.00", holder: str = ALICE, payout: bytes | None = None) -> int:
        """Let a holder ask for money on the chain; return the contract's number."""
        named = self.account().payout if payout is None else payout
        self.chain.act(holder, "request", self.terms.coins(euros(amount)).units, named)
        return len(self.chain.state.requests)

    def redemption(self, number: int) -> Redemption:
        """Return the redemption of a request."""
        (row,) = self.redemptions(request_id=number)
        return row

    def state_of(self, number: int) -> str:
        """Return where a request stands in the node; blank before the node knows it."""
        rows = self.redemptions(request_id=number)
        return str(rows[0].state) if rows else ""

    def redeemed(self, amount: str = "40.00", holder: str = ALICE) -> int:
        """Redeem all the way to the burn; return the request's number."""
        number = self.request(amount, holder)
        self.until(lambda: self.state_of(number) == "settled")
        return number

    def held(self, holder: str = ALICE) -> int:
        """Return a holder's coins, whole ones."""
        return self.chain.state.balances.get(holder, 0) // COIN

    def attest(self) -> Attestation:
        """Have a new attestation made and published; return it."""
        self.chain.mine(3)
        self.clock.advance(seconds=30)
        self.chain.mine(3)
        before = self.chain.state.cut
        self.steps["attest.start"]("request")
        self.until(lambda: self.chain.state.cut > before and self.attestations(state="final", cut=_at(self)))
        return self.last_final()


def _at(world: World) -> Any:
    """Return the cut that the contract has."""
    return datetime.fromtimestamp(world.chain.state.cut, tz=UTC)


DAY: Final = timedelta(days=1)
