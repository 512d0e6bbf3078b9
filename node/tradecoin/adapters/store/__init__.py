"""The store: SQLite or PostgreSQL behind one port.

`migrate(url)` prepares a database, `open_store(url, clock=...)` opens it.
"""

import secrets
from collections.abc import Callable
from typing import Final

from sqlalchemy.engine import make_url

from tradecoin.adapters.store.connections import Connections, Database
from tradecoin.adapters.store.errors import DatabaseUnavailable
from tradecoin.adapters.store.migrate import HEAD, check_revision, current_revision, downgrade, driver_url, migrate
from tradecoin.adapters.store.sql_store import SqlStore
from tradecoin.domain.money import Currency
from tradecoin.ports.clock import Clock
from tradecoin.ports.store import Store

__all__ = ["HEAD", "DatabaseUnavailable", "current_revision", "downgrade", "migrate", "open_store"]

_QUESTIONS_AT_ONCE: Final = 8
_CLAIMS_AT_ONCE: Final = 2


def open_store(
    url: str,
    *,
    clock: Clock,
    entropy: Callable[[int], int] = secrets.randbits,
    currency: Currency | None = None,
) -> Store:
    """Open the database at `sqlite:///path` or `postgresql://…`; `currency` is that of its books, EUR unless given.

    Raises UnmigratedDatabase, DatabaseUnavailable, and ValueError for any other URL.
    """
    parsed = make_url(driver_url(url))
    backend = parsed.get_backend_name()
    database: Database
    if backend == "sqlite":
        from tradecoin.adapters.store.sqlite import Sqlite

        database = Sqlite(parsed)
    elif backend == "postgresql":
        from tradecoin.adapters.store.postgres import Postgres

        database = Postgres(parsed)
    else:
        raise ValueError(f"a store is SQLite or PostgreSQL, not {backend}")
    check_revision(url)
    questions = Connections(database, size=_QUESTIONS_AT_ONCE, read_only=True)
    claims = Connections(database, size=_CLAIMS_AT_ONCE, read_only=False) if backend == "postgresql" else None
    return SqlStore(questions, claims, clock=clock, entropy=entropy, currency=currency or Currency("EUR"))
