"""Names to bytes and back by the contracts' ABIs: calls, results, errors and, on the hot path, logs.

Source of the format: the Solidity documentation's "Contract ABI Specification". A log with static fields only is cut at
fixed offsets, since that is most of them; the rest goes through eth-abi.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from tradecoin.adapters.chain.hexes import checksum, from_hex, to_hex
from tradecoin.artefacts import Artefact
from tradecoin.domain.errors import NotFound
from tradecoin.signing.hashing import keccak

Piece: TypeAlias = Mapping[str, Any]
Reader: TypeAlias = Callable[[str], Any]

_WORD: Final = 64
_STANDARD_ERRORS: Final[tuple[Piece, ...]] = (
    {"type": "error", "name": "Error", "inputs": [{"name": "reason", "type": "string"}]},
    {"type": "error", "name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
)


class UnknownFunction(NotFound):
    """A contract has no function of that name with that many arguments."""

    code = "unknown_function"


@dataclass(frozen=True, slots=True)
class Function:
    """A function that can be called: selector, argument types, and what it returns."""

    selector: bytes
    inputs: tuple[str, ...]
    outputs: tuple[Piece, ...]

    def encode(self, args: Sequence[Any]) -> bytes:
        """Return the calldata; raises eth-abi's EncodingError for arguments that do not fit."""
        return self.selector + encode(self.inputs, args)

    def decode(self, data: bytes) -> Any:
        """Return a single result bare, several as a tuple; raises DecodingError."""
        values = decode([type_of(piece) for piece in self.outputs], data)
        results = tuple(tidy(piece, value) for piece, value in zip(self.outputs, values, strict=True))
        return results[0] if len(results) == 1 else results


@dataclass(frozen=True, slots=True)
class EventShape:
    """How a log of one event is read: indexed fields by topic, the others by offset in the data's text, or by ABI."""

    name: str
    topic: str
    indexed: tuple[tuple[int, str, Reader], ...]
    plain: tuple[tuple[int, str, Reader], ...]
    dynamic: tuple[Piece, ...]

    def decode(self, topics: Sequence[str], data: str) -> dict[str, Any]:
        """Return the fields by name; raises ValueError or IndexError for a log of another shape."""
        if len(topics) <= len(self.indexed):
            raise ValueError(f"{self.name} has {len(self.indexed)} indexed fields")
        args = {name: read(topics[at][2:]) for at, name, read in self.indexed}
        for at, name, read in self.plain:
            args[name] = read(data[at : at + _WORD])
        if self.dynamic:
            values = decode([type_of(piece) for piece in self.dynamic], from_hex(data))
            args.update({piece["name"]: tidy(piece, value) for piece, value in zip(self.dynamic, values, strict=True)})
        return args


@dataclass(frozen=True, slots=True)
class Revert:
    """Why a call reverts, by name; the arguments as JSON-able values, integers as text."""

    name: str
    args: dict[str, Any]


class Abi:
    """The functions, events and errors of some contracts, by name."""

    def __init__(self, artefacts: Iterable[Artefact]) -> None:
        """Read the ABIs; events and errors share one table, since the same one looks alike in any contract."""
        self.events: dict[str, EventShape] = {}
        self._functions: dict[tuple[str, str], list[Function]] = {}
        self._constructors: dict[str, tuple[str, ...]] = {}
        self._errors: dict[bytes, Piece] = {_selector(piece): piece for piece in _STANDARD_ERRORS}
        for artefact in artefacts:
            for piece in artefact.abi:
                self._learn(artefact.name, piece)

    def _learn(self, contract: str, piece: Piece) -> None:
        kind, inputs = piece["type"], tuple(map(type_of, piece.get("inputs", ())))
        if kind == "function":
            function = Function(_selector(piece), inputs, tuple(piece["outputs"]))
            self._functions.setdefault((contract, piece["name"]), []).append(function)
        elif kind == "event":
            shape = _event_shape(piece)
            self.events[shape.topic] = shape
        elif kind == "error":
            self._errors[_selector(piece)] = piece
        elif kind == "constructor":
            self._constructors[contract] = inputs

    def function(self, contract: str, name: str, arguments: int) -> Function:
        """Return the function of that name that takes so many arguments; raises UnknownFunction."""
        for function in self._functions.get((contract, name), ()):
            if len(function.inputs) == arguments:
                return function
        raise UnknownFunction(contract=contract, function=name, arguments=arguments)

    def constructor(self, contract: str, args: Sequence[Any]) -> bytes:
        """Return constructor arguments as they follow the init code."""
        return encode(self._constructors.get(contract, ()), args)

    def revert(self, data: bytes) -> Revert | None:
        """Return the error that revert data encodes, or None when none of ours does."""
        piece = self._errors.get(data[:4])
        if piece is None:
            return None
        try:
            values = decode([type_of(part) for part in piece["inputs"]], data[4:])
        except DecodingError:
            return None
        named = zip(piece["inputs"], values, strict=True)
        return Revert(piece["name"], {part["name"]: _plain(tidy(part, value)) for part, value in named})


