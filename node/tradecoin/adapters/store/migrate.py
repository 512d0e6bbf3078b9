"""Bringing a database to the schema that this version works with."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from tradecoin.adapters.store.errors import DatabaseUnavailable
from tradecoin.domain.errors import UnmigratedDatabase

HEAD: Final = "0001"
"""The revision that this version works with; opening a store on another is refused."""

_ONE_AT_A_TIME: Final = 7_263_001


def driver_url(url: str) -> str:
    """Name the driver in a PostgreSQL URL that leaves it open."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def migrate(url: str, revision: str = "head") -> str:
    """Bring the database at `url` up to `revision`, all or nothing, and return the revision it is at then.

    Two processes may call it at once. Raises DatabaseUnavailable.
    """
    with _connection(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
        _alembic(connection, "upgrade", revision)
        return _revision(connection) or ""


def downgrade(url: str, revision: str) -> None:
    """Take the database back to `revision`; what only later ones can hold is lost. "base" drops everything."""
    with _connection(url) as connection:
        _alembic(connection, "downgrade", revision)


def current_revision(url: str) -> str | None:
    """Return the revision of the database at `url`; None before the first migration."""
    parsed = make_url(driver_url(url))
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists():
        return None
    with _connection(url, changes=False) as connection:
        return _revision(connection)


def check_revision(url: str) -> None:
    """Raise UnmigratedDatabase unless the database has the schema of this version."""
    present = current_revision(url)
    if present != HEAD:
        raise UnmigratedDatabase("run the migration first", present=present, wanted=HEAD)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _alembic(connection: Connection, way: Literal["upgrade", "downgrade"], revision: str) -> None:
    """Walk to `revision`. Alembic is imported here: only migrations need it, and a node would start slower."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    walk = command.upgrade if way == "upgrade" else command.downgrade
    walk(config, revision)


@contextmanager
def _connection(url: str, *, changes: bool = True) -> Generator[Connection]:
    """Open a connection of its own with one transaction that is committed at the end."""
    engine = create_engine(driver_url(url), poolclass=NullPool)
    if engine.dialect.name == "sqlite" and changes:
        _begin_ourselves(engine)
    try:
        with engine.begin() as connection:
            yield connection
    except OperationalError as error:
        said = str(error.orig).splitlines()[0]
        raise DatabaseUnavailable("the database cannot be reached", said=said) from error
    finally:
        engine.dispose()


def _begin_ourselves(engine: Engine) -> None:
    """Keep the driver from ending transactions before DDL, so that a migration is all or nothing on SQLite too."""

    @event.listens_for(engine, "connect")
    def _autocommit(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")  # kept in the file; to set it later, nobody may be writing

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
