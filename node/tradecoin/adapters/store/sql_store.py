"""The Store over either database."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import TypeVar

from tradecoin.adapters.store import work as queue
from tradecoin.adapters.store.columns import milliseconds
from tradecoin.adapters.store.connections import Connections
from tradecoin.adapters.store.groups import GroupCommit
from tradecoin.adapters.store.repo import Shelves
from tradecoin.adapters.store.session import Session
from tradecoin.adapters.store.tx import SqlTx
from tradecoin.adapters.store.writer import Writer
from tradecoin.domain import ids
from tradecoin.domain.money import Currency
from tradecoin.ports.clock import Clock
from tradecoin.ports.store import Tx, Work

Result = TypeVar("Result")


class IdMaker:
    """Ids that only rise, also within a millisecond and when the clock is set back."""

    _STEP_BITS = 40
    _FIRST_BITS = 79

    def __init__(self, entropy: Callable[[int], int]) -> None:
        self._entropy = entropy
        self._lock = Lock()
        self._moment: datetime | None = None
        self._number = 0

    def __call__(self, prefix: str, now: datetime) -> str:
        """Return the next id; the first of a moment leaves room above it for those that follow."""
        with self._lock:
            if self._moment is None or _tick(now) > _tick(self._moment):
                self._moment, self._number = now, self._entropy(self._FIRST_BITS)
            else:
                self._number += 1 + self._entropy(self._STEP_BITS)
            return ids.new_id(prefix, self._moment, self._number)


def _tick(moment: datetime) -> int:
    """Return the number that ids have in front, in the same arithmetic."""
    return int(moment.timestamp() * 1000)


class SqlStore:
    """A Store. Changes go through one writer; questions run beside it on connections from a pool.

    `claims` is the pool that work is claimed on; without one (SQLite) claims take their turn with the writer.
    """

    def __init__(
        self,
        questions: Connections,
        claims: Connections | None,
        *,
        clock: Clock,
        entropy: Callable[[int], int],
        currency: Currency,
    ) -> None:
        self._questions = questions
        self._claims = claims
        self._clock = clock
        self._make_id = IdMaker(entropy)
        self._currency = currency
        self._shelves = Shelves(questions.dialect)
        groups = GroupCommit(questions.open_writer, questions.dialect, self._tx)
        self._writer = Writer(groups, "store writer")

    def _now(self) -> datetime:
        return milliseconds(self._clock.now())

    def _tx(self, session: Session) -> SqlTx:
        return SqlTx(session, self._shelves, self._now(), self._currency, self._make_id)

    def write(self, change: Callable[[Tx], Result]) -> Result:
        """Run `change` in the writer; it may run more than once, the last time counts."""
        return self._writer.run(change)

    def read(self, question: Callable[[Tx], Result]) -> Result:
        """Run `question` on a snapshot."""
        begin = self._questions.dialect.traits.begin_read
        return self._questions.ask(begin, lambda session: self._asked(session, question))

    def _asked(self, session: Session, question: Callable[[Tx], Result]) -> Result:
        """Run a question; one that left something to be written fails here, since its connection cannot write."""
        tx = self._tx(session)
        result = question(tx)
        tx.flush()
        return result

    def _on_queue(self, act: Callable[[Session], Result]) -> Result:
        """Touch the work queue: apart from the writer where the database can, with it where it cannot."""
        if self._claims is not None:
            return self._claims.ask((), act)
        return self._writer.run(lambda tx: act(tx.session))

    def claim(self, *, kinds: Sequence[str], limit: int, lease_seconds: int) -> Sequence[Work]:
        """Lease due work, oldest first."""
        now = self._now()
        if not self._questions.ask((), lambda session: queue.any_due(session, now)):
            return ()
        until = now + timedelta(seconds=lease_seconds)
        wanted = json.dumps(list(kinds))
        return self._on_queue(lambda session: queue.claim(session, wanted, limit, now, until))

    def finish(self, work: Work) -> None:
        """Remove the work, unless it was put again or the lease was lost."""
        self._on_queue(lambda session: queue.finish(session, work))

    def postpone(self, work: Work, until: datetime, problem: str = "") -> None:
        """Give the lease back."""
        self._on_queue(lambda session: queue.postpone(session, work, until, problem))

    def next_due(self) -> datetime | None:
        """Return when the earliest unleased work is due."""
        now = self._now()
        return self._questions.ask((), lambda session: queue.next_due(session, now))

    def lead(self, name: str, owner: str, *, lease_seconds: int) -> int | None:
        """Take or renew a lease."""
        return self._writer.run(lambda tx: queue.lead(tx.session, name, owner, tx.now, lease_seconds))

    def close(self) -> None:
        """Finish the changes that wait, then close every connection."""
        self._writer.close()
        self._questions.close()
        if self._claims is not None:
            self._claims.close()
