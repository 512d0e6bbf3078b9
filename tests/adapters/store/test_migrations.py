"""The schema's history: refused when it is another, whole or not at all, the same as the program's."""

from collections.abc import Generator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from tests.postgres import fresh_database
from tests.stores import EUR, NOON, HandClock
from tradecoin.adapters.store import HEAD, DatabaseUnavailable, current_revision, downgrade, migrate, open_store
from tradecoin.adapters.store.migrate import driver_url
from tradecoin.adapters.store.migrations import files
from tradecoin.adapters.store.schema import METADATA
from tradecoin.domain.errors import BrokenInvariant, UnmigratedDatabase
from tradecoin.domain.ledger import Event, posting
from tradecoin.domain.money import Money


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[str]:
    """The URL of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
    else:
        with fresh_database(migrated=False) as found:
            yield found


def run(url: str, *statements: str) -> None:
    """Run SQL past the store."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def tables(url: str) -> set[str]:
    """Return the names of the tables there are."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    return set(inspect(engine).get_table_names())


def test_a_database_without_the_schema_is_refused(bare_url: str, tmp_path: Path) -> None:
    """Opening neither makes tables nor a file."""
    with pytest.raises(UnmigratedDatabase):
        open_store(bare_url, clock=HandClock())
    assert current_revision(bare_url) is None
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_another_version_is_refused(bare_url: str) -> None:
    """One that a later version made is not touched by this one."""
    migrate(bare_url)
    run(bare_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UnmigratedDatabase) as caught:
        open_store(bare_url, clock=HandClock())
    assert caught.value.facts == {"present": "9999", "wanted": HEAD}


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_lasting_database_is_refused(url: str) -> None:
    """A store outlives its process."""
    with pytest.raises(ValueError, match="a store is"):
        open_store(url, clock=HandClock())


def test_an_unreachable_database_is_unavailable(tmp_path: Path) -> None:
    """A server that is not there, a folder that is not there."""
    with pytest.raises(DatabaseUnavailable):
        open_store(f"postgresql://postgres@/x?host={tmp_path}", clock=HandClock())
    with pytest.raises(DatabaseUnavailable):
        migrate(f"sqlite:///{tmp_path}/none/x.db")


def test_a_migration_that_fails_leaves_nothing(bare_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one table of a schema that could not be made whole."""
    folder = tmp_path / "versions"
    folder.mkdir()
    for dialect in ("sqlite", "postgresql"):
        (folder / f"0001_up.{dialect}.sql").write_text(
            "CREATE TABLE half (x INTEGER);\n\nCREATE TABLE half (x INTEGER);\n"
        )
    monkeypatch.setattr(files, "VERSIONS", folder)
    with pytest.raises(Exception, match="half"):
        migrate(bare_url)
    assert "half" not in tables(bare_url)
    monkeypatch.undo()
    assert migrate(bare_url) == HEAD


@pytest.mark.parametrize("table", ["journals", "journal_lines", "transitions", "audit_trail"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET seq = seq + 1"])
def test_the_books_cannot_be_altered(url: str, table: str, statement: str) -> None:
    """The database itself refuses to change or remove what was written, whoever asks."""
    fill(url)
    with pytest.raises(DBAPIError, match="append only"):
        run(url, statement.format(table))


def fill(url: str) -> None:
    """Write something into every append-only table."""
    store = open_store(url, clock=HandClock())

    def change(tx: Any) -> None:
        for number in (1, 2, 3):
            tx.books.post(posting(Event.CREDIT_BOOKED, Money(number, EUR), key=f"k{number}", subject="s", at=NOON))
        tx.audit("me", "fill", "all", {})

    store.write(change)
    run(url, "INSERT INTO transitions VALUES (1, 's', 'a', 'b', 'c', 'd', '2026-01-01T00:00:00.000Z')")
    store.close()


def unguard(url: str) -> str:
    """Return what lifts the guards for one transaction, as only an administrator can."""
    return "SET session_replication_role = replica" if url.startswith("postgres") else "DROP TRIGGER journals_no_update"


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE journals SET memo = 'forged' WHERE seq = 2",
        "UPDATE journals SET effective_at = '2026-03-02T11:00:00.000Z' WHERE seq = 2",
        "UPDATE journal_lines SET minor = minor * 2 WHERE seq = 2",
        "DELETE FROM journal_lines WHERE seq = 3",
        "UPDATE balances SET minor = minor + 1 WHERE account = 'bank_reserve'",
    ],
)
def test_forged_books_are_noticed(url: str, forgery: str) -> None:
    """Whoever gets past the guards is found by the hashes or the sums."""
    fill(url)
    lift = [unguard(url)] if url.startswith("postgres") else [f"DROP TRIGGER {name}" for name in TRIGGERS]
    run(url, *lift, forgery)
    store = open_store(url, clock=HandClock())
    with pytest.raises(BrokenInvariant):
        store.read(lambda tx: tx.books.verify_chain())
    store.close()


TRIGGERS = ("journals_no_update", "journals_no_delete", "journal_lines_no_update", "journal_lines_no_delete")


def test_migrating_twice_is_migrating_once(bare_url: str) -> None:
    """Also when two processes begin at the same time."""
    found: list[str] = []
    threads = [Thread(target=lambda: found.append(migrate(bare_url))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [HEAD, HEAD]
    assert migrate(bare_url) == current_revision(bare_url) == HEAD


def test_the_way_back_is_complete(bare_url: str) -> None:
    """Up, down and up again end in the same schema."""
    migrate(bare_url)
    there = tables(bare_url)
    downgrade(bare_url, "base")
    assert tables(bare_url) == {"alembic_version"}
    assert migrate(bare_url) == HEAD
    assert tables(bare_url) == there


def test_migrations_make_the_schema_that_the_program_declares(url: str) -> None:
    """A column or index that only one of the two has would be found here."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_program_works_with_the_newest_revision() -> None:
    """The revision it asks for is the last one in the folder."""
    config = Config()
    config.set_main_option("script_location", str(files.VERSIONS.parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD
