"""The chain as a process: `python -m tradecoin_devnet.evm --port 8401 --data chain.sqlite --clock clock.json`.

Prints one line of JSON when it is ready: {"rpc": URL, "chain_id": ID}. Exit codes: 0 after SIGTERM or SIGINT, 2 for
wrong usage or another chain's database, 3 for a port or database in use.
"""

import argparse
import json
import os
import signal
import sqlite3
import sys
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from tradecoin_devnet.clock import DevnetClock
from tradecoin_devnet.evm.server import RpcServer

if TYPE_CHECKING:
    from tradecoin_devnet.evm.chain import EmbeddedChain

_LOOK_SECONDS = 0.02


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; return the exit code."""
    options = _parser().parse_args(arguments)
    # Six times faster than the backend that eth-hash picks by itself; it must be chosen before the EVM is imported.
    os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")
    try:
        # Before the slow import of the EVM: a busy port is known at once, and early callers wait in the queue.
        server = RpcServer(options.port)
    except OSError as error:
        return _failed(3, f"cannot listen on port {options.port}: {error.strerror}")
    try:
        chain = _open(options)
    except ValueError as error:
        server.server_close()
        return _failed(2, str(error))
    except sqlite3.Error as error:
        server.server_close()
        return _failed(3, f"cannot open the chain database {options.data}: {error}")
    server.rpc = chain.rpc
    return _run(chain, server, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tradecoin_devnet.evm", description="An Ethereum chain to develop on."
    )
    parser.add_argument("--port", type=int, default=8401, help="on the loopback interface; 0 picks a free one")
    parser.add_argument("--data", type=Path, help="SQLite file of the chain; in memory when left out")
    parser.add_argument("--chain-id", type=int, default=31337)
    parser.add_argument("--clock", type=Path, help="the devnet's clock file; real time when left out")
    parser.add_argument("--block-time", type=float, default=0, help="seconds between blocks; 0 mines at once")
    parser.add_argument("--finality", type=int, default=2, help="blocks from the head down to `finalized`")
    parser.add_argument("--gas-limit", type=int, default=60_000_000, help="of a block")
    return parser


def _open(options: argparse.Namespace) -> "EmbeddedChain":
    from tradecoin_devnet.evm.chain import EmbeddedChain
    from tradecoin_devnet.evm.engine import Settings

    settings = Settings(chain_id=options.chain_id, gas_limit=options.gas_limit, finality=options.finality)
    chain = EmbeddedChain.over(options.data, settings, DevnetClock(options.clock) if options.clock else None)
    if options.block_time:
        chain.mine_every(options.block_time)
    return chain


def _run(chain: "EmbeddedChain", server: RpcServer, options: argparse.Namespace) -> int:
    stopped = Event()
    for kind in (signal.SIGTERM, signal.SIGINT):
        signal.signal(kind, lambda *_: stopped.set())
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    ready = {"rpc": f"http://127.0.0.1:{server.port}", "chain_id": options.chain_id}
    print(json.dumps(ready), flush=True)
    last = monotonic()
    while not stopped.wait(_LOOK_SECONDS):
        if chain.mine_if_due(monotonic() - last):
            last = monotonic()
    server.shutdown()
    server.server_close()
    chain.close()
    return 0


def _failed(code: int, reason: str) -> int:
    print(reason, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
