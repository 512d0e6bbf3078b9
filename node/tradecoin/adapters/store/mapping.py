"""From a frozen dataclass to a table and back: one mapper for every kind of row."""

from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_type_hints

from sqlalchemy import Column, MetaData, Table

from tradecoin.adapters.store.columns import Convert, DialectName, FieldForm, field_form
from tradecoin.domain.money import Coins, Money

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Entity(Generic[Row]):
    """A kind of row: dataclass, table, the word for it in the feed, and those plain ints that may exceed 63 bits."""

    cls: type[Row]
    table: Table
    word: str
    wide: tuple[str, ...] = ()


def table_for(cls: Any, name: str, metadata: MetaData, *extras: Any, wide: tuple[str, ...] = ()) -> Table:
    """Declare the table of a dataclass: `id` is its primary key; `extras` are its indexes and checks."""
    hints = get_type_hints(cls)
    columns: list[Column[Any]] = []
    for each in fields(cls):
        form = field_form(hints[each.name], "postgresql", wide=each.name in wide)
        columns += [
            Column(each.name + part.suffix, part.form.type, primary_key=each.name == "id", nullable=form.nullable)
            for part in form.columns
        ]
    return Table(name, metadata, *columns, *extras, sqlite_strict=True)


class Mapping(Generic[Row]):
    """How the rows of one entity become column values in one dialect, and column values rows."""

    def __init__(self, entity: Entity[Row], dialect: DialectName) -> None:
        self._hints = hints = get_type_hints(entity.cls)
        names = [each.name for each in fields(entity.cls)]  # type: ignore[arg-type]
        self.entity = entity
        self.forms: dict[str, FieldForm] = {
            name: field_form(hints[name], dialect, wide=name in entity.wide) for name in names
        }
        spread = [(name, part) for name, form in self.forms.items() for part in form.columns]
        self.columns = tuple(name + part.suffix for name, part in spread)
        self.versioned, self.stamped = "version" in names, "updated_at" in names
        self._values = attrgetter(*(name for name, _ in spread))
        self._out = [(place, part.form.out) for place, (_, part) in enumerate(spread) if part.form.out is not None]
        self._into = [(place, part.form.into) for place, (_, part) in enumerate(spread) if part.form.into is not None]
        self._joins = self._places_of_joins()

    def _places_of_joins(self) -> list[tuple[int, Any]]:
        """Return where two columns make one value, last first, so that joining does not move the places before."""
        found, place = [], 0
        for form in self.forms.values():
            if form.join is not None:
                found.append((place, form.join))
            place += len(form.columns)
        return found[::-1]

    def out(self, row: Row) -> list[Any]:
        """Return the column values of a row, in the order of `columns`."""
        values = list(self._values(row))
        for place, convert in self._out:
            values[place] = convert(values[place])
        return values

    def into(self, record: Any) -> Row:
        """Make the row of column values in the order of `columns`."""
        values = list(record)
        for place, convert in self._into:
            values[place] = convert(values[place])
        for place, join in self._joins:
            values[place : place + 2] = (join(values[place], values[place + 1]),)
        return self.entity.cls(*values)

    def out_field(self, name: str, value: Any) -> list[tuple[str, Any]]:
        """Return the columns of one field with what `value` is in them; raises TypeError for a field there is not."""
        if name not in self.forms:
            raise TypeError(f"{self.entity.table.name} has no column {name}")
        return [(name + part.suffix, _converted(part.form.out, value)) for part in self.forms[name].columns]

    def number_column(self, name: str) -> str:
        """Return the column with the integer behind a Money or Coins field; raises TypeError for another field."""
        if self._hints.get(name) not in (Money, Coins):
            raise TypeError(f"{self.entity.table.name} has no amount {name}")
        return name + self.forms[name].columns[0].suffix


def _converted(convert: Convert | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)
