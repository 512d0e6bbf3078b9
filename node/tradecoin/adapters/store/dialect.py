"""What the two databases differ in, and statements compiled once for the one in use."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from sqlalchemy import Executable, text
from sqlalchemy.engine.interfaces import Dialect as SqlDialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement

from tradecoin.adapters.store.columns import DialectName, Form, moment_form

Problem: TypeAlias = Literal["unique", "rule", "value", "clash", "unavailable", "lost", "bug"]
"""What an error of the driver means: a unique key taken, another rule of the schema broken, a value that does not fit,
another transaction in the way, no database now, the connection gone, or a mistake in this program."""


@dataclass(frozen=True, slots=True)
class Query:
    """SQL as the driver takes it, with the names of its values in their order."""

    sql: str
    names: tuple[str, ...]


class Cursor(Protocol):
    """As much of a DB-API cursor as the store needs."""

    rowcount: int

    def fetchall(self) -> list[Any]:
        """Return the rows that are left."""

    def fetchmany(self, size: int = ..., /) -> list[Any]:
        """Return the next rows."""


class Connection(Protocol):
    """A driver's connection in autocommit mode: BEGIN and COMMIT are sent as statements."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Any:
        """Run one statement."""

    def cursor(self) -> Any:
        """Return a cursor."""

    def close(self) -> None:
        """Close it."""


@dataclass(frozen=True, slots=True)
class Traits:
    """The facts about one database that the store's code asks for."""

    name: DialectName
    sql: SqlDialect
    begin_write: tuple[str, ...]
    begin_read: tuple[str, ...]
    errors: tuple[type[Exception], ...]
    meaning: Callable[[Exception], Problem]


class Dialect:
    """One database's way to say things. Its statements are compiled when first needed and kept."""

    def __init__(self, traits: Traits) -> None:
        self.traits = traits
        self.name: DialectName = traits.name
        self.moment: Form = moment_form(traits.name)
        self._kept: dict[Hashable, Query] = {}

    def query(self, key: Hashable, build: Callable[[], Executable]) -> Query:
        """Return the compiled statement of `key`, building it the first time."""
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._compiled(build())
        return found

    def text(self, sql: str) -> Query:
        """Return the compiled form of SQL whose values are named `:name`."""
        return self.query(sql, lambda: text(sql))

    def _compiled(self, statement: Executable) -> Query:
        if not isinstance(statement, ClauseElement):
            raise TypeError("only SQL constructs can be compiled")
        compiled = statement.compile(dialect=self.traits.sql)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError("only statements with values can be compiled")
        if any(not bind.required for bind in compiled.binds.values()):
            raise TypeError("every value has a name of its own")
        return Query(str(compiled), tuple(compiled.positiontup or ()))

    def bound(self, query: Query, values: dict[str, Any]) -> list[Any]:
        """Put named values in the statement's order; times become what the database keeps."""
        out = self.moment.out
        found = [values[name] for name in query.names]
        return [out(each) if out and isinstance(each, datetime) else each for each in found]
