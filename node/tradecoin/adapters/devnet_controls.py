"""What a devnet lets a test do: move the one clock, make and replace blocks, have the bank book and misbehave."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tradecoin.adapters.chain.rpc import Endpoint, RpcError
from tradecoin.domain.errors import Refused
from tradecoin.ports.bank import BankUnreachable


class DevnetRefused(Refused):
    """Chain or bank of the devnet does not do what was asked."""

    code = "devnet_refused"


class HttpDevnetControls:
    """Controls over the clock file, the chain's endpoint and the simulated bank."""

    def __init__(self, clock_file: Path, endpoint: Endpoint, bank_url: str) -> None:
        """Remember where they are; nothing is asked yet."""
        self._clock, self._chain = clock_file, endpoint
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


def _offset(path: Path) -> timedelta:
    """Return how far the devnet's time is ahead of real time."""
    try:
        return timedelta(seconds=json.loads(path.read_text())["offset_seconds"])
    except FileNotFoundError:
        return timedelta()
