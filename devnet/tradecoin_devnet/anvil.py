"""anvil, the fast chain: found on this machine, started, and kept in step with the devnet's clock.

anvil reads no clock file. Whoever moves the devnet's clock calls `sync_time` afterwards.
"""

import platform
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradecoin_devnet.evm.chaintime import Clock
from tradecoin_devnet.evm.process import ChainProcess, call_rpc, spawn, wait_for

_LISTENING = re.compile(r"Listening on (127\.0\.0\.1:\d+)")


class AnvilMissing(RuntimeError):
    """No anvil was found; the message says where was looked and how to get it."""


@dataclass(frozen=True, slots=True)
class AnvilOptions:
    """How anvil is run; `finality` is the distance of `finalized` in blocks, even; `block_time` in seconds or 0.

    With `state_path` the chain is loaded from that file and written to it when anvil is stopped; `kill -9` loses what
    came since the start.
    """

    port: int = 0
    chain_id: int = 31337
    state_path: Path | None = None
    block_time: float = 0
    finality: int = 2
    gas_limit: int = 60_000_000


def find_anvil(node_modules: Iterable[Path] = ()) -> Path:
    """Return anvil's binary from PATH or from one of some `node_modules` folders; raise AnvilMissing."""
    on_path = shutil.which("anvil")
    if on_path:
        return Path(on_path)
    looked = list(node_modules)
    for modules in looked:
        # The binary itself comes first: the script in .bin puts a Node.js process between us and it.
        for candidate in (*_native(modules), modules / ".bin" / "anvil"):
            if candidate.is_file():
                return candidate
    places = ", ".join(["PATH", *(str(modules) for modules in looked)])
    raise AnvilMissing(
        f"anvil was not found (looked in {places}); install it with `npm ci`, put it on PATH, or use --engine embedded"
    )


def _native(modules: Path) -> list[Path]:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    system = platform.system().lower()
    return [modules / "@foundry-rs" / f"anvil-{system}-{machine}" / "bin" / "anvil"]


def start_anvil(binary: Path, log: Path, options: AnvilOptions, clock: Clock | None = None) -> ChainProcess:
    """Start anvil with the devnet's accounts, at the clock's time, writing to `log`; raise ChainFailed."""
    process = spawn([str(binary), *_arguments(options, clock)], log)
    chain = ChainProcess(process, "http://" + wait_for(process, log, _address))
    if clock is not None:
        sync_time(chain.url, clock)
    return chain


def sync_time(url: str, clock: Clock) -> None:
    """Set anvil's time to the clock's; its time runs on from there, and its next block has it."""
    call_rpc(url, "anvil_setTime", [int(clock.now().timestamp())])


def _address(output: str) -> str | None:
    found = _LISTENING.search(output)
    return found.group(1) if found else None


def _arguments(options: AnvilOptions, clock: Clock | None) -> list[str]:
    # anvil's `safe` is one epoch behind the head and its `finalized` two.
    given: dict[str, Any] = {
        "--port": options.port,
        "--chain-id": options.chain_id,
        "--gas-limit": options.gas_limit,
        "--hardfork": "prague",
        "--slots-in-an-epoch": max(1, options.finality // 2),
    }
    if options.block_time:
        given["--block-time"] = f"{options.block_time:g}"
    if options.state_path is not None:
        given["--state"] = options.state_path
    if clock is not None and not (options.state_path and options.state_path.exists()):
        given["--timestamp"] = int(clock.now().timestamp())
    return ["--preserve-historical-states", *(str(word) for pair in given.items() for word in pair)]
