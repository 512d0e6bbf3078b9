"""The devnet's processes: started apart from the terminal, remembered in a file, stopped in reverse order."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from tradecoin_devnet.stack.layout import Layout

_START_SECONDS: Final = 40.0
_STOP_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.03
_DIRECT: Final = build_opener(ProxyHandler({}))


class ProcessFailed(RuntimeError):
    """A process ended, or kept silent, before it was ready; the message has the end of its log."""


class Processes:
    """The processes of one devnet, by name, in the order of their start."""

    def __init__(self, layout: Layout) -> None:
        """Remember what an earlier command started."""
        self._layout = layout
        self._pids: dict[str, int] = _read(layout.pids)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start one, detached, writing to its log."""
        log = self._layout.log(name)
        search = os.pathsep.join(filter(None, sys.path))
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONPATH": search, **(environment or {})},
                start_new_session=True,
            )
        self._pids[name] = process.pid
        self._write()

    def adopt(self, name: str, pid: int) -> None:
        """Remember a process that somebody else started for this devnet."""
        self._pids[name] = pid
        self._write()

    def wait_ready(self, name: str, url: str) -> None:
        """Wait until `url` answers with success; raises ProcessFailed."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if not self.is_running(name):
                raise ProcessFailed(f"{name} ended at its start:\n{self._tail(name)}")
            if _answers(url):
                return
            time.sleep(_LOOK_SECONDS)
        raise ProcessFailed(f"{name} did not answer at {url} in {_START_SECONDS:.0f} s:\n{self._tail(name)}")

    def is_running(self, name: str) -> bool:
        """Whether the process lives."""
        pid = self._pids.get(name)
        return pid is not None and _lives(pid)

    def names(self) -> list[str]:
        """Return the names in the order of their start."""
        return list(self._pids)

    def pid(self, name: str) -> int:
        """Return a process id; raises KeyError."""
        return self._pids[name]

    def stop_one(self, name: str, *, kill: bool = False) -> None:
        """End one process, gracefully unless told otherwise, and wait until it is gone."""
        pid = self._pids.pop(name, None)
        self._write()
        if pid is not None:
            _end(pid, signal.SIGKILL if kill else signal.SIGTERM)

    def stop(self) -> None:
        """End all, the last started first."""
        for name in reversed(self.names()):
            self.stop_one(name)

    def _tail(self, name: str) -> str:
        """Return the end of a log."""
        try:
            return self._layout.log(name).read_text(errors="replace")[-2000:]
        except FileNotFoundError:
            return ""

    def _write(self) -> None:
        """Keep the list on disk, so that another command can stop what this one started."""
        draft = self._layout.pids.with_suffix(".draft")
        draft.write_text(json.dumps(self._pids))
        os.replace(draft, self._layout.pids)


def _read(path: Path) -> dict[str, int]:
    """Read the list; nothing when there is none."""
    try:
        return {str(name): int(pid) for name, pid in json.loads(path.read_text()).items()}
    except FileNotFoundError:
        return {}


def _answers(url: str) -> bool:
    """Whether there is a good answer."""
    try:
        with _DIRECT.open(url, timeout=2) as answer:
            return bool(answer.status < 300)
    except (URLError, OSError):
        return False


def _lives(pid: int) -> bool:
    """Whether a process exists and is no zombie; a child of ours that ended is collected on the way."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def _end(pid: int, how: signal.Signals) -> None:
    """Signal a process and wait; one that does not listen is killed."""
    deadline = time.monotonic() + _STOP_SECONDS
    try:
        os.kill(pid, how)
        while _lives(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(_LOOK_SECONDS)
    except ProcessLookupError:
        return
