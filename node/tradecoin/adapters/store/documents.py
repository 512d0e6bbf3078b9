"""Nested values as JSON text: figures, claims, vouchers, lists of names, and the arguments of chain events.

Integers are written as decimal text, since JSON readers may lose digits beyond 2**53; bytes as hexadecimal digits.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final, get_args, get_origin, get_type_hints

from tradecoin.domain.money import Coins

Convert = Callable[[Any], Any]

_BYTES, _DICT = "$bytes", "$dict"
_REMEMBERED: Final = 24
"""Of each column: all batches that are live at once, and more. The claims of one attestation can take megabytes."""


def to_text(value: Any) -> str:
    """Write a JSON value without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def converters(hint: Any) -> tuple[Convert, Convert]:
    """Return how a value of type `hint` becomes JSON text, and how that text becomes the value.

    A value read lately is given again: nested ones are immutable, and a batch with its vouchers or an attestation with
    its claims is read at each step of its way.
    """
    out, into = _converters(hint)
    return lambda value: to_text(out(value)), lru_cache(maxsize=_REMEMBERED)(lambda text: into(json.loads(text)))


def _converters(hint: Any) -> tuple[Convert, Convert]:
    """Return the two converters of `hint` to and from what `json` reads and writes."""
    if hint is Coins:
        return lambda coins: str(coins.units), lambda text: Coins(int(text))
    if hint is bytes:
        return bytes.hex, bytes.fromhex
    if hint is int:
        return str, int
    if hint is str or hint is bool:
        return _same, _same
    if get_origin(hint) is tuple:
        return _tuple_converters(get_args(hint)[0])
    if is_dataclass(hint):
        return _dataclass_converters(hint)
    raise TypeError(f"no JSON form for {hint}")


def _same(value: Any) -> Any:
    return value


def _tuple_converters(item: Any) -> tuple[Convert, Convert]:
    """Return the converters of a tuple of any length whose items are all of type `item`."""
    out, into = _converters(item)
    return lambda items: [out(each) for each in items], lambda items: tuple(into(each) for each in items)


def _dataclass_converters(cls: Any) -> tuple[Convert, Convert]:
    """Return the converters of a dataclass: an object by field names."""
    hints = get_type_hints(cls)
    parts = [(each.name, *_converters(hints[each.name])) for each in fields(cls)]

    def out(value: Any) -> dict[str, Any]:
        return {name: write(getattr(value, name)) for name, write, _ in parts}

    def into(value: dict[str, Any]) -> Any:
        return cls(**{name: read(value[name]) for name, _, read in parts})

    return out, into


def pack_args(args: dict[str, Any]) -> str:
    """Write the arguments of an event; whole numbers of any size stay numbers, bytes and structs are tagged."""
    return to_text({name: _pack(value) for name, value in args.items()})


def unpack_args(text: str) -> dict[str, Any]:
    """Read what `pack_args` wrote; sequences come back as tuples."""
    return {name: _unpack(value) for name, value in json.loads(text).items()}


def _pack(value: Any) -> Any:
    if isinstance(value, bytes | bytearray):
        return {_BYTES: bytes(value).hex()}
    if isinstance(value, dict):
        return {_DICT: {name: _pack(each) for name, each in value.items()}}
    if isinstance(value, list | tuple):
        return [_pack(each) for each in value]
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"an event's argument is no {type(value).__name__}")


def _unpack(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_unpack(each) for each in value)
    if not isinstance(value, dict):
        return value
    if _BYTES in value:
        return bytes.fromhex(value[_BYTES])
    return {name: _unpack(each) for name, each in value[_DICT].items()}
