"""What the contracts of one chain share: clock, hash, events, and that a refused call changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from tradecoin.twin.errors import BadPause, PauseTooSoon, Refused, SafeCastOverflowedUintDowncast

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound="Contract")

HOUR, DAY = 3_600, 86_400
NOBODY = "0x" + "00" * 20
NOTHING = bytes(32)
MAX_PAUSE = REST = 7 * DAY

# Contract, kind of message, its members -> the digest that is signed.
Digest = Callable[[str, str, tuple[object, ...]], bytes]


class Event(NamedTuple):
    """What a contract told: its name, the event's name, the members by name."""

    contract: str
    name: str
    members: dict[str, object]


class Signed(NamedTuple):
    """The signature of the account `by` over a digest."""

    by: str
    digest: bytes


def stand_in(contract: str, kind: str, members: tuple[object, ...]) -> bytes:
    """A digest that differs when anything differs; not the one that is signed on a chain."""
    return hashlib.sha3_256(repr((contract, kind, members)).encode()).digest()


class World:
    """A chain: `now`, in Unix seconds, and `block` are those in which the next calls happen; amounts are integers."""

    def __init__(self, now: int, block: int = 1, digest: Digest = stand_in) -> None:
        self.now = now
        self.block = block
        self.digest = digest
        self.events: list[Event] = []
        self.contracts: list[Contract] = []

    def advance(self, seconds: int, blocks: int = 1) -> None:
        """Let time pass and blocks be made."""
        self.now += seconds
        self.block += blocks

    def has_code(self, address: str) -> bool:
        """Say whether a contract stands at the address."""
        return any(contract.address == address for contract in self.contracts)

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Undo everything when what happens inside is refused."""
        told, states = len(self.events), [contract.state() for contract in self.contracts]
        try:
            yield
        except Refused:
            del self.events[told:]
            for contract, state in zip(self.contracts, states, strict=True):
                vars(contract).update(state)
            raise


class Contract:
    """A contract at an address."""

    def __init__(self, world: World, address: str) -> None:
        self.world = world
        self.address = address
        world.contracts.append(self)

    def state(self) -> dict[str, object]:
        """A copy of the storage; whatever is not a dictionary or a set is never changed in place."""
        return {name: value.copy() if isinstance(value, dict | set) else value for name, value in vars(self).items()}

    def emit(self, event: str, **members: object) -> None:
        """Tell an event."""
        self.world.events.append(Event(type(self).__name__, event, members))


def external(function: Callable[Concatenate[C, P], T]) -> Callable[Concatenate[C, P], T]:
    """Mark a function that accounts and contracts call; `sender` is who calls. Refused, it changes nothing."""

    @wraps(function)
    def call(self: C, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.world.all_or_nothing():
            return function(self, *args, **kwargs)

    return call


def next_pause(last: int, duration: int, now: int) -> int:
    """End of a pause that begins now, after one that ends at `last` (zero: none); raise BadPause or PauseTooSoon."""
    if not 0 < duration <= MAX_PAUSE:
        raise BadPause(duration)
    if last != 0 and now < last + REST:
        raise PauseTooSoon(last + REST, now)
    return now + duration


def fit(bits: int, value: int) -> int:
    """Return a value that fits so many bits; raise SafeCastOverflowedUintDowncast for another."""
    if value >> bits:
        raise SafeCastOverflowedUintDowncast(bits, value)
    return value
