"""The bank as a whole: it does what fell due meanwhile, then what is asked, each in one transaction."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tradecoin_devnet.bank import accounts, execution, outbox, statements, times
from tradecoin_devnet.bank.books import Books
from tradecoin_devnet.bank.desk import Desk
from tradecoin_devnet.clock import DevnetClock

Answer = TypeVar("Answer")

_NEXT_DUE = """
    SELECT min(at) FROM (
        SELECT min(execute_at) AS at FROM payments WHERE status = 'accepted'
        UNION ALL SELECT min(return_at) FROM payments WHERE status = 'booked' AND return_at IS NOT NULL
        UNION ALL SELECT min(day_ends_at) FROM accounts)"""


class Bank:
    """The one object behind the doors; every use holds its lock, so the books have one reader or writer at a time."""

    def __init__(self, data: Path, clock_file: Path, zone: str = "UTC") -> None:
        """Open the books in the folder `data`; `zone` is what a day is for accounts that do not say."""
        times.zone_named(zone)
        data.mkdir(parents=True, exist_ok=True)
        self.data = data
        self.desk = Desk(Books(data / "bank.sqlite"), DevnetClock(clock_file), clock_file, zone)
        self._lock = threading.RLock()

    def ask(self, question: Callable[[Desk], Answer]) -> Answer:
        """Answer in one transaction, after everything that fell due before; nothing is kept when it raises."""
        with self._lock:
            self.catch_up()
            with self.desk.books.transaction():
                answer = question(self.desk)
                outbox.send_due(self.desk, times.stamp(self.desk.now()))
            return answer

    def alone(self, action: Callable[[Desk], Answer]) -> Answer:
        """Do something outside a transaction while nobody else is at the books."""
        with self._lock:
            return action(self.desk)

    def catch_up(self) -> None:
        """Book payments, bring back returns and end days in the order in which they fell due, each at its own time."""
        with self._lock, self.desk.books.transaction():
            now = self.desk.now()
            while (due := self.desk.books.value(_NEXT_DUE)) is not None and due <= times.stamp(now):
                self._do(due)
            outbox.send_due(self.desk, times.stamp(now))

    def _do(self, due: str) -> None:
        """Do what falls due at that time; a day ends before anything is booked in the next one."""
        now = self.desk.now()
        for row in self.desk.books.all("SELECT id FROM accounts WHERE day_ends_at <= ? ORDER BY day_ends_at, id", due):
            statements.close_day(self.desk, accounts.numbered(self.desk, row["id"]), now)
        execution.pay_due(self.desk, due)
        execution.return_due(self.desk, due)

    def close(self) -> None:
        """Close the books."""
        with self._lock:
            self.desk.books.close()
