"""Blocks and decoded events in SQL. What was orphaned stays, marked, and comes back if its branch wins after all."""

from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import Any, Final

from tradecoin.adapters.store.documents import pack_args, unpack_args
from tradecoin.adapters.store.session import Session
from tradecoin.domain.chain import Block, ChainEvent
from tradecoin.domain.errors import BrokenInvariant, Conflict, NotFound

FINAL_NUMBER: Final = "chain.final_number"

_BLOCK = "SELECT number, hash, parent, timestamp FROM blocks WHERE state = 'canonical'"
_ADD_BLOCK = """INSERT INTO blocks (hash, number, parent, timestamp, state)
    VALUES (:hash, :number, :parent, :timestamp, 'canonical')
    ON CONFLICT (hash) DO UPDATE SET state = 'canonical'"""
_ADD_LOG = """INSERT INTO logs (block_hash, log_index, block_number, tx_hash, contract, name, args, state)
    VALUES (:block_hash, :log_index, :block_number, :tx_hash, :contract, :name, :args, 'canonical')
    ON CONFLICT (block_hash, log_index) DO UPDATE SET state = 'canonical'"""
_LOGS = """SELECT number, hash, parent, timestamp, log_index, tx_hash, contract, name, args
    FROM logs JOIN blocks ON blocks.hash = logs.block_hash WHERE logs.state = 'canonical'"""
_IN_ORDER = " ORDER BY block_number, log_index"
_ORPHAN_LOGS = "UPDATE logs SET state = 'orphaned' WHERE state = 'canonical' AND block_number > :number"
_ORPHAN_BLOCKS = "UPDATE blocks SET state = 'orphaned' WHERE state = 'canonical' AND number > :number"
_PLACE = "SELECT block_number, log_index FROM logs WHERE block_hash = :hash AND log_index = :log_index"
_GET = "SELECT value FROM kept_values WHERE name = :name"
_SET = """INSERT INTO kept_values (name, value) VALUES (:name, :value)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value"""


class SqlChainIndex:
    """ChainIndex within one transaction."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def head(self) -> Block | None:
        """Return the highest canonical block."""
        return self._one(f"{_BLOCK} ORDER BY number DESC LIMIT 1")

    def final_number(self) -> int:
        """Return the final number, -1 before the first."""
        found = self._session.ask(_GET, name=FINAL_NUMBER)
        return int(found[0][0]) if found else -1

    def block(self, number: int) -> Block | None:
        """Return the canonical block of that number."""
        return self._one(f"{_BLOCK} AND number = :number", number=number)

    def last_final_before(self, moment: datetime) -> Block | None:
        """Return the last final block before `moment`; timestamps are whole seconds."""
        second = ceil(moment.timestamp())
        sql = f"{_BLOCK} AND number <= :final AND timestamp < :second ORDER BY number DESC LIMIT 1"
        return self._one(sql, final=self.final_number(), second=second)

    def _one(self, sql: str, **values: Any) -> Block | None:
        found = self._session.ask(sql, **values)
        return Block(*found[0]) if found else None

    def append(self, blocks: Sequence[Block], events: Sequence[ChainEvent]) -> None:
        """Add blocks above the head; raises Conflict when one does not follow. A backfill may leave numbers out."""
        before = self.head()
        for block in blocks:
            _check_follows(before, block)
            before = block
        hashes = {block.hash for block in blocks}
        if any(event.block.hash not in hashes for event in events):
            raise BrokenInvariant("an event comes with its block")
        if blocks:
            self._session.tell_many(_ADD_BLOCK, [_block_values(block) for block in blocks])
        if events:
            self._session.tell_many(_ADD_LOG, [_event_values(event) for event in events])

    def orphan_above(self, number: int) -> Sequence[ChainEvent]:
        """Mark blocks above `number`, and their events, as orphaned."""
        if number < self.final_number():
            raise BrokenInvariant("a final block is not orphaned", number=number, final=self.final_number())
        sql = f"{_LOGS} AND block_number > :number ORDER BY block_number DESC, log_index DESC"
        dropped = tuple(map(_event, self._session.ask(sql, number=number)))
        self._session.tell(_ORPHAN_LOGS, number=number)
        self._session.tell(_ORPHAN_BLOCKS, number=number)
        return dropped

    def finalise(self, number: int) -> Sequence[ChainEvent]:
        """Raise the final number, at most to the head; a lower one than now changes nothing."""
        present, head = self.final_number(), self.head()
        if head is None or number <= present:
            return ()
        wanted = min(number, head.number)
        self._session.tell(_SET, name=FINAL_NUMBER, value=str(wanted))
        sql = f"{_LOGS} AND block_number > :present AND block_number <= :wanted{_IN_ORDER}"
        return tuple(map(_event, self._session.ask(sql, present=present, wanted=wanted)))

    def events(
        self, *names: str, final: bool = True, above: int = -1, up_to: int | None = None, after: str = ""
    ) -> Sequence[ChainEvent]:
        """Return events; without names, all of them."""
        sql, values = _LOGS, dict[str, Any]()
        if names:
            sql += f" AND name IN ({', '.join(f':name_{place}' for place in range(len(names)))})"
            values |= {f"name_{place}": name for place, name in enumerate(names)}
        if final or up_to is not None:
            bounds = [self.final_number()] if final else []
            values["up_to"] = min([*bounds, *([] if up_to is None else [up_to])])
            sql += " AND block_number <= :up_to"
        if above >= 0:
            values["above"] = above
            sql += " AND block_number > :above"
        if after:
            values["after_block"], values["after_log"] = self._place(after)
            sql += " AND (block_number, log_index) > (:after_block, :after_log)"
        return tuple(map(_event, self._session.ask(sql + _IN_ORDER, **values)))

    def _place(self, key: str) -> tuple[int, int]:
        """Return where an event stands, also an orphaned one; raises NotFound."""
        block_hash, _, log_index = key.rpartition(":")
        if log_index.isdecimal():
            found = self._session.ask(_PLACE, hash=block_hash, log_index=int(log_index))
            if found:
                return int(found[0][0]), int(found[0][1])
        raise NotFound("there is no such event", id=key)


def _check_follows(before: Block | None, block: Block) -> None:
    """Refuse a block that is not above the one before, or is next to it and names another parent."""
    if before is None:
        return
    if block.number <= before.number or (block.number == before.number + 1 and block.parent != before.hash):
        raise Conflict(
            "a block follows the head",
            head=before.number,
            head_hash=before.hash,
            number=block.number,
            parent=block.parent,
        )


def _block_values(block: Block) -> dict[str, Any]:
    return {"hash": block.hash, "number": block.number, "parent": block.parent, "timestamp": block.timestamp}


def _event_values(event: ChainEvent) -> dict[str, Any]:
    return {
        "block_hash": event.block.hash,
        "log_index": event.log_index,
        "block_number": event.block.number,
        "tx_hash": event.tx_hash,
        "contract": event.contract,
        "name": event.name,
        "args": pack_args(event.args),
    }


def _event(record: Any) -> ChainEvent:
    number, own, parent, timestamp, log_index, tx_hash, contract, name, args = record
    return ChainEvent(Block(number, own, parent, timestamp), log_index, tx_hash, contract, name, unpack_args(args))
