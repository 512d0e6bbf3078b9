"""Where a devnet keeps its things, and which port each of its processes has."""

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tradecoin_devnet.stack.listeners import listener_of

_OFFSETS: Final = {
    "api": 0,
    "rpc": 1,
    "bank": 2,
    "bank-signer-1": 11,
    "bank-signer-2": 12,
    "bank-signer-3": 13,
    "attestor-1": 21,
    "attestor-2": 22,
    "attestor-3": 23,
}
BANK_SIGNERS: Final = ("bank-signer-1", "bank-signer-2", "bank-signer-3")
ATTESTORS: Final = ("attestor-1", "attestor-2", "attestor-3")


class PortBusy(RuntimeError):
    """Something else listens on a port that the devnet needs; the message names port and process."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Files below one folder. Nothing outside it is written."""

    home: Path

    @property
    def clock(self) -> Path:
        """The one clock."""
        return self.home / "clock.json"

    @property
    def config(self) -> Path:
        """The node's settings."""
        return self.home / "node.toml"

    @property
    def summary(self) -> Path:
        """What scripts read: addresses, keys, ports."""
        return self.home / "devnet.json"

    @property
    def pids(self) -> Path:
        """Which processes belong to this devnet."""
        return self.home / "processes.json"

    @property
    def wish(self) -> Path:
        """How this devnet was made, so that a later start makes the same."""
        return self.home / "wish.json"

    @property
    def ports(self) -> Path:
        """Which ports it has, or had when it was up last."""
        return self.home / "ports.json"

    @property
    def deployments(self) -> Path:
        """Folder of the deployment files."""
        return self.home / "deployments"

    def key(self, name: str) -> Path:
        """File of a private key."""
        return self.home / "keys" / f"{name}.key"

    def log(self, name: str) -> Path:
        """What a process writes."""
        return self.home / "logs" / f"{name}.log"

    def data(self, name: str) -> Path:
        """Folder of a party's own data."""
        return self.home / "data" / name

    def make(self) -> None:
        """Make the folders; the keys' folder is for the owner alone."""
        for folder in ("logs", "data", "deployments", "inbox"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / "keys").mkdir(mode=0o700, exist_ok=True)


@dataclass(frozen=True, slots=True)
class Ports:
    """The port of every process by name."""

    by_name: dict[str, int]

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        """Count from `base`, or take free ones for 0; raises PortBusy."""
        if base == 0:
            return cls(_free_ports())
        ports = {name: base + offset for name, offset in _OFFSETS.items()}
        for name, port in ports.items():
            _require_free(name, port)
        return cls(ports)

    @classmethod
    def kept(cls, layout: Layout) -> "Ports | None":
        """Return the ports that the devnet in this folder had last, None when it was never up."""
        try:
            return cls(json.loads(layout.ports.read_text()))
        except FileNotFoundError:
            return None

    def keep(self, layout: Layout) -> None:
        """Write them down, so that another command finds what runs."""
        draft = layout.ports.with_suffix(".draft")
        draft.write_text(json.dumps(self.by_name, indent=2))
        os.replace(draft, layout.ports)

    def url(self, name: str) -> str:
        """Where a process listens."""
        return f"http://127.0.0.1:{self.by_name[name]}"


def _free_ports() -> dict[str, int]:
    """Ask the system for free ports, holding all until the last is known so that none comes twice."""
    held = []
    ports = {}
    for name in _OFFSETS:
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        held.append(probe)
        ports[name] = probe.getsockname()[1]
    for probe in held:
        probe.close()
    return ports


def _require_free(name: str, port: int) -> None:
    """Raise PortBusy when somebody listens."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            holder = listener_of(port) or "another process"
            raise PortBusy(f"port {port}, which {name} needs, is taken by {holder}; set TRADECOIN_PORT_BASE") from error
