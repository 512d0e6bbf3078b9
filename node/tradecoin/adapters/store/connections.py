"""Where connections come from: a pool for questions, and one apart for the writer."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final, Protocol, TypeVar

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from tradecoin.adapters.store.dialect import Connection, Dialect, Traits
from tradecoin.adapters.store.errors import Clash, ConnectionLost, DatabaseUnavailable
from tradecoin.adapters.store.groups import run_alone
from tradecoin.adapters.store.session import Session, told

Result = TypeVar("Result")

_TRIES: Final = 4


class Database(Protocol):
    """One of the two databases, by its URL."""

    traits: Traits

    def connect(self, *, read_only: bool) -> Connection:
        """Open a connection in autocommit mode; raises the driver's errors."""


class Connections:
    """The connections of one store. A broken one is thrown away and, for a question, the next is tried."""

    def __init__(self, database: Database, *, size: int, read_only: bool, wait_seconds: float = 30) -> None:
        self.dialect = Dialect(database.traits)
        self._database = database
        self._losses = 0
        self._pool = QueuePool(
            lambda: self._open(read_only=read_only),  # type: ignore[arg-type]
            pool_size=size,
            max_overflow=0,
            timeout=wait_seconds,
            reset_on_return=None,
        )

    def open_writer(self) -> Connection:
        """Open the writer's connection."""
        return self._open(read_only=False)

    def _open(self, *, read_only: bool) -> Connection:
        try:
            return self._database.connect(read_only=read_only)
        except self.dialect.traits.errors as error:
            raise DatabaseUnavailable("the database cannot be reached", said=str(told(error, "unavailable"))) from error

    @contextmanager
    def _lent(self) -> Generator[Connection]:
        """Lend a connection; one that was lost is not put back."""
        lent = self._fresh()
        try:
            yield lent.dbapi_connection  # type: ignore[misc]
        except ConnectionLost:
            lent.invalidate()
            raise
        finally:
            lent.close()

    def ask(self, begin: tuple[str, ...], question: Callable[[Session], Result]) -> Result:
        """Run `question` in a transaction of its own, again when the connection is dead or after a clash."""
        problem: Exception | None = None
        for _ in range(_TRIES):
            try:
                with self._lent() as connection:
                    result: Result = run_alone(connection, self.dialect, begin, question)
                    return result
            except Clash as clash:
                problem = clash
            except ConnectionLost as lost:
                problem = lost
                self._losses += 1
        raise DatabaseUnavailable("the database cannot do this now", said=str(problem)) from problem

    def _fresh(self) -> PoolProxiedConnection:
        """Take a connection that was opened after the last loss: what broke one has broken the idle ones too."""
        while True:
            try:
                lent = self._pool.connect()
            except PoolTimeout as late:
                raise DatabaseUnavailable("all connections to the database are busy") from late
            if lent.info.setdefault("losses", self._losses) == self._losses:
                return lent
            lent.invalidate()

    def close(self) -> None:
        """Close the idle connections."""
        self._pool.dispose()
