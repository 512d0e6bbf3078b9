"""The embedded chain, called in process: `EmbeddedChain.in_memory().rpc("eth_blockNumber", [])`."""

from pathlib import Path
from threading import RLock
from typing import Any

from tradecoin_devnet.evm import (
    methods_blocks,
    methods_devnet,
    methods_fees,
    methods_logs,
    methods_pool,
    methods_state,
)
from tradecoin_devnet.evm.chaintime import ChainTime, Clock, OwnClock
from tradecoin_devnet.evm.engine import Engine, Settings
from tradecoin_devnet.evm.errors import METHOD_NOT_FOUND, RpcError
from tradecoin_devnet.evm.genesis import first_head
from tradecoin_devnet.evm.methods import Method
from tradecoin_devnet.evm.store import ChainStore

_TABLES = (methods_blocks, methods_devnet, methods_fees, methods_logs, methods_pool, methods_state)
METHODS: dict[str, Method] = {name: method for table in _TABLES for name, method in table.METHODS.items()}
_SEND = "eth_sendRawTransaction"


class EmbeddedChain:
    """One chain, usable from any thread; every method call sees and leaves a whole chain.

    A full block takes Python many seconds. While one is made by interval, reading and sending go on; what changes the
    chain in other ways waits for it.
    """

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine; use `in_memory` or `open`."""
        self._engine = engine
        # Whoever holds both takes `_making` first.
        self._making = RLock()
        self._lock = RLock()

    @classmethod
    def in_memory(cls, chain_id: int = 31337, clock: Clock | None = None, **settings: int) -> "EmbeddedChain":
        """Make a chain that ends with the process; `settings` are the other members of `Settings`."""
        return cls.over(None, Settings(chain_id=chain_id, **settings), clock)

    @classmethod
    def open(cls, path: Path, chain_id: int = 31337, clock: Clock | None = None, **settings: int) -> "EmbeddedChain":
        """Open or make the chain in a file; raise WrongChain for another's, sqlite3.OperationalError for one in use."""
        return cls.over(path, Settings(chain_id=chain_id, **settings), clock)

    @classmethod
    def over(cls, path: Path | None, settings: Settings, clock: Clock | None) -> "EmbeddedChain":
        """Open the chain in a file, or make one in memory when there is no path."""
        store = ChainStore(path)
        time = ChainTime(clock or OwnClock())
        try:
            return cls(Engine(settings, store, time, first_head(store, settings, time)))
        except BaseException:
            store.close()
            raise

    def rpc(self, method: str, params: list[Any]) -> Any:
        """Call a JSON-RPC method and return its result; raise RpcError as a node would."""
        found = METHODS.get(method)
        if found is None:
            raise RpcError(METHOD_NOT_FOUND, f"the method {method} does not exist/is not available")
        if method not in methods_devnet.METHODS:
            with self._lock:
                if method != _SEND or not self._engine.automine:
                    return found(self._engine, params)
        with self._making, self._lock:
            return found(self._engine, params)

    def mine_every(self, seconds: float) -> None:
        """Mine by interval from now on, as `mine_if_due` is called, and no more for each transaction."""
        with self._making, self._lock:
            self._engine.block_time = seconds
            self._engine.automine = False

    def mine_if_due(self, waited: float) -> bool:
        """Mine a block when the interval between blocks is set and no longer than `waited`, in real seconds."""
        with self._making:
            with self._lock:
                if not 0 < self._engine.block_time <= waited:
                    return False
                draft, ready = self._engine.begin()
            draft.apply_all(ready)
            with self._lock:
                self._engine.finish(draft)
            return True

    def close(self) -> None:
        """Release the file; the chain cannot be used afterwards."""
        with self._making, self._lock:
            self._engine.store.close()
