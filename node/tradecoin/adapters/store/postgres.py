"""PostgreSQL 15 or later: for several processes beside each other."""

from typing import Final

import psycopg
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import URL

from tradecoin.adapters.store.dialect import Connection, Problem, Traits

_CONNECT_SECONDS: Final = 10
_SETTINGS: Final = (
    "SET TIME ZONE 'UTC'",
    "SET lock_timeout = '10s'",
    # A writer that froze must not keep the others from their turn.
    "SET idle_in_transaction_session_timeout = '60s'",
)

_READ_ONLY: Final = ("SET default_transaction_read_only = on",)

# By SQLSTATE, the longest prefix first: appendix A of the PostgreSQL manual.
_MEANINGS: Final[dict[str, Problem]] = {
    "40001": "clash",
    "40P01": "clash",
    "23505": "unique",
    "55P03": "unavailable",
    "57014": "unavailable",
    "25P03": "lost",
    "57P": "lost",
    "08": "lost",
    "22": "value",
    "23": "rule",
    "53": "unavailable",
    "58": "unavailable",
}


def meaning(error: Exception) -> Problem:
    """Say what an error of the driver means."""
    state = getattr(error, "sqlstate", None)
    if state is None:
        if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
            return "lost"
        return "value" if isinstance(error, psycopg.DataError | UnicodeEncodeError) else "bug"
    return next((_MEANINGS[state[:size]] for size in (5, 3, 2) if state[:size] in _MEANINGS), "bug")


TRAITS: Final = Traits(
    name="postgresql",
    sql=PGDialect_psycopg(paramstyle="format"),  # type: ignore[no-untyped-call]
    begin_write=("BEGIN ISOLATION LEVEL SERIALIZABLE", "LOCK TABLE write_turn IN EXCLUSIVE MODE"),
    begin_read=("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",),
    errors=(psycopg.Error, UnicodeEncodeError),
    meaning=meaning,
)


class Postgres:
    """A database on a server."""

    traits = TRAITS

    def __init__(self, url: URL) -> None:
        _, options = TRAITS.sql.create_connect_args(url)
        self._options = {"connect_timeout": _CONNECT_SECONDS, **options}

    def connect(self, *, read_only: bool) -> Connection:
        """Open a connection in autocommit mode; BEGIN is sent as a statement, with what the transaction is for."""
        connection = psycopg.connect(**self._options, autocommit=True)
        try:
            for setting in _SETTINGS + _READ_ONLY if read_only else _SETTINGS:
                connection.execute(setting)
        except BaseException:
            connection.close()
            raise
        return connection
