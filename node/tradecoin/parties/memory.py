"""What a party has signed, in its own SQLite file: the reason why it never signs two things that exclude each other."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tradecoin.domain.mint import Voucher

_SCHEMA = """
CREATE TABLE IF NOT EXISTS vouchers (
    deposit BLOB, first TEXT, past TEXT, recipient TEXT, issuance BLOB, value TEXT,
    expiry INTEGER, signed_at INTEGER, assigned_by TEXT,
    PRIMARY KEY (deposit, first, past, recipient, issuance, value)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS vouchers_by_time ON vouchers (signed_at);
CREATE TABLE IF NOT EXISTS statements (
    digest BLOB PRIMARY KEY, prev BLOB, signer_set INTEGER, cut INTEGER, signed_at INTEGER
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS statements_by_prev ON statements (prev);
"""


def open_file(folder: Path) -> sqlite3.Connection:
    """Open or make the party's database; a commit is on the disk before it returns. The caller holds a lock."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / "party.sqlite3", check_same_thread=False)
    for setting in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {setting}")
    connection.executescript(_SCHEMA)
    return connection


@dataclass(frozen=True, slots=True)
class SignedVoucher:
    """A voucher of the past; `expiry` in Unix seconds is the latest under which it was signed."""

    offset: int
    end: int
    to: str
    order: bytes
    value: int
    expiry: int

    def is_of(self, voucher: Voucher) -> bool:
        """Whether it is the same voucher: then signing it again gives nobody anything new."""
        mine = (self.offset, self.end - self.offset, self.to.lower(), self.order, self.value)
        offset, amount, value = voucher.offset.units, voucher.amount.units, voucher.value.units
        return mine == (offset, amount, voucher.to.lower(), voucher.order, value)

    def overlaps(self, voucher: Voucher) -> bool:
        """Whether both draw on a common part of the deposit."""
        return self.offset < voucher.offset.units + voucher.amount.units and voucher.offset.units < self.end


class VoucherMemory:
    """The vouchers that a bank signer signed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take the party's database."""
        self._db = connection

    def of(self, deposit: bytes) -> list[SignedVoucher]:
        """Return what was signed on a deposit."""
        sql = "SELECT first, past, recipient, issuance, value, expiry FROM vouchers WHERE deposit = ?"
        rows = self._db.execute(sql, (deposit,))
        return [
            SignedVoucher(int(first), int(past), to, order, int(value), expiry)
            for first, past, to, order, value, expiry in rows
        ]

    def signed_since(self, moment: int) -> int:
        """Return base units signed for the first time since a Unix second, each voucher once."""
        rows = self._db.execute("SELECT first, past FROM vouchers WHERE signed_at >= ?", (moment,))
        return sum(int(past) - int(first) for first, past in rows)

    def count(self) -> int:
        """Return how many vouchers were signed."""
        return int(self._db.execute("SELECT count(*) FROM vouchers").fetchone()[0])

    def keep(self, vouchers: Iterable[tuple[Voucher, str]], *, expiry: int, now: int) -> None:
        """Remember vouchers, each with who assigned it, before the signature leaves; durable when this returns."""
        rows = [
            (
                voucher.deposit,
                str(voucher.offset.units),
                str(voucher.offset.units + voucher.amount.units),
                voucher.to.lower(),
                voucher.order,
                str(voucher.value.units),
                expiry,
                now,
                assigned_by,
            )
            for voucher, assigned_by in vouchers
        ]
        sql = (
            "INSERT INTO vouchers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT DO UPDATE SET expiry = max(expiry, excluded.expiry)"
        )
        with self._db:
            self._db.executemany(sql, rows)


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A statement of the past; `cut` and `signed_at` in Unix seconds."""

    digest: bytes
    signer_set: int
    cut: int
    signed_at: int


class StatementMemory:
    """The statements that an auditor signed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take the party's database."""
        self._db = connection

    def after(self, prev: bytes) -> list[SignedStatement]:
        """Return what was signed as the successor of `prev`."""
        sql = "SELECT digest, signer_set, cut, signed_at FROM statements WHERE prev = ?"
        return [SignedStatement(*row) for row in self._db.execute(sql, (prev,))]

    def count(self) -> int:
        """Return how many statements were signed."""
        return int(self._db.execute("SELECT count(*) FROM statements").fetchone()[0])

    def keep(self, prev: bytes, statement: SignedStatement) -> None:
        """Remember a statement before the signature leaves; durable when this returns."""
        row = (statement.digest, prev, statement.signer_set, statement.cut, statement.signed_at)
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO statements VALUES (?, ?, ?, ?, ?)", row)
