"""A chain in memory that behaves like one: nonces, fees, a pool, blocks, reorganisations, and an endpoint that errs.

The same tests run against it and against the embedded EVM (tests/adapters/chain/test_port.py).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from tradecoin.domain.chain import Block, Call, ChainEvent, ReserveView
from tradecoin.ports.chain import ChainUnreachable, ContractRefused, Fees, Receipt, SendResult, TxFields

CHAIN_ID = 31337
_TRANSFER_GAS = 21_000


class Reply(StrEnum):
    """What becomes of one handing-over: answered, lost on the way there, lost on the way back."""

    HONEST = "honest"
    NOT_TAKEN = "not taken"
    TAKEN_UNHEARD = "taken, unheard"
    TWICE = "twice"


@dataclass(frozen=True)
class SignedTx:
    """A transaction as it went into the pool or a block."""

    hash: str
    sender: str
    fields: TxFields


@dataclass(frozen=True)
class FakeBlock:
    """A block with what is in it; `failed` are the hashes that reverted."""

    header: Block
    txs: tuple[SignedTx, ...]
    failed: frozenset[str]


class FakeKeys:
    """Keys whose signature is the sender's name beside the fields."""

    def address(self, sender: str) -> str:
        """Return an address that spells the name."""
        return "0x" + sender.encode().hex().rjust(40, "0")

    def sign(self, sender: str, fields: TxFields) -> tuple[bytes, str]:
        """Return readable bytes and their hash."""
        plain = {name: getattr(fields, name) for name in TxFields.__dataclass_fields__}
        raw = json.dumps({"sender": self.address(sender), **plain, "data": fields.data.hex()}).encode()
        return raw, _hash_of(raw)


def _hash_of(raw: bytes) -> str:
    return "0x" + hashlib.sha256(raw).hexdigest()


Code = Callable[[SignedTx, int], Iterable[tuple[str, str, dict[str, Any]]]]


def echo(tx: SignedTx, timestamp: int) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """Tell what was called as an event, each time: whoever sends twice is found out."""
    if tx.fields.data:
        yield "NarrowBank", "Called", {"data": tx.fields.data}


