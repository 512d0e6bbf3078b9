"""What only SQLite can do wrong: a full disk, a lock that somebody else holds, a float in a column."""

import sqlite3
from pathlib import Path

import pytest

from tests.adapters.store.children import said
from tests.stores import HandClock, fresh_file, row
from tradecoin.adapters.store import DatabaseUnavailable, open_store
from tradecoin.adapters.store import sqlite as engine
from tradecoin.adapters.store.sqlite import Sqlite
from tradecoin.domain.party import Customer

FULL_DISK = """
import resource
from tradecoin.adapters.store import DatabaseUnavailable
def add(size): store.write(lambda tx: tx.customers.add(row(Customer, name="x" * size)))
add(10)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
for _ in range(2):
    try: add(1_000_000)
    except DatabaseUnavailable as error: say(error.code)
say(store.read(lambda tx: tx.customers.count()))
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
add(1_000_000)
say(store.read(lambda tx: tx.customers.count()))
store.close()
"""


def test_a_full_disk_is_unavailable_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    """Changes are refused while there is no room, questions go on, and all is well when there is room again."""
    assert said(FULL_DISK, fresh_file(tmp_path)) == ["database_unavailable", "database_unavailable", "1", "2"]


def test_a_lock_that_somebody_holds_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After waiting for a while the change is refused; when the lock is gone it goes through."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    url = fresh_file(tmp_path)
    store = open_store(url, clock=HandClock())
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable):
        store.write(lambda tx: tx.customers.add(row(Customer)))
    assert store.read(lambda tx: tx.customers.count()) == 0
    other.execute("ROLLBACK")
    other.close()
    store.write(lambda tx: tx.customers.add(row(Customer)))
    assert store.read(lambda tx: tx.customers.count()) == 1
    store.close()


def test_a_float_gets_into_no_column(tmp_path: Path) -> None:
    """The tables are strict: what is a whole number stays one."""
    connection = sqlite3.connect(fresh_file(tmp_path).removeprefix("sqlite:///"))
    with pytest.raises(sqlite3.IntegrityError, match="cannot store REAL"):
        connection.execute("INSERT INTO balances (account, currency, minor) VALUES ('a', 'EUR', 1.5)")
    connection.close()


def test_commits_are_flushed_and_references_checked(tmp_path: Path) -> None:
    """Write-ahead log, a flush with every commit, foreign keys on; a question's connection cannot write."""
    from sqlalchemy.engine import make_url

    database = Sqlite(make_url(fresh_file(tmp_path)))
    for read_only in (False, True):
        connection = database.connect(read_only=read_only)
        found = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "query_only")
        ]
        connection.close()
        assert found == ["wal", 2, 1, int(read_only)]


@pytest.mark.parametrize(
    ("table", "column"),
    [("orders", "issuance_ref"), ("redemptions", "request_id"), ("deposits", "key"), ("journals", "key")],
)
def test_what_the_chain_names_is_found_without_reading_a_whole_table(tmp_path: Path, table: str, column: str) -> None:
    """Each final event asks; with a hundred thousand orders a scan would take longer than a block."""
    connection = sqlite3.connect(fresh_file(tmp_path).removeprefix("sqlite:///"))
    question = f'EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE "{column}" = ?'
    plan = " ".join(detail for *_, detail in connection.execute(question, ("x",)))
    connection.close()
    assert plan.startswith(f"SEARCH {table} USING"), plan
