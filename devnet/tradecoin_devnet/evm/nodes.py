"""The key-value side of the chain database: trie nodes and contract code, kept for every block ever made."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from eth.abc import AtomicWriteBatchAPI
from eth.db.atomic import AtomicDBWriteBatch
from eth.db.backends.base import BaseAtomicDB

# About 100 bytes each: enough for the working set of a devnet, little enough for a test process.
_CACHED_NODES = 300_000


class NodeStore(BaseAtomicDB):
    """Trie nodes in SQLite. Writes are held back until `flush`, so that they join the transaction of their block.

    Nothing is deleted: calls at earlier blocks, reorganisations and snapshots need the old roots.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use the table `nodes` of an open connection."""
        self._connection = connection
        self._fresh: dict[bytes, bytes] = {}
        self._cache: dict[bytes, bytes] = {}

    def __getitem__(self, key: bytes) -> bytes:
        """Return a node; raise KeyError when there is none."""
        found = self._fresh.get(key, self._cache.get(key))
        return self._read(key) if found is None else found

    def __setitem__(self, key: bytes, value: bytes) -> None:
        """Hold a node back for the next `flush`."""
        self._fresh[key] = value

    def __delitem__(self, key: bytes) -> None:
        """Keep the node: another root may still need it."""

    @contextmanager
    def atomic_batch(self) -> Iterator[AtomicWriteBatchAPI]:
        """Collect writes and apply them together, or not at all when the block raises."""
        with AtomicDBWriteBatch._commit_unless_raises(self) as batch:
            yield batch

    def flush(self) -> None:
        """Write what was held back; the caller owns the SQLite transaction."""
        self._connection.executemany("INSERT OR IGNORE INTO nodes (key, value) VALUES (?, ?)", self._fresh.items())
        if len(self._cache) > _CACHED_NODES:
            self._cache.clear()
        self._cache.update(self._fresh)
        self._fresh.clear()

    def discard(self) -> None:
        """Forget what was held back."""
        self._fresh.clear()

    def _exists(self, key: bytes) -> bool:
        try:
            self[key]
        except KeyError:
            return False
        return True

    def _read(self, key: bytes) -> bytes:
        row = self._connection.execute("SELECT value FROM nodes WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        self._cache[key] = row[0]
        return bytes(row[0])
