"""The chain database: what belongs together is written together."""

import re
import sqlite3
from pathlib import Path

import pytest

from tests.devnet.evm.driver import Driver
from tradecoin_devnet.evm.chain import EmbeddedChain
from tradecoin_devnet.evm.nodes import NodeStore
from tradecoin_devnet.evm.store import ChainStore


def test_a_change_that_fails_leaves_nothing() -> None:
    """Neither the state nor anything else, in memory or on disk."""
    store = ChainStore(None)
    store.nodes[b"before"] = b"1"

    def fail() -> None:
        with store.transaction():
            store.nodes[b"key"] = b"2"
            store.set_setting("branch", 7)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.setting("branch") is None
    assert b"key" not in store.nodes
    store.close()


def test_a_block_is_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """State, block, transactions and logs lie between one BEGIN and one COMMIT, and no change lies outside."""
    told: list[str] = []
    connect = sqlite3.connect

    def traced(*arguments: object, **named: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **named)  # type: ignore[call-overload]
        connection.set_trace_callback(told.append)
        return connection

    monkeypatch.setattr(sqlite3, "connect", traced)
    chain = EmbeddedChain.open(tmp_path / "chain.sqlite")
    driver = Driver(chain.rpc)
    box = driver.deploy()
    told.clear()
    driver.mint(box, 1, 2, 3)
    chain.close()
    changes = [found.group() for line in told if (found := re.match(r"BEGIN|COMMIT|(INSERT.*?INTO|UPDATE) \w+", line))]
    assert (changes[0], changes[-1]) == ("BEGIN", "COMMIT")
    assert set(changes[1:-1]) == {
        "INSERT INTO blocks",
        "INSERT INTO transactions",
        "INSERT INTO logs",
        "INSERT OR IGNORE INTO nodes",
    }


def test_a_node_that_was_never_written_is_missing() -> None:
    """The EVM relies on KeyError; deleting keeps, since another root may need the node."""
    store = ChainStore(None)
    nodes: NodeStore = store.nodes
    with pytest.raises(KeyError):
        nodes[b"none"]
    with store.transaction():
        nodes[b"one"] = b""
    del nodes[b"one"]
    assert nodes[b"one"] == b""
    store.close()
