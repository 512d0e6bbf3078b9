"""The bank's database: one SQLite file, one connection, a transaction around every change."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tradecoin_devnet.bank.refusals import BrokenBooks

_SCHEMA = Path(__file__).with_name("schema.sql")


class Books:
    """Plain SQL over the bank's file. The caller holds the bank's lock; nothing here is safe without it."""

    def __init__(self, path: Path) -> None:
        """Open or make the file; a commit is on the disk before it returns."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.executescript(_SCHEMA.read_text())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all changes made inside, or none; a transaction inside a transaction is part of it."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def run(self, sql: str, *values: Any) -> int:
        """Change something; return the id of the row that was inserted, if one was."""
        return self._connection.execute(sql, values).lastrowid or 0

    def all(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """Return every row."""
        return self._connection.execute(sql, values).fetchall()

    def first(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """Return the first row, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def value(self, sql: str, *values: Any) -> Any:
        """Return the first column of the first row; None when there is no row."""
        row = self.first(sql, *values)
        return None if row is None else row[0]

    def next_number(self, name: str) -> int:
        """Return 1, 2, 3 … for each name, never the same twice."""
        sql = "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
        return int(self.value(sql, name))

    def post(self, at: str, text: str, currency: str, legs: dict[str, int]) -> int:
        """Write one journal entry whose legs sum to zero; raise BrokenBooks when they do not."""
        if sum(legs.values()):
            raise BrokenBooks(f"{text}: the legs {legs} do not sum to zero")
        journal = self.run("INSERT INTO journal (at, text) VALUES (?, ?)", at, text)
        for ledger, minor in legs.items():
            if minor:
                self.run("INSERT INTO postings VALUES (?, ?, ?, ?)", journal, ledger, currency, minor)
        return journal

    def copy_to(self, path: Path) -> None:
        """Write the whole database into another file."""
        other = sqlite3.connect(path)
        try:
            self._connection.backup(other)
        finally:
            other.close()

    def copy_from(self, path: Path) -> None:
        """Replace the whole database by another file's content."""
        other = sqlite3.connect(path)
        try:
            other.backup(self._connection)
        finally:
            other.close()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