@dataclass
class FakeChain:
    """The Chain port in memory; `lags` are blocks that the next answers are behind, one each.

    `code` says which events a transaction emits, or raises ContractRefused."""

    chain_id: int = CHAIN_ID
    depth: int = 2
    automine: bool = True
    code: Code = echo
    base_fee: int = 100
    tip: int = 10
    least_tip: int = 1
    block_room: int = 1_000
    balances: dict[str, int] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    lag: int = 0
    lags: list[int] = field(default_factory=list)
    unreachable: bool = False
    chain: list[FakeBlock] = field(default_factory=list)
    pool: dict[tuple[str, int], SignedTx] = field(default_factory=dict)
    seen: list[SignedTx] = field(default_factory=list)
    forks: int = 0

    def __post_init__(self) -> None:
        """Make the first block."""
        if not self.chain:
            self.chain.append(FakeBlock(Block(0, self._block_hash(0, ""), "0x0", 1_700_000_000), (), frozenset()))

    # ------------------------------------------------------------------------------------------ what is read

    def _visible(self) -> list[FakeBlock]:
        if self.unreachable:
            raise ChainUnreachable
        lag = self.lags.pop() if self.lags else self.lag
        return self.chain[: max(1, len(self.chain) - lag)]

    def head(self) -> Block:
        """See Chain."""
        return self._visible()[-1].header

    def final_number(self) -> int:
        """See Chain."""
        return max(-1, self.head().number - self.depth)

    def blocks(self, first: int, last: int) -> Sequence[Block]:
        """See Chain."""
        visible = self._visible()
        if last >= len(visible):
            raise ChainUnreachable
        return [block.header for block in visible[first : last + 1]]

    def events(self, blocks: Sequence[Block]) -> Sequence[ChainEvent]:
        """See Chain."""
        canonical = {block.header.hash: block for block in self._visible()}
        if any(block.hash not in canonical for block in blocks):
            raise ChainUnreachable
        return [event for block in blocks for event in self._events_of(canonical[block.hash])]

    def _events_of(self, block: FakeBlock) -> list[ChainEvent]:
        events: list[ChainEvent] = []
        for tx in block.txs:
            if tx.hash not in block.failed:
                for contract, name, args in self.code(tx, block.header.timestamp):
                    events.append(ChainEvent(block.header, len(events), tx.hash, contract, name, args))
        return events

    def read(self, contract: str, function: str, *args: Any, at: Block | None = None) -> Any:
        """See Chain."""
        raise ChainUnreachable("this fake has no views")

    def reserve_view(self, at: Block | None = None) -> ReserveView:
        """See Chain."""
        raise ChainUnreachable("this fake has no views")

    def encode(self, call: Call) -> tuple[str, bytes]:
        """See Chain."""
        if not call.function:
            return call.contract, call.args[0]
        return "0x" + "c0" * 20, json.dumps([call.contract, call.function, *map(str, call.args)]).encode()

    def preflight(self, call: Call, sender: str) -> int:
        """See Chain."""
        to, data = self.encode(call)
        if self.unreachable:
            raise ChainUnreachable
        fields = TxFields(self.chain_id, 0, to, data, 0, 10**6, 0, 0)
        list(self.code(SignedTx("", sender, fields), self.chain[-1].header.timestamp))
        return 50_000

    def nonce(self, address: str, *, pending: bool = False) -> int:
        """See Chain."""
        mined = [tx for block in self._visible() for tx in block.txs if tx.sender == address]
        count = len(mined)
        while pending and (address, count) in self.pool:
            count += 1
        return count

    def balance(self, address: str) -> int:
        """See Chain."""
        return self.balances.get(address, 10**24)

    def fees(self) -> Fees:
        """See Chain."""
        return Fees(self.base_fee, self.tip)

    def receipt(self, tx_hash: str) -> Receipt | None:
        """See Chain."""
        for block in self._visible():
            if any(tx.hash == tx_hash for tx in block.txs):
                return Receipt(tx_hash, block.header, tx_hash not in block.failed)
        return None

    # ---------------------------------------------------------------------------------------- what is sent

    def send_raw(self, raw: bytes) -> SendResult:
        """Hand over; the next of `replies` says what the line makes of it."""
        reply = self.replies.pop(0) if self.replies else Reply.HONEST
        if reply is Reply.NOT_TAKEN or self.unreachable:
            return SendResult.UNKNOWN
        result = self._take(raw)
        if reply is Reply.TWICE:
            result = self._take(raw)
        return SendResult.UNKNOWN if reply is Reply.TAKEN_UNHEARD else result

    def _take(self, raw: bytes) -> SendResult:
        tx = self._parsed(raw)
        if tx is None or tx.fields.chain_id != self.chain_id or tx.fields.gas_limit < _TRANSFER_GAS:
            return SendResult.REFUSED
        held = self.pool.get((tx.sender, tx.fields.nonce))
        if held is not None and held.hash == tx.hash:
            return SendResult.ALREADY_KNOWN
        refusal = self._refusal(tx, held)
        if refusal is not None:
            return refusal
        self.pool[tx.sender, tx.fields.nonce] = tx
        self.seen.append(tx)
        if self.automine:
            self.mine()
        return SendResult.ACCEPTED

    def _refusal(self, tx: SignedTx, held: SignedTx | None) -> SendResult | None:
        fields = tx.fields
        if fields.nonce < self._count(tx.sender):
            return SendResult.NONCE_TOO_LOW
        if fields.gas_limit * fields.max_fee + fields.value > self.balances.get(tx.sender, 10**24):
            return SendResult.INSUFFICIENT_FUNDS
        if fields.priority_fee < self.least_tip:
            return SendResult.UNDERPRICED
        if held is not None and not _outbids(fields, held.fields):
            return SendResult.UNDERPRICED
        return None

    def _count(self, address: str) -> int:
        return sum(tx.sender == address for block in self.chain for tx in block.txs)

    def _parsed(self, raw: bytes) -> SignedTx | None:
        try:
            plain = json.loads(raw)
            sender, data = plain.pop("sender"), bytes.fromhex(plain.pop("data"))
            return SignedTx(_hash_of(raw), sender, TxFields(data=data, **plain))
        except (ValueError, KeyError, TypeError):
            return None

    # ----------------------------------------------------------------------------------- what time does to it

    def mine(self, blocks: int = 1, *, empty: bool = False) -> None:
        """Make blocks out of what is ready in the pool."""
        for _ in range(blocks):
            self._append([] if empty else self._ready())

    def _ready(self) -> list[SignedTx]:
        ready: list[SignedTx] = []
        counts = {sender: self._count(sender) for sender, _ in self.pool}
        for sender in sorted(counts):
            while (tx := self.pool.get((sender, counts[sender]))) and tx.fields.max_fee >= self.base_fee:
                ready.append(tx)
                counts[sender] += 1
        return ready[: self.block_room]

    def _append(self, txs: Sequence[SignedTx]) -> None:
        parent = self.chain[-1].header
        header = Block(
            parent.number + 1, self._block_hash(parent.number + 1, parent.hash), parent.hash, parent.timestamp + 1
        )
        failed = frozenset(tx.hash for tx in txs if self._reverts(tx, header.timestamp))
        self.chain.append(FakeBlock(header, tuple(txs), failed))
        for tx in txs:
            self.pool.pop((tx.sender, tx.fields.nonce), None)

    def _reverts(self, tx: SignedTx, timestamp: int) -> bool:
        try:
            list(self.code(tx, timestamp))
        except ContractRefused:
            return True
        return False

    def _block_hash(self, number: int, parent: str) -> str:
        return _hash_of(f"{self.forks}:{number}:{parent}".encode())

    def reorg(self, depth: int, *, keep: bool = True, blocks: int | None = None) -> None:
        """Replace the last `depth` blocks by as many others; their transactions go back to the pool, or away."""
        dropped = [self.chain.pop() for _ in range(min(depth, len(self.chain) - 1))]
        self.forks += 1
        for block in dropped if keep else ():
            for tx in block.txs:
                self.pool.setdefault((tx.sender, tx.fields.nonce), tx)
        self.mine(len(dropped) if blocks is None else blocks, empty=True)

    def foreign(self, address: str, *, data: bytes = b"") -> None:
        """Let somebody else use the key: a transaction we never signed takes its next nonce, at once."""
        nonce = self._count(address)
        fields = TxFields(self.chain_id, nonce, "0x" + "fe" * 20, data, 0, _TRANSFER_GAS, 10**9, 10**9)
        self.pool.pop((address, nonce), None)
        self._append([SignedTx(_hash_of(f"foreign {address} {nonce} {self.forks}".encode()), address, fields)])

    def executed(self) -> list[bytes]:
        """Return the calldata of every transaction on the chain that did not revert, in order."""
        return [
            tx.fields.data for block in self.chain for tx in block.txs if tx.hash not in block.failed and tx.fields.data
        ]


def _outbids(new: TxFields, old: TxFields) -> bool:
    return new.max_fee * 10 >= old.max_fee * 11 and new.priority_fee * 10 >= old.priority_fee * 11


def with_higher_fees(fields: TxFields, percent: int) -> TxFields:
    """Return the same transaction with both fees raised."""
    return replace(
        fields,
        max_fee=fields.max_fee * (100 + percent) // 100,
        priority_fee=fields.priority_fee * (100 + percent) // 100,
    )
