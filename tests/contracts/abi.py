"""Calling contracts by name on the embedded chain: arguments in, results, events and errors out, all by their ABI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from eth_abi.abi import decode, encode
from eth_account import Account
from sha3 import keccak_256

from tradecoin.artefacts import NAMES, Artefact, load
from tradecoin_devnet.evm.accounts import DEV_ACCOUNTS, checksummed
from tradecoin_devnet.evm.chain import EmbeddedChain
from tradecoin_devnet.evm.errors import RpcError

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
GAS = 40_000_000
KEYS = {account.address: account.key for account in DEV_ACCOUNTS}


def keccak(data: bytes) -> bytes:
    """Return the Keccak-256 hash."""
    return bytes(keccak_256(data).digest())


class Reverted(Exception):
    """A call that the contract refused: the error's name and its facts."""

    def __init__(self, name: str, facts: tuple[Any, ...]) -> None:
        """Keep both."""
        super().__init__(f"{name}{facts}")
        self.name = name
        self.facts = facts


@dataclass(frozen=True)
class Event:
    """A decoded log: which contract, which event, and its members by name."""

    contract: str
    name: str
    members: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """What a transaction did: all gas it cost, its block's time, and its events in order."""

    gas: int
    time: int
    events: list[Event]
    created: str | None

    def only(self, name: str) -> dict[str, Any]:
        """Return the members of the one event of this name; AssertionError when there is not exactly one."""
        found = [event.members for event in self.events if event.name == name]
        assert len(found) == 1, f"{len(found)} events {name} in {[event.name for event in self.events]}"
        return found[0]


@dataclass
class StillClock:
    """A clock that moves only when it is told to."""

    moment: datetime = START

    def now(self) -> datetime:
        """Return the time."""
        return self.moment

    def advance(self, by: timedelta) -> None:
        """Move on."""
        self.moment += by


def kind(entry: dict[str, Any]) -> str:
    """Return an ABI member's canonical type, tuples written out."""
    if not entry["type"].startswith("tuple"):
        return str(entry["type"])
    return "(" + ",".join(kind(part) for part in entry["components"]) + ")" + str(entry["type"])[len("tuple") :]


def signature(entry: dict[str, Any]) -> str:
    """Return the canonical signature of a function, event or error."""
    return str(entry["name"]) + "(" + ",".join(kind(part) for part in entry["inputs"]) + ")"


@cache
def known(sort: str) -> dict[bytes, dict[str, Any]]:
    """Return every event (by topic) or error (by selector) of every artefact."""
    entries = [entry for name in NAMES for entry in load(name).abi if entry["type"] == sort]
    size = 32 if sort == "event" else 4
    return {keccak(signature(entry).encode())[:size]: entry for entry in entries}


def plain(value: Any) -> Any:
    """Return a decoded value with addresses checksummed and lists as tuples, so that values compare."""
    if isinstance(value, str) and value.startswith("0x") and len(value) == 42:
        return checksummed(bytes.fromhex(value[2:]))
    return tuple(plain(part) for part in value) if isinstance(value, list | tuple) else value


