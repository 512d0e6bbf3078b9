"""The rows of one kind, in SQL."""

from collections.abc import Sequence
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Index,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from tradecoin.adapters.store.dialect import Dialect, Query
from tradecoin.adapters.store.mapping import Entity, Mapping
from tradecoin.adapters.store.schema import ENTITIES
from tradecoin.adapters.store.session import Session
from tradecoin.domain.errors import Conflict, NotFound, Refused, StaleVersion

Row = TypeVar("Row")
Wheres = tuple[tuple[str, int], ...]
Record = list[Any]  # named here, since `list` is a method below
Records = list[Record]

NO_LIMIT: Final = 2**62
_MOST_MEMBERS: Final = 30_000
"""How many values a membership may have: SQLite binds at most 32,766."""


class Shelf(Generic[Row]):
    """The statements of one entity in one dialect."""

    def __init__(self, entity: Entity[Row], dialect: Dialect) -> None:
        self.entity = entity
        self.table = entity.table
        self.dialect = dialect
        self.mapping: Mapping[Row] = Mapping(entity, dialect.name)
        self.id_place = self.mapping.columns.index("id")
        self.stamp_place = self.mapping.columns.index("updated_at") if self.mapping.stamped else -1
        self.insert = self._query("insert", self._insert)
        self.update = self._query("update", self._update)
        self.insert_places = [self.mapping.columns.index(name) for name in self.insert.names]
        self.update_places = [self.mapping.columns.index(name.split("_", 1)[1]) for name in self.update.names]
        self.old_id, self.old_version = (self.update.names.index(name) for name in ("old_id", "old_version"))
        self.by_id = self._query("by_id", lambda: select(self.table.c.id).where(self.table.c.id == bindparam("id")))
        self.unique = [index for index in self.table.indexes if index.unique]

    def _query(self, key: Any, build: Any) -> Query:
        return self.dialect.query((self.table.name, key), build)

    def _insert(self) -> Executable:
        """Insert unless a unique key is taken: the count of rows tells, and the transaction lives on."""
        values: dict[str, Any] = {name: bindparam(name) for name in self.mapping.columns}
        if self.dialect.name == "sqlite":
            return sqlite.insert(self.table).values(values).on_conflict_do_nothing()
        return postgresql.insert(self.table).values(values).on_conflict_do_nothing()

    def _update(self) -> Executable:
        """Set every column but the id, if the version is still the one that was read."""
        columns = self.table.c
        values: dict[str, Any] = {name: bindparam(f"set_{name}") for name in self.mapping.columns if name != "id"}
        values["version"] = columns.version + literal_column("1")
        mine = and_(columns.id == bindparam("old_id"), columns.version == bindparam("old_version"))
        return update(self.table).where(mine).values(values)

    def select(self, kind: str, wheres: Wheres, *, after: str = "", newest_first: bool = False) -> Query:
        """Return the query for a shape of question; `kind` is "rows", "count", or "sum:" and a column."""
        key = (kind, wheres, bool(after), newest_first)
        return self._query(key, lambda: self._select(kind, wheres, after=after, newest_first=newest_first))

    def _select(self, kind: str, wheres: Wheres, *, after: str, newest_first: bool) -> Executable:
        columns = self.table.c
        conditions = [self._condition(name, members) for name, members in wheres]
        if kind == "count":
            return select(func.count()).select_from(self.table).where(*conditions)
        if kind.startswith("sum:"):
            return self._sum(kind.removeprefix("sum:")).where(*conditions)
        if after:
            conditions.append(columns.id < bindparam("after") if newest_first else columns.id > bindparam("after"))
        order = columns.id.desc() if newest_first else columns.id
        limit = bindparam("limit", type_=BigInteger())
        wanted = [columns[name] for name in self.mapping.columns]
        return select(*wanted).where(*conditions).order_by(order).limit(limit).offset(literal_column("0"))

    def holders(self, key: Index) -> Query:
        """Return the query for the ids of the rows that hold the same values in a unique key."""
        same = [column == bindparam(f"is_{column.name}") for column in key.columns]
        where = key.dialect_options[self.dialect.name]["where"]
        conditions = [*same, where] if where is not None else same
        return self._query(("holders", key.name), lambda: select(self.table.c.id).where(*conditions))

    def _sum(self, name: str) -> Select[Any]:
        """Sum in the database where the column is a number; decimal text is fetched and summed in Python."""
        column = self.table.c[name]
        native = self.dialect.name == "postgresql" or name.endswith("_minor")
        return select(func.sum(column)) if native else select(column)

    def _condition(self, name: str, members: int) -> ColumnElement[bool]:
        """Return the test of one column: against one value, NULL (-1), or so many members."""
        column = self.table.c[name]
        if members == -1:
            return column.is_(None)
        if members == 0:
            return column == bindparam(f"is_{name}")
        return column.in_([bindparam(f"in_{name}_{place}") for place in range(members)])