def type_of(piece: Piece) -> str:
    """Return a type as it stands in a signature: a tuple with its members written out."""
    kind: str = piece["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(map(type_of, piece['components']))}){kind.removeprefix('tuple')}"


def tidy(piece: Piece, value: Any) -> Any:
    """Return a decoded value as the house writes it: addresses checksummed, lists as tuples."""
    kind: str = piece["type"]
    if kind.endswith("]"):
        inner = {**piece, "type": kind[: kind.rindex("[")]}
        return tuple(tidy(inner, item) for item in value)
    if kind == "tuple":
        return tuple(tidy(part, item) for part, item in zip(piece["components"], value, strict=True))
    return checksum(value) if kind == "address" else value


def _selector(piece: Piece) -> bytes:
    return _signature_hash(piece)[:4]


def _signature_hash(piece: Piece) -> bytes:
    return keccak(f"{piece['name']}({','.join(map(type_of, piece['inputs']))})".encode())


def _event_shape(piece: Piece) -> EventShape:
    indexed = [part for part in piece["inputs"] if part["indexed"]]
    rest = [part for part in piece["inputs"] if not part["indexed"]]
    static = all(_reader(part["type"]) for part in rest)
    return EventShape(
        name=piece["name"],
        topic=to_hex(_signature_hash(piece)),
        indexed=tuple((at, part["name"], _reader(part["type"]) or _hash) for at, part in enumerate(indexed, start=1)),
        plain=tuple((2 + at * _WORD, part["name"], _reader(part["type"]) or _hash) for at, part in enumerate(rest))
        if static
        else (),
        dynamic=() if static else tuple(rest),
    )


def _reader(kind: str) -> Reader | None:
    """Return what reads one word of a static type, or None for a dynamic one."""
    if kind.endswith("]") or kind in ("bytes", "string") or kind.startswith("tuple"):
        return None
    if kind.startswith("uint"):
        return _unsigned
    if kind.startswith("int"):
        return _signed
    named: dict[str, Reader] = {"address": _address, "bool": _flag}
    return named.get(kind) or _fixed_bytes(kind)


def _unsigned(word: str) -> int:
    return int(word, 16)


def _signed(word: str) -> int:
    return int.from_bytes(bytes.fromhex(word), "big", signed=True)


@lru_cache(maxsize=65_536)
def _address(word: str) -> str:
    return checksum(word[24:])


_hash: Reader = bytes.fromhex
"""An indexed field of a dynamic type is in the topic as its hash."""


def _flag(word: str) -> bool:
    return int(word, 16) != 0


def _fixed_bytes(kind: str) -> Reader:
    if kind == "bytes32":
        return bytes.fromhex
    digits = 2 * int(kind.removeprefix("bytes") or "32") if kind.startswith("bytes") else _WORD
    return lambda word: bytes.fromhex(word[:digits])


def _plain(value: Any) -> Any:
    """Return a value that JSON can carry exactly."""
    if isinstance(value, bytes):
        return to_hex(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, bool | str) else str(value)
