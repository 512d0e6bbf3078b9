"""The devnet's processes: started apart from the terminal, remembered in a file, stopped in reverse order."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from tradecoin_devnet.stack.interrupts import uninterrupted
from tradecoin_devnet.stack.layout import Layout

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.03
_DIRECT: Final = build_opener(ProxyHandler({}))


class ProcessFailed(RuntimeError):
    """A process ended, or kept silent, before it was ready; the message has the end of its log."""


@dataclass(frozen=True, slots=True)
class Process:
    """A process that lives or lived. `started` tells it from a later one with the same number; blank if unknown."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "Process":
        """Describe a process that runs now."""
        return cls(pid, _started(pid))

    def lives(self) -> bool:
        """Whether it is there, and no zombie; a child of ours that ended is collected on the way."""
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        try:
            os.kill(self.pid, 0)
        except OSError:
            return False
        return _state(self.pid) != "Z" and _started(self.pid) == self.started

    def end(self, how: signal.Signals) -> None:
        """Signal it and wait; one that does not listen is killed."""
        for number in (how, signal.SIGKILL):
            if not self.lives():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)
            self._wait(time.monotonic() + _STOP_SECONDS)

    def _wait(self, until: float) -> None:
        """Look until it is gone or the time is over."""
        while self.lives() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)


class Processes:
    """The processes of one devnet, by name, in the order of their start."""

    def __init__(self, layout: Layout) -> None:
        """Remember what an earlier command started."""
        self._layout = layout
        self._known: dict[str, Process] = _read(layout.pids)
        self._collect: dict[str, Callable[[], object]] = {}

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        """Start one, detached, writing to its log, unless it runs already."""
        if self.is_running(name):
            return
        search = os.pathsep.join(filter(None, sys.path))
        with self._layout.log(name).open("ab") as output, uninterrupted():
            process = subprocess.Popen(
                [sys.executable, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**_plain_environment(), "PYTHONPATH": search, **(environment or {})},
                start_new_session=True,
            )
            self.adopt(name, process.pid, process.wait)  # a killed process is gone when its last thread is

    def adopt(self, name: str, pid: int, collect: Callable[[], object]) -> None:
        """Remember a process that was started for this devnet; `collect` is called when it has ended."""
        self._collect[name] = collect
        self._known[name] = Process.of(pid)
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
        process = self._known.get(name)
        return process is not None and process.lives()

    def names(self) -> list[str]:
        """Return the names in the order of their start."""
        return list(self._known)

    def pid(self, name: str) -> int:
        """Return a process id; raises KeyError."""
        return self._known[name].pid

    def stop_one(self, name: str, *, kill: bool = False) -> None:
        """End one process, gracefully unless told otherwise, and wait until it is gone."""
        process = self._known.get(name)
        if process is not None:
            process.end(signal.SIGKILL if kill else signal.SIGTERM)
            del self._known[name]
            with contextlib.suppress(
                FileNotFoundError
            ):  # whoever deleted the folder wants the rest to end all the more
                self._write()
        if name in self._collect:
            self._collect.pop(name)()

    def stop(self) -> None:
        """End all, the last started first; a stop that is asked for meanwhile waits until all are gone."""
        with uninterrupted():
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
        draft.write_text(json.dumps({name: asdict(process) for name, process in self._known.items()}))
        os.replace(draft, self._layout.pids)


def _read(path: Path) -> dict[str, Process]:
    """Read the list; nothing when there is none."""
    try:
        return {name: Process(told["pid"], told["started"]) for name, told in json.loads(path.read_text()).items()}
    except FileNotFoundError:
        return {}


def _plain_environment() -> dict[str, str]:
    """Return the environment without settings of a node, which the devnet writes into files."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TRADECOIN_")}


def _answers(url: str) -> bool:
    """Whether there is a good answer."""
    try:
        with _DIRECT.open(url, timeout=2) as answer:
            return bool(answer.status < 300)
    except HTTPError as refusal:
        refusal.close()
        return False
    except (URLError, OSError):
        return False


def _state(pid: int) -> str:
    """Return the state letter of a process (proc(5), `stat`), blank where the system does not tell."""
    fields = _stat(pid)
    return fields[0] if fields else ""


def _started(pid: int) -> str:
    """Return when a process began, in ticks since the machine's start (proc(5), `stat`, field 22), or blank."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def _stat(pid: int) -> list[str]:
    """Return the fields behind the name of a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
