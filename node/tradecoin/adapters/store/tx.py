"""One transaction over all tables."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from tradecoin.adapters.store import schema
from tradecoin.adapters.store.books import SqlBooks
from tradecoin.adapters.store.chain_index import SqlChainIndex
from tradecoin.adapters.store.documents import to_text
from tradecoin.adapters.store.repo import NO_LIMIT, Shelves, SqlRepo
from tradecoin.adapters.store.session import Session
from tradecoin.adapters.store.trail import Trail
from tradecoin.domain.errors import Conflict
from tradecoin.domain.money import Currency
from tradecoin.domain.states import State, check_arrow
from tradecoin.ports.store import FeedItem, SavedReply, Step, Tx

Row = TypeVar("Row")

_FEED = "SELECT seq, type, subject, data, at FROM feed WHERE seq > :after ORDER BY seq LIMIT :limit"
_STEPS = """SELECT subject, from_state, to_state, cause, actor, at FROM transitions
    WHERE subject = :subject ORDER BY seq"""
_GET = "SELECT value FROM kept_values WHERE name = :name"
_SET = """INSERT INTO kept_values (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value"""
_REPLY = """SELECT request_sha256, status, body FROM idempotency
    WHERE client = :client AND route = :route AND key = :key"""
_SAVE_REPLY = """INSERT INTO idempotency (client, route, key, request_sha256, status, body, at)
    VALUES (:client, :route, :key, :request_sha256, :status, :body, :at) ON CONFLICT DO NOTHING"""


class SqlTx(Tx):
    """A Tx. What goes into the trail (feed, transitions, audit, work) is kept back and written in one go at the end."""

    def __init__(
        self, session: Session, shelves: Shelves, now: datetime, unit: Currency, make_id: Callable[[str, datetime], str]
    ) -> None:
        self._now = now
        self.session = session
        self._shelves = shelves
        self._make_id = make_id
        self._trail = Trail(session)
        out = session.dialect.moment.out
        stamp = out(now) if out else now
        self._stamp = stamp
        self.api_keys = SqlRepo(session, shelves.of(schema.API_KEYS), stamp)
        self.customers = SqlRepo(session, shelves.of(schema.CUSTOMERS), stamp)
        self.bank_accounts = SqlRepo(session, shelves.of(schema.BANK_ACCOUNTS), stamp)
        self.wallets = SqlRepo(session, shelves.of(schema.WALLETS), stamp)
        self.messages = SqlRepo(session, shelves.of(schema.MESSAGES), stamp)
        self.statements = SqlRepo(session, shelves.of(schema.STATEMENTS), stamp)
        self.bookings = SqlRepo(session, shelves.of(schema.BOOKINGS), stamp)
        self.booking_names = SqlRepo(session, shelves.of(schema.BOOKING_NAMES), stamp)
        self.entries = SqlRepo(session, shelves.of(schema.ENTRIES), stamp)
        self.deposits = SqlRepo(session, shelves.of(schema.DEPOSITS), stamp)
        self.orders = SqlRepo(session, shelves.of(schema.ORDERS), stamp)
        self.batches = SqlRepo(session, shelves.of(schema.BATCHES), stamp)
        self.attestations = SqlRepo(session, shelves.of(schema.ATTESTATIONS), stamp)
        self.redemptions = SqlRepo(session, shelves.of(schema.REDEMPTIONS), stamp)
        self.payouts = SqlRepo(session, shelves.of(schema.PAYOUTS), stamp)
        self.payout_files = SqlRepo(session, shelves.of(schema.PAYOUT_FILES), stamp)
        self.intents = SqlRepo(session, shelves.of(schema.INTENTS), stamp)
        self.attempts = SqlRepo(session, shelves.of(schema.ATTEMPTS), stamp)
        self.books = SqlBooks(session, now, unit)
        self.chain = SqlChainIndex(session)

    @property
    def now(self) -> datetime:
        """The time of this transaction."""
        return self._now

    def flush(self) -> None:
        """Write what was kept back; called before the change counts as done."""
        self._trail.flush()

    def new_id(self, prefix: str) -> str:
        """Return a new id that sorts behind all that this store gave out before."""
        return self._make_id(prefix, self.now)

    def move(self, row: Row, state: State, *, cause: str, actor: str = "node", **changes: Any) -> Row:
        """Walk an arrow; `updated_at` becomes the time of this transaction."""
        present: State = row.state  # type: ignore[attr-defined]
        check_arrow(present, state)
        shelf = self._shelves.of_row(row)
        subject, version = row.id, row.version + 1  # type: ignore[attr-defined]
        moved = replace(row, **changes, state=state, version=version, updated_at=self.now)  # type: ignore[type-var]
        SqlRepo(self.session, shelf, self._stamp).advance(moved)
        self._trail.step(Step(subject, str(present), str(state), cause, actor, self.now))
        self.publish(f"{shelf.entity.word}.{state}", subject, {"from": str(present), "cause": cause})
        return moved

    def steps(self, subject: str) -> Sequence[Step]:
        """Return the arrows walked, oldest first."""
        self.flush()
        into = self.session.dialect.moment.into or (lambda moment: moment)
        records = self.session.ask(_STEPS, subject=subject)
        return tuple(Step(of, came, went, cause, actor, into(at)) for of, came, went, cause, actor, at in records)

    def put_work(self, kind: str, subject: str, *, due_at: datetime | None = None) -> None:
        """Have the worker run `kind` for `subject`."""
        self._trail.work(kind, subject, due_at or self.now)

    def publish(self, type_: str, subject: str, data: dict[str, Any]) -> None:
        """Add a line to the feed."""
        self._trail.line(type_, subject, to_text(data), self.now)

    def feed(self, *, after: int = 0, limit: int = 1000) -> Sequence[FeedItem]:
        """Return feed lines in their sequence."""
        self.flush()
        into = self.session.dialect.moment.into or (lambda moment: moment)
        records = self.session.ask(_FEED, after=after, limit=max(0, min(limit, NO_LIMIT)))
        return tuple(
            FeedItem(seq, type_, subject, json.loads(data), into(at)) for seq, type_, subject, data, at in records
        )

    def get_value(self, name: str) -> str | None:
        """Return a kept value."""
        found = self.session.ask(_GET, name=name)
        return str(found[0][0]) if found else None

    def set_value(self, name: str, value: str) -> None:
        """Keep a value."""
        self.session.tell(_SET, name=name, value=value)

    def saved_reply(self, client: str, route: str, key: str) -> SavedReply | None:
        """Return what this key was answered."""
        found = self.session.ask(_REPLY, client=client, route=route, key=key)
        return SavedReply(*found[0]) if found else None

    def save_reply(self, client: str, route: str, key: str, reply: SavedReply) -> None:
        """Keep the answer for ever."""
        mine = {"client": client, "route": route, "key": key}
        answer = {"request_sha256": reply.request_sha256, "status": reply.status, "body": reply.body, "at": self.now}
        if self.session.tell(_SAVE_REPLY, **mine, **answer) == 0:
            raise Conflict("this key was answered already", **mine)

    def audit(self, actor: str, action: str, subject: str, detail: dict[str, Any]) -> None:
        """Write a line of the audit trail."""
        self._trail.audit(actor, action, subject, to_text(detail), self.now)
