"""Committing a group of changes: one transaction, a savepoint for each, run again when the database asks for it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol

from tradecoin.adapters.store.dialect import Connection, Dialect
from tradecoin.adapters.store.errors import Clash, ConnectionLost, DatabaseUnavailable
from tradecoin.adapters.store.session import Session
from tradecoin.adapters.store.writer import Change, Waiting

_MOST_TRIES: Final = 8


class Flushable(Protocol):
    """A transaction object that keeps some writes back until the end of the change."""

    def flush(self) -> None:
        """Write what was kept back."""


class GroupCommit:
    """Runs groups on one connection of its own, opened when needed and again after it broke."""

    def __init__(
        self, connect: Callable[[], Connection], dialect: Dialect, make_tx: Callable[[Session], Flushable]
    ) -> None:
        self._connect = connect
        self._dialect = dialect
        self._make_tx = make_tx
        self._connection: Connection | None = None

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with suppress(*self._dialect.traits.errors):
                self._connection.close()
            self._connection = None

    def commit(self, waiting: Waiting) -> None:
        """Run the group, again after a clash or when the connection was lost before COMMIT, some times."""
        problem: Exception | None = None
        for _ in range(_MOST_TRIES):
            try:
                return self._once(waiting)
            except Clash as clash:
                problem = clash
            except ConnectionLost as lost:
                problem = lost
        raise DatabaseUnavailable("the database cannot do this now", said=str(problem)) from problem

    def _once(self, waiting: Waiting) -> None:
        connection = self._connection = self._connection or self._connect()
        session = Session(connection, self._dialect)
        try:
            for sql in self._dialect.traits.begin_write:
                session.command(sql)
            for change in waiting.taken:
                self._run(connection, change)
            while change_or_none := waiting.take():
                self._run(connection, change_or_none)
        except BaseException:
            self._roll_back(connection)
            raise
        self._make_durable(connection, session)

    def _run(self, connection: Connection, change: Change) -> None:
        """Run one change in its savepoint. What it raises is its own, unless the database itself gave way."""
        change.result = change.error = None
        frame, own = Session(connection, self._dialect), Session(connection, self._dialect)
        frame.command("SAVEPOINT change")
        try:
            tx = self._make_tx(own)
            change.result = change.context.copy().run(change.run, tx)
            tx.flush()
        except Exception as error:  # noqa: BLE001  it is raised again where the change was asked for
            change.error = error
        if isinstance(own.failure, Clash | ConnectionLost | DatabaseUnavailable):
            raise own.failure
        change.error = change.error or own.failure
        own.end()
        if change.error is not None:
            frame.command("ROLLBACK TO SAVEPOINT change")
        frame.command("RELEASE SAVEPOINT change")

    def _make_durable(self, connection: Connection, session: Session) -> None:
        """Commit. If the connection breaks here nobody knows whether it was done, so nothing is run again."""
        try:
            session.command("COMMIT")
        except ConnectionLost as lost:
            self.close()
            raise DatabaseUnavailable("the connection broke during the commit", said=str(lost)) from lost
        except BaseException:
            self._roll_back(connection)
            raise

    def _roll_back(self, connection: Connection) -> None:
        """End the transaction; a connection that cannot even do that is thrown away."""
        try:
            connection.execute("ROLLBACK")
        except self._dialect.traits.errors:
            self.close()


def run_alone(
    connection: Connection, dialect: Dialect, begin: tuple[str, ...], question: Callable[[Session], Any]
) -> Any:
    """Run `question` in a transaction of its own and commit it; `begin` may be empty for a single statement."""
    session = Session(connection, dialect)
    try:
        for sql in begin:
            session.command(sql)
        result = question(session)
        if begin:
            session.command("COMMIT")
    except BaseException:
        if begin:
            with suppress(*dialect.traits.errors):
                connection.execute("ROLLBACK")
        raise
    finally:
        session.end()
    return result
