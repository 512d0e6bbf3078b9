"""What happened at the NarrowBank, block by block, kept in the party's own file and read on from there.

Only final blocks are kept. If a final block is later found under another hash, the party stops: a chain that takes back
what was final is nothing to sign a statement about.
"""

import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tradecoin.domain.errors import Refused
from tradecoin.parties.answers import Unreachable
from tradecoin.parties.rpc import Header, Log, Rpc, topic_of

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    block INTEGER, log_index INTEGER, name TEXT, subject TEXT, amount TEXT, PRIMARY KEY (block, log_index)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS read_up_to (id INTEGER PRIMARY KEY CHECK (id = 1), contract TEXT, block INTEGER, hash TEXT);
"""
_WIDEST = 10_000


class Name(StrEnum):
    """The events that figures are made of."""

    ISSUED = "issued"
    REQUESTED = "requested"
    SETTLED = "settled"
    GIVEN_BACK = "given_back"
    CANCELLED = "cancelled"
    RECLAIMED = "reclaimed"


# Signature, which topic is the subject, which word of the data is the amount (None: no amount).
_EVENTS: Final = {
    topic_of("Issued(bytes32,bytes32,address,uint256)"): (Name.ISSUED, 1, 0),
    topic_of("Requested(uint256,address,uint256,bytes32,uint48)"): (Name.REQUESTED, 0, 0),
    topic_of("Settled(uint256,uint256,uint256,bytes32)"): (Name.SETTLED, 0, 1),
    topic_of("GivenBack(uint256,uint8)"): (Name.GIVEN_BACK, 0, None),
    topic_of("Cancelled(uint256)"): (Name.CANCELLED, 0, None),
    topic_of("Reclaimed(uint256)"): (Name.RECLAIMED, 0, None),
}


class ForkedBeyondFinality(Refused):
    """A block that was final has another hash now."""

    code = "chain_forked"


@dataclass(slots=True)
class Request:
    """A redemption at some block: coins asked for, how it ended (None: still in escrow), and what was paid for it."""

    amount: int
    end: Name | None = None
    paid: int = 0


class History:
    """The bank contract's events up to the last final block read."""

    def __init__(self, connection: sqlite3.Connection, rpc: Rpc, *, contract: str, first_block: int) -> None:
        """Take the party's own database; start at `first_block` when nothing was read of this contract before."""
        self._db, self._rpc, self._contract = connection, rpc, contract
        self._db.executescript(_SCHEMA)
        row = self._db.execute("SELECT contract FROM read_up_to").fetchone()
        self._first = first_block
        if row is None or row[0] != contract:
            self.forget()

    def forget(self) -> None:
        """Drop what was read, so that the next reading starts over: an operator's answer to a fork beyond finality."""
        with self._db:
            self._db.execute("DELETE FROM events")
            insert = "INSERT OR REPLACE INTO read_up_to VALUES (1, ?, ?, '')"
            self._db.execute(insert, (self._contract, self._first - 1))

    def read_to(self, final: Header) -> None:
        """Read every event up to a final block; raises Unreachable, ForkedBeyondFinality."""
        block, digest = self._db.execute("SELECT block, hash FROM read_up_to").fetchone()
        if digest:
            known = self._rpc.header(block) if block <= final.number else None
            if known is not None and known.hash != digest:
                raise ForkedBeyondFinality(f"block {block} was final as {digest} and is {known.hash} now", block=block)
        width = _WIDEST
        while block < final.number:
            last = min(block + width, final.number)
            try:
                logs = self._rpc.logs(self._contract, block + 1, last)
            except Unreachable:
                if width == 1:
                    raise
                width = max(1, width // 8)
                continue
            self._keep(logs, self._rpc.header(last))
            block = last

    def issued(self, up_to: int) -> dict[bytes, int]:
        """Return base units minted by deposit key, at the end of a block."""
        result: dict[bytes, int] = {}
        sql = "SELECT subject, amount FROM events WHERE name = ? AND block <= ?"
        for subject, amount in self._db.execute(sql, (Name.ISSUED, up_to)):
            key = bytes.fromhex(subject)
            result[key] = result.get(key, 0) + int(amount)
        return result

    def requests(self, up_to: int) -> dict[int, Request]:
        """Return every redemption by its number, as it stood at the end of a block."""
        result: dict[int, Request] = {}
        sql = "SELECT name, subject, amount FROM events WHERE name <> ? AND block <= ? ORDER BY block, log_index"
        for name, subject, amount in self._db.execute(sql, (Name.ISSUED, up_to)):
            number = int(subject, 16)
            if name == Name.REQUESTED:
                result[number] = Request(int(amount))
            else:
                result[number].end = Name(name)
                result[number].paid = int(amount)
        return result

    def _keep(self, logs: list[Log], last: Header | None) -> None:
        """Store the events of a range together with its end."""
        if last is None:
            raise Unreachable("a final block is gone")
        rows = []
        for log in logs:
            if log.topic in _EVENTS:
                name, subject, amount = _EVENTS[log.topic]
                units = 0 if amount is None else int.from_bytes(log.words[amount], "big")
                rows.append((log.block, log.index, name, log.topics[subject].hex(), str(units)))
        with self._db:
            self._db.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)", rows)
            self._db.execute("UPDATE read_up_to SET block = ?, hash = ?", (last.number, last.hash))
