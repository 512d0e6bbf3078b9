"""Tables of the chain database."""

from typing import Final

# The exclusive lock keeps a second server off the file; it ends with the process, however that ends.
SCHEMA: Final = """
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA cache_size = -65536;
CREATE TABLE IF NOT EXISTS nodes (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS blocks (
    row INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, number INTEGER NOT NULL, header BLOB NOT NULL,
    state_root BLOB NOT NULL, canonical INTEGER NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS canonical_blocks ON blocks (number) WHERE canonical = 1;
CREATE TABLE IF NOT EXISTS transactions (
    block INTEGER NOT NULL REFERENCES blocks, position INTEGER NOT NULL, hash BLOB NOT NULL, raw BLOB NOT NULL,
    sender BLOB NOT NULL, status INTEGER NOT NULL, gas_used INTEGER NOT NULL, cumulative_gas INTEGER NOT NULL,
    price TEXT NOT NULL, created BLOB, bloom BLOB NOT NULL, first_log INTEGER NOT NULL, log_count INTEGER NOT NULL,
    PRIMARY KEY (block, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS transactions_by_hash ON transactions (hash);
CREATE TABLE IF NOT EXISTS logs (
    block INTEGER NOT NULL REFERENCES blocks, log_index INTEGER NOT NULL, position INTEGER NOT NULL,
    address BLOB NOT NULL, t0 BLOB, t1 BLOB, t2 BLOB, t3 BLOB, data BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
) WITHOUT ROWID;
"""
MINED_COLUMNS: Final = (
    "position, hash, raw, sender, status, gas_used, cumulative_gas, price, created, bloom, first_log, log_count"
)
LOG_COLUMNS: Final = (
    "logs.block, logs.log_index, logs.position, t.hash, logs.address, logs.t0, logs.t1, logs.t2, logs.t3, logs.data"
)
ADD_MINED: Final = f"INSERT INTO transactions (block, {MINED_COLUMNS}) VALUES ({', '.join('?' * 13)})"  # noqa: S608
ADD_LOG: Final = (
    "INSERT INTO logs (block, log_index, position, address, t0, t1, t2, t3, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
