"""Logs of our contracts as events: asked by block hash near the head, by range when many, checked against the blooms.

An endpoint that answers with no logs although the header says there must be some is asked for the receipts instead: an
answer that is empty by mistake would otherwise lose an event for ever.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tradecoin.adapters.chain.abi import Abi
from tradecoin.adapters.chain.hexes import from_hex
from tradecoin.adapters.chain.recent import Recent
from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.domain.chain import Block, ChainEvent
from tradecoin.ports.chain import ChainUnreachable
from tradecoin.signing.hashing import keccak

_NEAR: Final = 8
"""Up to so many blocks are asked for one by one, by hash, which no reorganisation can confuse."""

_BLOOMS_KEPT: Final = 16_384


class Log(msgspec.Struct, rename="camel", gc=False):
    """A log as JSON-RPC writes it; the fields that are not listed are not even read."""

    address: str
    topics: tuple[str, ...]
    data: str
    block_hash: str
    transaction_hash: str
    log_index: str


class LogReader:
    """Reads the events of the contracts at `addresses` (checksummed, by name)."""

    def __init__(self, endpoint: Endpoint, abi: Abi, addresses: Mapping[str, str]) -> None:
        """Precompute what a log and a bloom are compared with."""
        self._endpoint = endpoint
        self._shapes = abi.events
        self._names = {address.lower(): name for name, address in addresses.items()}
        self._bits = {address: _bloom_bits(from_hex(address)) for address in self._names}
        self._blooms: Recent[int] = Recent(_BLOOMS_KEPT)

    def remember(self, block_hash: str, bloom: str) -> None:
        """Keep a header's bloom, to check the logs of that block with."""
        self._blooms.put(block_hash, int(bloom, 16))

    def events(self, blocks: Sequence[Block]) -> list[ChainEvent]:
        """Return the events in exactly these blocks, in order; raises ChainUnreachable."""
        by_hash = {block.hash: block for block in blocks}
        logs = self._by_hash(list(by_hash)) if len(blocks) <= _NEAR else self._by_range(blocks)
        if not by_hash.keys() >= {log.block_hash for log in logs}:
            raise ChainUnreachable("the chain moved while its logs were read")
        missing = self._missing(logs, by_hash)
        known = [log for log in (*logs, *missing) if log.topics and log.topics[0] in self._shapes]
        events = [self._event(log, by_hash[log.block_hash]) for log in known]
        return sorted(events, key=lambda event: (event.block.number, event.log_index)) if missing else events

    def _by_hash(self, hashes: Sequence[str]) -> list[Log]:
        filters = [{"address": list(self._names), "blockHash": hash_} for hash_ in hashes]
        answers = self._endpoint.batch([("eth_getLogs", [wanted]) for wanted in filters]) if filters else []
        return [log for answer in answers for log in _logs(answer)]

    def _by_range(self, blocks: Sequence[Block]) -> list[Log]:
        wanted = {
            "address": list(self._names),
            "fromBlock": hex(blocks[0].number),
            "toBlock": hex(blocks[-1].number),
        }
        try:
            return self._endpoint.call_as(list[Log], "eth_getLogs", wanted)
        except RpcError as problem:
            raise ChainUnreachable("the endpoint gives no logs", problem=problem.said) from problem

    def _missing(self, logs: Iterable[Log], blocks: Mapping[str, Block]) -> list[Log]:
        """Return logs that the blooms promise and the endpoint kept back, read from the receipts."""
        doubtful = {hash_: promised for hash_ in blocks if (promised := self._promised(hash_))}
        for hash_, address in {(log.block_hash, log.address) for log in logs} if doubtful else ():
            doubtful.get(hash_, set()).discard(address.lower())
        return [
            log
            for hash_, addresses in doubtful.items()
            if addresses
            for log in self._from_receipts(hash_)
            if log.address.lower() in addresses
        ]

    def _promised(self, block_hash: str) -> set[str]:
        bloom = self._blooms.get(block_hash)
        return {address for address, bits in self._bits.items() if bloom & bits == bits} if bloom else set()

    def _from_receipts(self, block_hash: str) -> list[Log]:
        """Return a block's logs by the other way; an endpoint without it is asked for the logs once more."""
        try:
            receipts = self._endpoint.call("eth_getBlockReceipts", block_hash)
        except RpcError:
            return self._by_hash([block_hash])
        if receipts is None:
            raise ChainUnreachable("the chain moved while its receipts were read")
        return [log for receipt in receipts for log in _logs(receipt["logs"])]

    def _event(self, log: Log, block: Block) -> ChainEvent:
        """Return the decoded event; its fields are given by position, since this runs for every log there ever was."""
        shape = self._shapes[log.topics[0]]
        contract = self._names.get(log.address) or self._names[log.address.lower()]
        args = shape.decode(log.topics, log.data)
        return ChainEvent(block, int(log.log_index, 16), log.transaction_hash, contract, shape.name, args)


def _logs(answer: Any) -> list[Log]:
    """Return an answer's logs; raises ChainUnreachable for an error or nonsense."""
    if isinstance(answer, RpcError):
        raise ChainUnreachable("the endpoint gives no logs", problem=answer.said)
    try:
        return msgspec.convert(answer, list[Log])
    except msgspec.ValidationError as problem:
        raise ChainUnreachable("logs of another form", problem=str(problem)) from problem


def _bloom_bits(value: bytes) -> int:
    """Return the three bits that a value sets in a header's bloom of 2048 (yellow paper, 4.3.1)."""
    digest = keccak(value)
    bits = 0
    for at in (0, 2, 4):
        bits |= 1 << (int.from_bytes(digest[at : at + 2], "big") & 2047)
    return bits
