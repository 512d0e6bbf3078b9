"""A chain as a child process: started, asked over HTTP, stopped or killed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self
from urllib.parse import urlsplit

from tradecoin_devnet.evm.errors import RpcError

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.01


class ChainFailed(RuntimeError):
    """A chain process ended, or kept silent, before it was ready; the message has what it wrote."""


class ChainProcess:
    """A running chain at `url`. As a context manager it is stopped at the end."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        """Wrap a process that is ready."""
        self._process = process
        self.url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def rpc(self, method: str, params: list[Any]) -> Any:
        """Call a method; raise RpcError when the chain refuses, OSError when it is not there."""
        return call_rpc(self.url, method, params)

    def stop(self) -> int:
        """Ask the process to end, wait for it, and return its exit code; kill it if it does not."""
        self._process.terminate()
        try:
            return self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End the process with SIGKILL, which it cannot notice, and return its exit code."""
        self._process.kill()
        return self._process.wait()


def start_embedded(log: Path, options: dict[str, str | int | float | Path]) -> ChainProcess:
    """Start the embedded chain; `options` are those of its command line without their dashes, output goes to `log`.

    Raise ChainFailed when it does not become ready.
    """
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    process = spawn([sys.executable, "-m", "tradecoin_devnet.evm", *words], log)
    return ChainProcess(process, wait_for(process, log, _embedded_url))


def _embedded_url(output: str) -> str | None:
    first, newline, _ = output.partition("\n")
    return str(json.loads(first)["rpc"]) if newline and first.startswith("{") else None


def spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    """Start a command whose output goes to a file, so that no pipe can fill up."""
    # A Python child finds the packages that its parent found, installed or not.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with log.open("wb") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )


def wait_for(process: subprocess.Popen[bytes], log: Path, find: Callable[[str], str | None]) -> str:
    """Wait until `find` sees what it wants in the output and return that; else end the process, raise ChainFailed."""
    deadline = monotonic() + _START_SECONDS
    while process.poll() is None and monotonic() < deadline:
        found = find(log.read_text(errors="replace"))
        if found is not None:
            return found
        sleep(_LOOK_SECONDS)
    process.kill()
    process.wait()
    raise ChainFailed(f"{process.args!r} did not start: {log.read_text(errors='replace').strip()[-2000:]}")


def call_rpc(url: str, method: str, params: list[Any]) -> Any:
    """Make one JSON-RPC call over a connection of its own."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=_START_SECONDS)
    try:
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        connection.request("POST", parts.path or "/", body, {"Content-Type": "application/json"})
        reply = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if "error" in reply:
        raise RpcError(reply["error"]["code"], reply["error"]["message"], reply["error"].get("data"))
    return reply["result"]
