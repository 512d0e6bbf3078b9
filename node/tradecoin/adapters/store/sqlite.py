"""SQLite: the embedded default."""

import sqlite3
from typing import Final

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL

from tradecoin.adapters.store.dialect import Connection, Problem, Traits

BUSY_SECONDS: Final = 5.0
_STATEMENTS_KEPT: Final = 512

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -16384",
)
_READ_ONLY: Final = ("PRAGMA query_only = ON",)
_MEANINGS: Final[dict[int, Problem]] = {
    sqlite3.SQLITE_BUSY: "unavailable",
    sqlite3.SQLITE_LOCKED: "unavailable",
    sqlite3.SQLITE_FULL: "unavailable",
    sqlite3.SQLITE_IOERR: "unavailable",
    sqlite3.SQLITE_CANTOPEN: "unavailable",
    sqlite3.SQLITE_NOMEM: "unavailable",
    sqlite3.SQLITE_PERM: "unavailable",
    sqlite3.SQLITE_TOOBIG: "value",
    sqlite3.SQLITE_MISMATCH: "value",
}
_WRONG_TYPE: Final = sqlite3.SQLITE_CONSTRAINT | (
    12 << 8
)  # SQLITE_CONSTRAINT_DATATYPE, which Python 3.11 does not name
_UNIQUE: Final = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


def meaning(error: Exception) -> Problem:
    """Say what an error of the driver means, by SQLite's extended result code; its low byte is the primary code."""
    if isinstance(error, OverflowError | UnicodeEncodeError):
        return "value"
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _UNIQUE:
        return "unique"
    if code == _WRONG_TYPE:
        return "value"
    if code & 0xFF == sqlite3.SQLITE_CONSTRAINT:
        return "rule"
    return _MEANINGS.get(code & 0xFF, "bug")


TRAITS: Final = Traits(
    name="sqlite",
    sql=SQLiteDialect_pysqlite(paramstyle="qmark"),
    begin_write=("BEGIN IMMEDIATE",),
    begin_read=("BEGIN",),
    errors=(sqlite3.Error, OverflowError, UnicodeEncodeError),
    meaning=meaning,
)


class Sqlite:
    """A database in one file."""

    traits = TRAITS

    def __init__(self, url: URL) -> None:
        if not url.database or url.database == ":memory:":
            raise ValueError("a store is a file: sqlite:///path")
        self.path = url.database

    def connect(self, *, read_only: bool) -> Connection:
        """Open a connection; each commit is flushed to the disk (`synchronous = FULL`)."""
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_STATEMENTS_KEPT,
        )
        try:
            for pragma in _PRAGMAS + _READ_ONLY if read_only else _PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection
