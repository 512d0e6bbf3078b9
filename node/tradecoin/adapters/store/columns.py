"""How each type of a domain field lies in columns, on either database.

SQLite has neither 256-bit numbers nor times: the first are decimal text there, the second fixed-width ISO 8601 text in
UTC with milliseconds, which sorts as time does. Its tables are STRICT, so a float can get into none of these columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache, partial
from types import NoneType, UnionType
from typing import Any, Final, Literal, get_args, get_origin

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, Numeric, Text
from sqlalchemy.dialects.sqlite import BLOB, INTEGER, TEXT
from sqlalchemy.types import TypeEngine

from tradecoin.adapters.store import documents
from tradecoin.domain.money import Coins, Currency, Money

DialectName = Literal["sqlite", "postgresql"]
Convert = Callable[[Any], Any]
Type = TypeEngine[Any]

TEXT_TYPE: Final[Type] = Text(collation="C").with_variant(TEXT(), "sqlite")
"""Text that sorts by its bytes: ids and keys are compared, never shown in a language's order."""
INTEGER_TYPE: Final[Type] = BigInteger().with_variant(INTEGER(), "sqlite")
UNITS_TYPE: Final[Type] = Numeric(78, 0).with_variant(TEXT(), "sqlite")
"""A whole number of up to 256 bits: base units, wei."""
MOMENT_TYPE: Final[Type] = DateTime(timezone=True).with_variant(TEXT(), "sqlite")
DATE_TYPE: Final[Type] = Date().with_variant(TEXT(), "sqlite")
BOOLEAN_TYPE: Final[Type] = Boolean().with_variant(Integer(), "sqlite")
BYTES_TYPE: Final[Type] = LargeBinary().with_variant(BLOB(), "sqlite")


def milliseconds(moment: datetime) -> datetime:
    """Return an aware `moment` in UTC, cut to whole milliseconds; raises TypeError for a naive one."""
    if moment.tzinfo is None:
        raise TypeError("a time without a zone is not a time")
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@lru_cache(maxsize=1024)
def moment_text(moment: datetime) -> str:
    """Write a moment as SQLite keeps it: 2026-01-31T12:00:00.000Z."""
    return milliseconds(moment).isoformat(timespec="milliseconds")[:-6] + "Z"


@lru_cache(maxsize=256)
def currency(code: str) -> Currency:
    """Return the currency of `code`, made once."""
    return Currency(code)


@dataclass(frozen=True, slots=True)
class Form:
    """One column type with what happens to a value on its way out and back in; None leaves it as it is."""

    type: Type
    out: Convert | None = None
    into: Convert | None = None


def moment_form(dialect: DialectName) -> Form:
    """Return how moments are kept."""
    if dialect == "sqlite":
        return Form(MOMENT_TYPE, moment_text, datetime.fromisoformat)
    return Form(MOMENT_TYPE, milliseconds, lambda moment: moment.astimezone(UTC))


def units_form(dialect: DialectName) -> Form:
    """Return how whole numbers beyond 63 bits are kept."""
    return Form(UNITS_TYPE, str if dialect == "sqlite" else None, int)


def _date_form(dialect: DialectName) -> Form:
    return Form(DATE_TYPE, date.isoformat, date.fromisoformat) if dialect == "sqlite" else Form(DATE_TYPE)


_PLAIN: Final[dict[Any, Callable[[DialectName], Form]]] = {
    str: lambda _: Form(TEXT_TYPE),
    int: lambda _: Form(INTEGER_TYPE),
    bytes: lambda _: Form(BYTES_TYPE),
    bool: lambda _: Form(BOOLEAN_TYPE, None, bool),
    datetime: moment_form,
    date: _date_form,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a field: what stands behind the field's name, the form, and the part of the value that goes there."""

    suffix: str
    form: Form


@dataclass(frozen=True, slots=True)
class FieldForm:
    """The columns of one field; `join` makes the value of two columns, None when there is one."""

    columns: tuple[Column, ...]
    nullable: bool
    join: Callable[[Any, Any], Any] | None = None


def field_form(hint: Any, dialect: DialectName, *, wide: bool = False) -> FieldForm:
    """Return how a field of type `hint` is kept; `wide` marks a plain int that may exceed 63 bits."""
    options = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    nullable = NoneType in options
    (kind,) = [each for each in options if each is not NoneType]
    if kind is Money:
        return _money_form(nullable)
    form = units_form(dialect) if wide else _single_form(kind, dialect)
    return FieldForm((Column("", _none_safe(form) if nullable else form),), nullable)


def _single_form(kind: Any, dialect: DialectName) -> Form:
    """Return the form of a type that needs one column."""
    if kind in _PLAIN:
        return _PLAIN[kind](dialect)
    if kind is Coins:
        units = units_form(dialect)
        return Form(units.type, partial(_units_of, units.out), lambda kept: Coins(int(kept)))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Form(TEXT_TYPE, str, kind)
    return Form(TEXT_TYPE, *documents.converters(kind))


def _units_of(out: Convert | None, coins: Coins) -> Any:
    return coins.units if out is None else out(coins.units)


def _money_form(nullable: bool) -> FieldForm:
    """Return the two columns of an amount: minor units and currency."""
    minor = Form(INTEGER_TYPE, lambda money: money.minor)
    code = Form(TEXT_TYPE, lambda money: money.currency.code)
    if nullable:
        minor, code = _none_safe(minor), _none_safe(code)
    return FieldForm((Column("_minor", minor), Column("_currency", code)), nullable, _money)


def _money(minor: int | None, code: str | None) -> Money | None:
    return None if minor is None or code is None else Money(minor, currency(code))


def _none_safe(form: Form) -> Form:
    """Let None through unchanged, both ways."""
    return Form(form.type, _unless_none(form.out), _unless_none(form.into))


def _unless_none(convert: Convert | None) -> Convert | None:
    return None if convert is None else lambda value: None if value is None else convert(value)
