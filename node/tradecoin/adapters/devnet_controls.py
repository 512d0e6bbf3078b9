"""What a devnet lets a test do: move the one clock, make and replace blocks, have the bank book and misbehave."""

import json
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.domain.errors import NotFound, Refused
from tradecoin.ports.bank import BankUnreachable


class DevnetRefused(Refused):
    """Chain or bank of the devnet does not do what was asked."""

    code = "devnet_refused"


_SQLITE = "sqlite:///"


class HttpDevnetControls:
    """Controls over the clock file, the chain's endpoint, the simulated bank and the node's own database.

    Snapshots lie beside the clock file. They last as long as the chain's process, which keeps its part in memory.
    """

    def __init__(self, clock_file: Path, endpoint: Endpoint, bank_url: str, database: str = "") -> None:
        """Remember where they are; nothing is asked yet. Without the `database` URL there are no snapshots."""
        self._clock, self._chain, self._database = clock_file, endpoint, database
        self._folder = clock_file.parent / "snapshots"
        self._bank = httpx.Client(base_url=bank_url, timeout=30, trust_env=False)

    def close(self) -> None:
        """Let go of the connection to the bank."""
        self._bank.close()

    def advance(self, by: timedelta) -> datetime:
        """Move the one clock; a chain that keeps time by itself is told. Return the new time."""
        if by < timedelta():
            raise DevnetRefused("the devnet clock only moves forward", by=str(by))
        offset = _offset(self._clock) + by
        draft = self._clock.with_name(f"{self._clock.name}.{uuid4().hex}")
        draft.write_text(json.dumps({"offset_seconds": round(offset.total_seconds())}))
        os.replace(draft, self._clock)
        now = datetime.now(UTC) + offset
        if "anvil" in str(self._asked("web3_clientVersion")).lower():
            self._asked("anvil_setTime", int(now.timestamp()))
        return now

    def mine(self, blocks: int) -> int:
        """Make blocks; return the head's number."""
        self._asked("anvil_mine", hex(blocks))
        return int(self._asked("eth_blockNumber"), 16)

    def reorg(self, depth: int) -> int:
        """Replace the last `depth` blocks by empty ones; return the head's number."""
        self._asked("anvil_reorg", depth, [])
        return int(self._asked("eth_blockNumber"), 16)

    def credit(self, *, iban: str, amount: str, currency: str, reference: str, debtor: str) -> dict[str, Any]:
        """Let the bank book a credit."""
        body = {"iban": iban, "amount": amount, "currency": currency, "debtor": {"name": debtor}}
        if reference:
            body["reference"] = reference
        return self._bank_did("/_bank/credits", body)

    def misbehave(self, *, iban: str, behaviour: str, after: str) -> dict[str, Any]:
        """Let the bank treat the next payment to an account badly."""
        body = {"iban": iban, "behaviour": behaviour}
        if after:
            body["after"] = after
        return self._bank_did("/_bank/misbehave", body)

    def snapshot(self) -> str:
        """Put chain, bank and node aside together; return the snapshot's id. Raises DevnetRefused on PostgreSQL.

        For a moment in which nothing is under way: what is, is put aside half done.
        """
        database, name = self._file(), uuid4().hex
        self._folder.mkdir(exist_ok=True)
        _copy(database, self._folder / f"{name}.db")
        self._bank_did("/_bank/snapshot", {"id": name})
        self._note(name)
        return name

    def restore(self, snapshot_id: str) -> None:
        """Bring chain, bank and node back, as often as wanted; the clock goes on. Raises NotFound.

        Attestors and bank signers keep what they remember: they are other parties.
        """
        database = self._file()
        notes = {path.stem: path for path in self._folder.glob("*.json")}
        if snapshot_id not in notes:
            raise NotFound("there is no such snapshot", id=snapshot_id)
        if not self._asked("evm_revert", json.loads(notes[snapshot_id].read_text())["chain"]):
            raise NotFound("the chain has no such snapshot; it was started anew", id=snapshot_id)
        self._note(snapshot_id)
        self._bank_did("/_bank/restore", {"id": snapshot_id})
        _copy(self._folder / f"{snapshot_id}.db", database)

    def _note(self, name: str) -> None:
        """Remember the chain's own number of a snapshot; going back uses one up."""
        (self._folder / f"{name}.json").write_text(json.dumps({"chain": self._asked("evm_snapshot")}))

    def _file(self) -> Path:
        """Return the node's database file."""
        if not self._database.startswith(_SQLITE):
            raise DevnetRefused("snapshots are of nodes on SQLite")
        return Path(self._database.removeprefix(_SQLITE))

    def _asked(self, method: str, *params: Any) -> Any:
        """Ask the chain."""
        try:
            return self._chain.call(method, *params)
        except RpcError as problem:
            raise DevnetRefused(f"the chain refuses {method}: {problem.said}", method=method) from problem

    def _bank_did(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Tell the bank."""
        try:
            answer = self._bank.post(path, json=body)
        except httpx.HTTPError as problem:
            raise BankUnreachable(f"the bank does not answer: {problem!r}") from problem
        told: dict[str, Any] = answer.json()
        if answer.status_code >= 400:
            raise DevnetRefused(str(told.get("message", "the bank refuses")), path=path)
        return told


def _copy(source: Path, target: Path) -> None:
    """Copy a whole SQLite database in one transaction, also into one that others have open."""
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target, timeout=30)) as written:
        read.backup(written)


def _offset(path: Path) -> timedelta:
    """Return how far the devnet's time is ahead of real time."""
    try:
        return timedelta(seconds=json.loads(path.read_text())["offset_seconds"])
    except FileNotFoundError:
        return timedelta()
