"""Dataclasses as JSON and back, for what nodes and signing parties say to each other.

Bytes are 0x and hexadecimal digits, integers and coins decimal text, times RFC 3339 in UTC with a Z, sequences lists.
Reading is strict: a field too many, too few or of another form is refused with its place.
"""

import re
import types
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from tradecoin.domain.errors import Refused
from tradecoin.domain.money import Coins

Shape = TypeVar("Shape")

_HEX = re.compile(r"0x(?:[0-9a-fA-F]{2})*")
_INTEGER = re.compile(r"-?[0-9]{1,78}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z")


class BadMessage(Refused):
    """A message of a signing party that does not have the agreed form; carries the place."""

    code = "message_malformed"


def to_json(value: Any) -> Any:
    """Return `value` (a dataclass, or what may be in one) as what `json.dumps` takes."""
    if isinstance(value, Coins):
        return str(value.units)
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Sequence):
        return [to_json(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def from_json(shape: type[Shape], value: Any, place: str = "message") -> Shape:
    """Read a dataclass of type `shape`; raises BadMessage naming the place."""
    result: Shape = _read(shape, value, place)
    return result


def _read(shape: Any, value: Any, place: str) -> Any:
    """Read one value by its annotated type."""
    if get_origin(shape) in (tuple, Sequence):
        return _sequence(get_args(shape)[0], value, place)
    reader = _READERS.get(shape)
    if reader is not None:
        return reader(value, place)
    if is_dataclass(shape) and isinstance(shape, type):
        return _dataclass(shape, value, place)
    raise TypeError(f"{shape} has no form in JSON")


def _dataclass(shape: type, value: Any, place: str) -> Any:
    """Read an object with exactly the fields of `shape`."""
    hints = _hints(shape)
    if not isinstance(value, dict) or value.keys() != hints.keys():
        raise BadMessage(f"{place} must be an object of exactly these fields", fields=" ".join(hints))
    return shape(**{name: _read(hint, value[name], f"{place}.{name}") for name, hint in hints.items()})


@cache
def _hints(shape: type) -> types.MappingProxyType[str, Any]:
    """Return the types of a dataclass's fields."""
    hints = get_type_hints(shape)
    return types.MappingProxyType({field.name: hints[field.name] for field in fields(shape)})


def _sequence(item: Any, value: Any, place: str) -> tuple[Any, ...]:
    """Read a list."""
    if not isinstance(value, list):
        raise BadMessage(f"{place} must be a list")
    return tuple(_read(item, each, f"{place}[{at}]") for at, each in enumerate(value))


def _text(value: Any, place: str) -> str:
    """Read text."""
    if not isinstance(value, str):
        raise BadMessage(f"{place} must be text")
    return value


def _integer(value: Any, place: str) -> int:
    """Read an integer from decimal text; a JSON number is refused, since some readers round it."""
    if not isinstance(value, str) or not _INTEGER.fullmatch(value):
        raise BadMessage(f"{place} must be an integer as decimal text")
    return int(value)


def _coins(value: Any, place: str) -> Coins:
    """Read an amount of coins in base units; raises AmountOutOfRange beyond uint128."""
    return Coins(_integer(value, place))


def _bytes(value: Any, place: str) -> bytes:
    """Read bytes."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise BadMessage(f"{place} must be 0x and pairs of hexadecimal digits")
    return bytes.fromhex(value[2:])


def _time(value: Any, place: str) -> datetime:
    """Read a time in UTC."""
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass
    raise BadMessage(f"{place} must be a time as in 2026-01-31T12:00:00Z")


_READERS = {str: _text, int: _integer, Coins: _coins, bytes: _bytes, datetime: _time}