class Shelves:
    """The statements of every entity, made once a store."""

    def __init__(self, dialect: Dialect) -> None:
        self._shelves: dict[str, Shelf[Any]] = {entity.table.name: Shelf(entity, dialect) for entity in ENTITIES}
        self._by_class: dict[type[Any], Shelf[Any]] = {each.entity.cls: each for each in self._shelves.values()}

    def of(self, entity: Entity[Row]) -> Shelf[Row]:
        """Return the statements of one entity."""
        return self._shelves[entity.table.name]

    def of_row(self, row: Row) -> Shelf[Row]:
        """Return the statements of the entity that `row` is of."""
        return self._by_class[type(row)]


class SqlRepo(Generic[Row]):
    """A Repo within one transaction."""

    __slots__ = ("_session", "_shelf", "_stamp")

    def __init__(self, session: Session, shelf: Shelf[Row], stamp: Any) -> None:
        self._session = session
        self._shelf = shelf
        self._stamp = stamp

    def add(self, *rows: Row) -> None:
        """Insert all, or none and raise Conflict, which names the unique key that is taken."""
        if not rows:
            return
        values = [self._shelf.mapping.out(row) for row in rows]
        if len(values) == 1:
            self._insert(values)
        else:
            with self._session.savepoint():
                self._insert(values)

    def _insert(self, values: Records) -> None:
        ordered = [[row[place] for place in self._shelf.insert_places] for row in values]
        if self._session.many(self._shelf.insert, ordered) != len(values):
            raise self._taken(values)

    def _taken(self, values: Records) -> Conflict:
        """Find out which key of which row was taken."""
        name, place = self._shelf.table.name, self._shelf.id_place
        for row in values:
            if len(values) == 1 and self._session.rows(self._shelf.by_id, [row[place]]):
                return Conflict(f"{name} have this id already", what=name, key="id", id=row[place])
            for key in self._shelf.unique:
                holders = self._holders(key, row) - {each[place] for each in values}
                if holders:
                    facts = {"what": name, "key": ", ".join(key.columns.keys()), "id": row[place]}
                    return Conflict(f"{name} have this {facts['key']} already", taken_by=min(holders), **facts)
        return Conflict(f"an id or a unique key of the new {name} is taken", what=name)

    def _holders(self, key: Index, row: Record) -> set[str]:
        """Return the ids of rows that have the same values in `key`."""
        query = self._shelf.holders(key)
        values = dict(zip(self._shelf.mapping.columns, row, strict=True))
        return {row_id for (row_id,) in self._session.rows(query, [values[name[3:]] for name in query.names])}

    def get(self, row_id: str) -> Row:
        """Return the row of that id."""
        found = self.find(id=row_id)
        if found is None:
            raise NotFound(f"there is no such {self._shelf.entity.word}", id=row_id)
        return found

    def find(self, **where: Any) -> Row | None:
        """Return the first row that fits."""
        return next(iter(self.list(limit=1, **where)), None)

    def list(self, *, after: str = "", limit: int = 1000, newest_first: bool = False, **where: Any) -> Sequence[Row]:
        """Return rows in the order of their ids."""
        shape, values = self._where(where)
        if shape is None or limit <= 0:
            return ()
        query = self._shelf.select("rows", shape, after=after, newest_first=newest_first)
        values |= {"after": after, "limit": min(limit, NO_LIMIT)}
        records = self._session.rows(query, [values[name] for name in query.names])
        return tuple(map(self._shelf.mapping.into, records))

    def count(self, **where: Any) -> int:
        """Count rows."""
        return sum(int(number) for (number,) in self._numbers("count", where))

    def total(self, column: str, **where: Any) -> int:
        """Sum minor or base units."""
        kind = f"sum:{self._shelf.mapping.number_column(column)}"
        return sum(int(number) for (number,) in self._numbers(kind, where) if number is not None)

    def _numbers(self, kind: str, where: dict[str, Any]) -> Sequence[Any]:
        shape, values = self._where(where)
        if shape is None:
            return ()
        query = self._shelf.select(kind, shape)
        return self._session.rows(query, [values[name] for name in query.names])

    def _where(self, where: dict[str, Any]) -> tuple[Wheres | None, dict[str, Any]]:
        """Return the shape of the conditions and their values; no shape when nothing can fit."""
        shape: Wheres = ()
        values: dict[str, Any] = {}
        for name in sorted(where):
            wanted = where[name]
            if isinstance(wanted, tuple):
                members = self._members(name, wanted)
                if not members:
                    return None, {}
                shape += ((name, len(members)),)
                values |= {f"in_{name}_{place}": each for place, each in enumerate(members)}
            elif wanted is None:
                shape += tuple((column, -1) for column, _ in self._shelf.mapping.out_field(name, None))
            else:
                columns = self._shelf.mapping.out_field(name, wanted)
                shape += tuple((column, 0) for column, _ in columns)
                values |= {f"is_{column}": kept for column, kept in columns}
        return shape, values

    def _members(self, name: str, wanted: tuple[Any, ...]) -> Sequence[Any]:
        """Return a membership's values, the last repeated up to a power of two: so few statements serve all sizes."""
        if len(wanted) > _MOST_MEMBERS:
            raise Refused("too many values in one question", limit=_MOST_MEMBERS, got=len(wanted))
        found = [self._shelf.mapping.out_field(name, each) for each in wanted]
        if any(len(columns) != 1 for columns in found):
            raise TypeError(f"{name} has two columns and can only be compared for equality")
        kept = [columns[0][1] for columns in found]
        size = min(1 << max(len(kept) - 1, 0).bit_length(), _MOST_MEMBERS)
        return kept + kept[-1:] * (size - len(kept))

    def save(self, *rows: Row) -> None:
        """Update all, or none and raise StaleVersion; `updated_at` becomes the time of this transaction."""
        if not rows:
            return
        values = [self._changed(row) for row in rows]
        if len(values) == 1:
            self._update(values)
        else:
            with self._session.savepoint():
                self._update(values)

    def advance(self, row: Row) -> None:
        """Update one row whose version has risen already."""
        values = self._changed(row)
        values[self._shelf.old_version] -= 1
        self._update([values])

    def _changed(self, row: Row) -> Record:
        """Return the values of the update in its order."""
        shelf = self._shelf
        kept = shelf.mapping.out(row)
        if shelf.stamp_place >= 0:
            kept[shelf.stamp_place] = self._stamp
        return [kept[place] for place in shelf.update_places]

    def _update(self, values: Records) -> None:
        if self._session.many(self._shelf.update, values) != len(values):
            ids = ", ".join(row[self._shelf.old_id] for row in values[:5])
            raise StaleVersion("somebody else changed it first", what=self._shelf.table.name, id=ids)