def read(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Decode ABI data."""
    return tuple(plain(value) for value in decode(types, data))


def refusal(data: bytes) -> Reverted:
    """Decode revert data to an error of the artefacts, to Panic(code), or to Unknown(data)."""
    entry = known("error").get(data[:4])
    if entry is not None:
        return Reverted(entry["name"], read([kind(part) for part in entry["inputs"]], data[4:]))
    if data[:4] == keccak(b"Panic(uint256)")[:4]:
        return Reverted("Panic", read(["uint256"], data[4:]))
    return Reverted("Unknown", (data.hex(),))


@dataclass
class Evm:
    """The embedded chain with a clock that stands still between blocks."""

    clock: StillClock = field(default_factory=StillClock)
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chain = EmbeddedChain.in_memory(clock=self.clock)

    @property
    def now(self) -> int:
        """The time that the next block gets."""
        return int(self.chain.rpc("eth_getBlockByNumber", ["pending", False])["timestamp"], 16)

    def advance(self, seconds: int) -> None:
        """Move the clock, so that the next block is at least so much later than one made now."""
        target = self.now + seconds
        self.clock.moment = datetime.fromtimestamp(target, UTC)

    def call(self, to: str | None, data: bytes, sender: str) -> bytes:
        """Run without a transaction, in the context of the next block; raise Reverted."""
        body = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(GAS)}
        try:
            return bytes.fromhex(self.chain.rpc("eth_call", [body, "pending"])[2:])
        except RpcError as error:
            if error.data is None:
                raise
            raise refusal(bytes.fromhex(error.data[2:])) from None

    def send(self, to: str | None, data: bytes, sender: str) -> Receipt:
        """Send a signed transaction into a block of its own; raise Reverted, without a block, when it would fail."""
        self.call(to, data, sender)
        return self.force(to, data, sender)

    def force(self, to: str | None, data: bytes, sender: str) -> Receipt:
        """Send without asking first; a failed transaction is an AssertionError."""
        nonce = int(self.chain.rpc("eth_getTransactionCount", [sender, "latest"]), 16)
        fields = {"chainId": 31337, "nonce": nonce, "gas": GAS, "value": 0, "data": data}
        fees = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 0}
        signed = Account.sign_transaction(fields | fees | ({"to": to} if to else {}), KEYS[sender])
        found = self.chain.rpc("eth_sendRawTransaction", ["0x" + bytes(signed.raw_transaction).hex()])
        receipt = self.chain.rpc("eth_getTransactionReceipt", [found])
        assert receipt["status"] == "0x1", "a transaction failed"
        block = self.chain.rpc("eth_getBlockByNumber", [receipt["blockNumber"], False])
        created = receipt["contractAddress"] and plain(receipt["contractAddress"])
        events = [self._event(log) for log in receipt["logs"]]
        return Receipt(int(receipt["gasUsed"], 16), int(block["timestamp"], 16), events, created)

    def _event(self, log: dict[str, Any]) -> Event:
        topics = [bytes.fromhex(topic[2:]) for topic in log["topics"]]
        entry = known("event")[topics[0]]
        indexed = [part for part in entry["inputs"] if part["indexed"]]
        others = [part for part in entry["inputs"] if not part["indexed"]]
        members = {part["name"]: read([kind(part)], topic)[0] for part, topic in zip(indexed, topics[1:], strict=True)}
        values = read([kind(part) for part in others], bytes.fromhex(log["data"][2:]))
        members |= {part["name"]: value for part, value in zip(others, values, strict=True)}
        return Event(self.names.get(plain(log["address"]), "?"), entry["name"], members)


@dataclass(frozen=True)
class Contract:
    """A deployed contract, its functions called by name (or full signature, where a name alone is ambiguous)."""

    evm: Evm
    address: str
    artefact: Artefact

    @classmethod
    def deploy(cls, evm: Evm, name: str, args: Sequence[Any], sender: str) -> tuple[Contract, Receipt]:
        """Create a contract from its artefact; raise Reverted when its constructor refuses."""
        artefact = load(name)
        makers = [entry for entry in artefact.abi if entry["type"] == "constructor"]
        data = artefact.bytecode + encode([kind(part) for part in makers[0]["inputs"]], args)
        receipt = evm.send(None, data, sender)
        assert receipt.created is not None
        evm.names[receipt.created] = name
        return cls(evm, receipt.created, artefact), receipt

    def data(self, function: str, *args: Any) -> bytes:
        """Encode a call."""
        entry = self._function(function, len(args))
        code = self.artefact.methods[signature(entry)]
        return code + encode([kind(part) for part in entry["inputs"]], args)

    def call(self, function: str, *args: Any, sender: str = DEV_ACCOUNTS[9].address) -> Any:
        """Read: one result, or a tuple of several; raise Reverted."""
        entry = self._function(function, len(args))
        found = self.evm.call(self.address, self.data(function, *args), sender)
        values = read([kind(part) for part in entry["outputs"]], found)
        return values[0] if len(values) == 1 else values

    def send(self, function: str, *args: Any, sender: str) -> Receipt:
        """Write; raise Reverted, with nothing changed, when the contract refuses."""
        return self.evm.send(self.address, self.data(function, *args), sender)

    def _function(self, name: str, count: int) -> dict[str, Any]:
        functions = [entry for entry in self.artefact.abi if entry["type"] == "function"]
        exact = [entry for entry in functions if signature(entry) == name]
        named = [entry for entry in functions if entry["name"] == name and len(entry["inputs"]) == count]
        found = exact or named
        assert len(found) == 1, f"{len(found)} functions {name} with {count} arguments in {self.artefact.name}"
        return found[0]
