"""One transaction on a driver's connection: statements in, rows out, errors in our words."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from tradecoin.adapters.store.dialect import Connection, Dialect, Problem, Query
from tradecoin.adapters.store.errors import Clash, ConnectionLost, DatabaseUnavailable
from tradecoin.domain.errors import BrokenInvariant, Conflict, Refused


class Session:
    """A transaction that has begun.

    After an error of the database inside it, nothing more can be done in it than to roll it back, even if somebody
    caught the error: PostgreSQL demands that, and SQLite must not differ. So `Repo.add` lets no taken key become one.
    """

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self.connection = connection
        self.dialect = dialect
        self.failure: Exception | None = None
        self._cursor = connection.cursor()

    def run(self, query: Query, values: Sequence[Any] = ()) -> int:
        """Run one statement; return the number of rows it touched."""
        return int(self._execute(query.sql, values).rowcount)

    def rows(self, query: Query, values: Sequence[Any] = ()) -> list[Any]:
        """Run one query; return all of its rows."""
        found: list[Any] = self._execute(query.sql, values).fetchall()
        return found

    def many(self, query: Query, values: Sequence[Sequence[Any]]) -> int:
        """Run one statement for each set of values; return the number of rows touched by all of them."""
        if len(values) == 1:
            return self.run(query, values[0])
        self._still_good()
        try:
            self._cursor.executemany(query.sql, values)
        except self.dialect.traits.errors as error:
            self._fail(error)
        return int(self._cursor.rowcount)

    def ask(self, sql: str, **values: Any) -> list[Any]:
        """Run a query written with `:name`; return all of its rows."""
        query = self.dialect.text(sql)
        return self.rows(query, self.dialect.bound(query, values))

    def tell(self, sql: str, **values: Any) -> int:
        """Run a statement written with `:name`; return the number of rows it touched."""
        query = self.dialect.text(sql)
        return self.run(query, self.dialect.bound(query, values))

    def tell_many(self, sql: str, values: Sequence[dict[str, Any]]) -> int:
        """Run a statement written with `:name` for each set of values."""
        query = self.dialect.text(sql)
        return self.many(query, [self.dialect.bound(query, each) for each in values])

    @contextmanager
    def savepoint(self) -> Generator[None]:
        """Undo what happens inside if it raises, without giving up the transaction."""
        self.command("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if self.failure is None:
                self.command("ROLLBACK TO SAVEPOINT part")
                self.command("RELEASE SAVEPOINT part")
            raise
        self.command("RELEASE SAVEPOINT part")

    def command(self, sql: str) -> None:
        """Run SQL without values, such as COMMIT."""
        self._execute(sql, ())

    def end(self) -> None:
        """Let nobody use this transaction any more."""
        self.failure = self.failure or BrokenInvariant("this transaction has ended")

    def _still_good(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _execute(self, sql: str, values: Sequence[Any]) -> Any:
        self._still_good()
        try:
            self._cursor.execute(sql, values)
        except self.dialect.traits.errors as error:
            self._fail(error)
        return self._cursor

    def _fail(self, error: Exception) -> NoReturn:
        self.failure = told(error, self.dialect.traits.meaning(error))
        raise self.failure from error


def told(error: Exception, problem: Problem) -> Exception:
    """Return the error to raise for what the driver said."""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if problem == "clash":
        return Clash(said)
    if problem == "lost":
        return ConnectionLost(said)
    if problem == "unavailable":
        return DatabaseUnavailable("the database cannot do this now", said=said)
    if problem in ("unique", "rule"):
        return Conflict("the database's rules do not allow this", said=said)
    if problem == "value":
        return Refused("the database cannot hold a value", said=said)
    return BrokenInvariant("the database refused what the program asked", said=said)
