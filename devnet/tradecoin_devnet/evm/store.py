"""The chain database: one SQLite file, in which a block, its state and the head change together or not at all.

Where SQL is put together from parts, the parts are constants of this package; values are always bound.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any, cast

from tradecoin_devnet.evm.nodes import NodeStore
from tradecoin_devnet.evm.records import Block, Log, Mined, PlacedLog
from tradecoin_devnet.evm.rules import decode_header, encode_header
from tradecoin_devnet.evm.schema import ADD_LOG, ADD_MINED, LOG_COLUMNS, MINED_COLUMNS, SCHEMA
from tradecoin_devnet.evm.shapes import Header

_CACHED_BLOCKS = 2_000


class ChainStore:
    """Blocks, their transactions and logs, and the state under them. Use from one thread at a time."""

    def __init__(self, path: Path | None) -> None:
        """Open the file, or a database in memory; raise sqlite3.OperationalError when another process has it open."""
        target = ":memory:" if path is None else str(path)
        self._connection = sqlite3.connect(target, isolation_level=None, check_same_thread=False, timeout=1)
        try:
            self._connection.executescript(SCHEMA)
        except sqlite3.Error:
            self._connection.close()
            raise
        self.nodes = NodeStore(self._connection)
        self._blocks: dict[int, Block] = {}

    def close(self) -> None:
        """Release the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make every change inside durable together; an exception undoes them all, the state included."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.nodes.flush()
            self._connection.execute("COMMIT")
        except BaseException:
            self.nodes.discard()
            self._blocks.clear()
            self._connection.execute("ROLLBACK")
            raise

    def setting(self, key: str) -> int | None:
        """Return a number kept beside the chain."""
        row = self._connection.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone()
        return None if row is None else int(row[0])

    def set_setting(self, key: str, value: int) -> None:
        """Keep a number beside the chain."""
        self._connection.execute("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))

    # Blocks

    def add_block(self, header: Header, mined: list[Mined], logs: list[list[Log]]) -> Block:
        """Append a block to the canonical chain; the same block seen before becomes canonical again."""
        known = self.block_by_hash(header.hash)
        if known is not None:
            self._connection.execute("UPDATE blocks SET canonical = 1 WHERE row = ?", (known.row,))
            return known
        row = self._connection.execute(
            "INSERT INTO blocks (hash, number, header, state_root, canonical) VALUES (?, ?, ?, ?, 1)",
            (header.hash, header.block_number, encode_header(header), header.state_root),
        ).lastrowid
        block = Block(cast(int, row), header, header.state_root)
        self._add_contents(block.row, mined, logs)
        return block

    def _add_contents(self, row: int, mined: list[Mined], logs: list[list[Log]]) -> None:
        self._connection.executemany(ADD_MINED, ((row, *astuple(one)) for one in mined))
        flat = ((one, log) for one, several in zip(mined, logs, strict=True) for log in several)
        rows = (_log_row(row, index, one.position, log) for index, (one, log) in enumerate(flat))
        self._connection.executemany(ADD_LOG, rows)

    def patch_state(self, block: Block, state_root: bytes) -> None:
        """Give a block another state than its header says."""
        self._connection.execute("UPDATE blocks SET state_root = ? WHERE row = ?", (state_root, block.row))
        self._blocks.pop(block.row, None)

    def orphan_above(self, number: int) -> None:
        """Take every block above `number` off the canonical chain; they stay readable by hash."""
        self._connection.execute("UPDATE blocks SET canonical = 0 WHERE canonical = 1 AND number > ?", (number,))

    def adopt(self, block: Block) -> None:
        """Put a block back on the canonical chain."""
        self._connection.execute("UPDATE blocks SET canonical = 1 WHERE row = ?", (block.row,))

    def head(self) -> Block | None:
        """Return the highest canonical block; None in an empty database."""
        return self._one("canonical = 1 ORDER BY number DESC LIMIT 1", ())

    def block_by_number(self, number: int) -> Block | None:
        """Return the canonical block of a height."""
        return self._one("canonical = 1 AND number = ?", (number,))

    def block_by_hash(self, block_hash: bytes) -> Block | None:
        """Return a block, orphaned ones included."""
        return self._one("hash = ?", (block_hash,))

    def is_canonical(self, block: Block) -> bool:
        """Tell whether a block is on the canonical chain."""
        return bool(self._connection.execute("SELECT canonical FROM blocks WHERE row = ?", (block.row,)).fetchone()[0])

    def ancestors(self, block_hash: bytes) -> Iterator[bytes]:
        """Yield the hash, then those of its ancestors, as the BLOCKHASH instruction wants them."""
        block = self.block_by_hash(block_hash)
        while block is not None:
            yield block.hash
            block = self.block_by_hash(block.header.parent_hash)

    def _one(self, where: str, values: tuple[Any, ...]) -> Block | None:
        found = self._connection.execute(f"SELECT row FROM blocks WHERE {where}", values).fetchone()  # noqa: S608
        return None if found is None else self.block_by_row(found[0])

    def block_by_row(self, row: int) -> Block:
        """Return a block by its place in the database."""
        known = self._blocks.get(row)
        if known is not None:
            return known
        query = "SELECT header, state_root FROM blocks WHERE row = ?"
        header, root = self._connection.execute(query, (row,)).fetchone()
        if len(self._blocks) > _CACHED_BLOCKS:
            self._blocks.clear()
        block = Block(row, decode_header(header), root)
        self._blocks[row] = block
        return block

    # Transactions and logs

    def mined_in(self, block: Block) -> list[Mined]:
        """Return a block's transactions in order."""
        query = f"SELECT {MINED_COLUMNS} FROM transactions WHERE block = ? ORDER BY position"  # noqa: S608
        return [Mined(*row) for row in self._connection.execute(query, (block.row,))]

    def hashes_in(self, block: Block) -> list[bytes]:
        """Return the hashes of a block's transactions in order."""
        query = "SELECT hash FROM transactions WHERE block = ? ORDER BY position"
        return [row[0] for row in self._connection.execute(query, (block.row,))]

    def raw_size(self, block: Block) -> int:
        """Return the bytes that a block's transactions take."""
        query = "SELECT COALESCE(SUM(LENGTH(raw)), 0) FROM transactions WHERE block = ?"
        return int(self._connection.execute(query, (block.row,)).fetchone()[0])

    def find_mined(self, transaction_hash: bytes) -> tuple[Block, Mined] | None:
        """Return a canonical transaction with its block."""
        query = (
            f"SELECT block, {MINED_COLUMNS} FROM transactions WHERE hash = ? "  # noqa: S608
            "AND (SELECT canonical FROM blocks WHERE row = block) = 1"
        )
        row = self._connection.execute(query, (transaction_hash,)).fetchone()
        return None if row is None else (self.block_by_row(row[0]), Mined(*row[1:]))

    def logs_in(self, block: Block) -> list[PlacedLog]:
        """Return the logs of one block, orphaned or not."""
        return self._logs("blocks.row = ?", [block.row], -1)

    def logs_between(self, first: int, last: int, where: str, values: Iterable[Any], limit: int) -> list[PlacedLog]:
        """Return canonical logs of a range of heights that meet a condition on the table `logs`."""
        condition = f"blocks.canonical = 1 AND blocks.number BETWEEN ? AND ?{where}"
        return self._logs(condition, [first, last, *values], limit)

    def logs_of(self, block: Block, where: str, values: Iterable[Any], limit: int) -> list[PlacedLog]:
        """Return logs of one block, orphaned or not, that meet a condition on the table `logs`."""
        return self._logs(f"blocks.row = ?{where}", [block.row, *values], limit)

    def _logs(self, condition: str, values: list[Any], limit: int) -> list[PlacedLog]:
        query = (
            f"SELECT {LOG_COLUMNS} FROM blocks CROSS JOIN logs ON logs.block = blocks.row "  # noqa: S608
            "JOIN transactions AS t ON t.block = logs.block AND t.position = logs.position "
            f"WHERE {condition} ORDER BY blocks.number, logs.log_index LIMIT ?"
        )
        return [self._placed(row) for row in self._connection.execute(query, [*values, limit])]

    def _placed(self, row: tuple[Any, ...]) -> PlacedLog:
        block = self.block_by_row(row[0])
        topics = tuple(topic for topic in row[5:9] if topic is not None)
        log = Log(row[4], topics, row[9])
        return PlacedLog(log, block.number, block.hash, block.timestamp, row[3], row[2], row[1])


def _log_row(block: int, index: int, position: int, log: Log) -> tuple[Any, ...]:
    topics = [*log.topics, None, None, None, None][:4]
    return (block, index, position, log.address, *topics, log.data)
