"""The store: one unit of work at a time, everything durable in one database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from tradecoin.domain.attestation import Attestation
from tradecoin.domain.chain import Block, ChainEvent, TxAttempt, TxIntent
from tradecoin.domain.deposit import BankEntry, BankMessageRecord, Booking, BookingName, Deposit, StatementRecord
from tradecoin.domain.ledger import Balances, Journal, PostedJournal
from tradecoin.domain.mint import MintBatch, MintOrder
from tradecoin.domain.party import ApiKey, BankAccount, Customer, Wallet
from tradecoin.domain.payout import Payout, PayoutFile
from tradecoin.domain.redemption import Redemption
from tradecoin.domain.states import State

Row = TypeVar("Row")
Result = TypeVar("Result")


class Repo(Protocol[Row]):
    """The rows of one kind. `where` compares columns for equality, or membership when the value is a tuple.

    Rows come in the order of their ids, which is the order in which they were made.
    """

    def add(self, *rows: Row) -> None:
        """Insert; raises Conflict when a unique key is taken."""

    def get(self, row_id: str) -> Row:
        """Return the row; raises NotFound."""

    def find(self, **where: Any) -> Row | None:
        """Return the first row that fits, or None."""

    def list(self, *, after: str = "", limit: int = 1000, newest_first: bool = False, **where: Any) -> Sequence[Row]:
        """Return up to `limit` rows beyond the id `after`."""

    def count(self, **where: Any) -> int:
        """Count the rows that fit."""

    def total(self, column: str, **where: Any) -> int:
        """Sum the integer behind a Money or Coins column: minor units or base units."""

    def save(self, *rows: Row) -> None:
        """Update by id and version, which rises by one; raises StaleVersion when somebody else was first.

        `updated_at`, where the row has one, becomes the time of the transaction, whatever the row says.
        """


class Books(Protocol):
    """The ledger: append only, hash-chained."""

    def post(self, *journals: Journal) -> int:
        """Append entries whose keys are not in the books yet; return how many were new."""

    def balances(self, *, as_of: datetime | None = None) -> Balances:
        """Return the five balances, of all entries or of those effective strictly before `as_of`."""

    def journals(self, *, after: int = 0, limit: int = 1000) -> Sequence[PostedJournal]:
        """Return entries in their sequence."""

    def verify_chain(self) -> int:
        """Recompute every hash; return the number of entries; raises BrokenInvariant at the first that differs."""


class ChainIndex(Protocol):
    """Blocks and decoded events as the node saw them; orphaned ones stay, marked."""

    def head(self) -> Block | None:
        """Return the highest canonical block we hold."""

    def final_number(self) -> int:
        """Return the number up to which events are final, -1 before the first."""

    def block(self, number: int) -> Block | None:
        """Return the canonical block of that number."""

    def last_final_before(self, moment: datetime) -> Block | None:
        """Return the highest final block whose timestamp is strictly before `moment`."""

    def append(self, blocks: Sequence[Block], events: Sequence[ChainEvent]) -> None:
        """Add canonical blocks that follow the head, with their events."""

    def orphan_above(self, number: int) -> Sequence[ChainEvent]:
        """Mark the canonical blocks above `number` as orphaned, never final ones; return the events dropped, newest
        first.
        """

    def finalise(self, number: int) -> Sequence[ChainEvent]:
        """Raise the final number; return the events that became final, in order."""

    def events(
        self, *names: str, final: bool = True, above: int = -1, up_to: int | None = None, after: str = ""
    ) -> Sequence[ChainEvent]:
        """Return canonical events by name in order, of the blocks above one number and up to another.

        `after` is an event key: only what comes behind that event is returned.
        """


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One line of the public event feed; `seq` has no holes."""

    seq: int
    type: str
    subject: str
    data: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One arrow that was walked: from, to, why, by whom, when."""

    subject: str
    from_state: str
    to_state: str
    cause: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SavedReply:
    """The answer that a key got; kept for ever. `request_sha256` is of the body that came with it."""

    request_sha256: str
    status: int
    body: str


class Tx(Protocol):
    """One transaction: everything in it happens, or nothing."""

    api_keys: Repo[ApiKey]
    customers: Repo[Customer]
    bank_accounts: Repo[BankAccount]
    wallets: Repo[Wallet]
    messages: Repo[BankMessageRecord]
    statements: Repo[StatementRecord]
    bookings: Repo[Booking]
    booking_names: Repo[BookingName]
    entries: Repo[BankEntry]
    deposits: Repo[Deposit]
    orders: Repo[MintOrder]
    batches: Repo[MintBatch]
    attestations: Repo[Attestation]
    redemptions: Repo[Redemption]
    payouts: Repo[Payout]
    payout_files: Repo[PayoutFile]
    intents: Repo[TxIntent]
    attempts: Repo[TxAttempt]
    books: Books
    chain: ChainIndex

    @property
    def now(self) -> datetime:
        """The time of this transaction, aware, UTC, whole milliseconds."""

    def new_id(self, prefix: str) -> str:
        """Return a new id with `prefix` that sorts by time, also within one millisecond."""

    def move(self, row: Row, state: State, *, cause: str, actor: str = "node", **changes: Any) -> Row:
        """Walk an arrow: check the state table, save the row with `changes`, write the transition and a feed line.

        Return the row as saved. Raises IllegalTransition, StaleVersion.
        """

    def steps(self, subject: str) -> Sequence[Step]:
        """Return the arrows that `subject` walked, oldest first."""

    def put_work(self, kind: str, subject: str, *, due_at: datetime | None = None) -> None:
        """See to it that the worker runs `kind` for `subject`, now or at `due_at`; the earlier of two wishes wins."""

    def publish(self, type_: str, subject: str, data: dict[str, Any]) -> None:
        """Add a line to the feed."""

    def feed(self, *, after: int = 0, limit: int = 1000) -> Sequence[FeedItem]:
        """Return feed lines in their sequence."""

    def get_value(self, name: str) -> str | None:
        """Return a small durable value: a cursor, a switch."""

    def set_value(self, name: str, value: str) -> None:
        """Keep a small durable value."""

    def saved_reply(self, client: str, route: str, key: str) -> SavedReply | None:
        """Return what this key was answered."""

    def save_reply(self, client: str, route: str, key: str, reply: SavedReply) -> None:
        """Keep the answer in the same transaction as the effect; raises Conflict when the key has one."""

    def audit(self, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
        """Write a line of the audit trail."""


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed piece of work; `token` is the lease that `finish` and `postpone` must still hold."""

    kind: str
    subject: str
    token: int
    attempts: int


class Store(Protocol):
    """The database. Changes are functions, so that they can be grouped into one commit, or run again on a clash."""

    def write(self, change: Callable[[Tx], Result]) -> Result:
        """Run `change` in one transaction and return its result once it is durable; rolled back if it raises."""

    def read(self, question: Callable[[Tx], Result]) -> Result:
        """Run `question` on one consistent snapshot."""

    def claim(self, *, kinds: Sequence[str], limit: int, lease_seconds: int) -> Sequence[Work]:
        """Lease up to `limit` due pieces of work, oldest first."""

    def finish(self, work: Work) -> None:
        """Remove the work, unless it was put again meanwhile or the lease was lost."""

    def postpone(self, work: Work, until: datetime, problem: str = "") -> None:
        """Give the lease back and let it be due at `until`; a `problem` counts as a failed attempt."""

    def next_due(self) -> datetime | None:
        """Return when the earliest unleased work is due."""

    def lead(self, name: str, owner: str, *, lease_seconds: int) -> int | None:
        """Take or renew the lease `name`; return its fencing number, or None while somebody else holds it."""

    def close(self) -> None:
        """Finish what was begun and let go of the database."""
