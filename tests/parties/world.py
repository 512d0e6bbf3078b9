"""A party with its fake bank and chain around it, and a clock that the test holds."""

import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.parties.fakes import (
    ACCOUNT,
    ALICE,
    BANK_ID,
    CHAIN_ID,
    NARROW_BANK,
    POLL_SECONDS,
    RESERVES,
    START,
    TOKEN,
    FakeBank,
    FakeChain,
    coins,
    listening,
)
from tradecoin.domain.attestation import Claim, Figures
from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import Coins
from tradecoin.parties.attestor import Attestor, AttestorConfig
from tradecoin.parties.bank_signer import BankSigner, BankSignerConfig
from tradecoin.parties.messages import AttestationMessage, Ground, VouchersMessage
from tradecoin.parties.server import PartyServer
from tradecoin.signing.keys import make_key
from tradecoin.signing.refs import claim_account, deposit_key, evidence_hash, payment_reference
from tradecoin.signing.tree import ClaimTree
from tradecoin.signing.wire import to_json

NONCE = b"\x0f" * 16
REFERENCE = payment_reference(ALICE, NONCE)
SALT = b"\x5a" * 32


def exchange(url: str, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, Any]]:
    """Return status and JSON of one HTTP exchange."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@dataclass
class World:
    """Bank, chain, clock and the folder of one party; `url` is where the party listens."""

    folder: Path
    bank: FakeBank = field(default_factory=FakeBank)
    chain: FakeChain = field(default_factory=FakeChain)
    now: datetime = START
    url: str = ""
    bank_url: str = ""
    chain_url: str = ""

    @contextmanager
    def serving(self, kind: type[BankSigner] | type[Attestor], **settings: Any) -> Iterator["World"]:
        """Run a party over real HTTP."""
        with ExitStack() as stack:
            self.bank_url = stack.enter_context(listening(self.bank))
            self.chain_url = stack.enter_context(listening(self.chain))
            party = self._party(kind, self.common(self.bank_url, self.chain_url) | settings)
            stack.callback(party.close)
            server = PartyServer(("127.0.0.1", 0), party)
            thread = threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,))
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            self.url = server.url
            yield self

    def common(self, bank: str, chain: str) -> dict[str, Any]:
        """Return the settings that both parties share."""
        key = self.folder / "key"
        if not key.exists():
            make_key(key)
        return {
            "name": "one",
            "port": 0,
            "key_file": key,
            "data": self.folder,
            "bank_url": bank,
            "bank_id": BANK_ID,
            "account": ACCOUNT,
            "currency": "EUR",
            "decimals": 6,
            "rpc_url": chain,
            "chain_id": CHAIN_ID,
            "token": TOKEN,
            "narrow_bank": NARROW_BANK,
            "reserves": RESERVES,
        }

    def _party(self, kind: type[BankSigner] | type[Attestor], settings: dict[str, Any]) -> BankSigner | Attestor:
        """Make the party with the test's clock."""
        party = Attestor(AttestorConfig(**settings)) if kind is Attestor else BankSigner(BankSignerConfig(**settings))
        party._now = lambda: self.now
        return party

    def sign(self, kind: str, message: object) -> tuple[int, dict[str, Any]]:
        """Ask the party to sign."""
        body = {"kind": kind, "message": message if isinstance(message, dict) else to_json(message)}
        return exchange(self.url, "POST", "/sign", json.dumps(body).encode())

    def vouchers(self, *parts: tuple[Voucher, Ground], hours: int = 6, signer_set: int = 1) -> VouchersMessage:
        """Put vouchers and grounds into one request."""
        vouchers, grounds = tuple(voucher for voucher, _ in parts), tuple(ground for _, ground in parts)
        return VouchersMessage(signer_set, self.now + timedelta(hours=hours), vouchers, grounds)

    def statement(self, figures: Figures, claims: dict[bytes, int], **changes: Any) -> AttestationMessage:
        """Return a statement about now and the last block before it; claims are units by deposit key."""
        cut = changes.pop("cut", self.now)
        stamp = int(cut.timestamp())
        earlier = [at for at, moment in enumerate(self.chain.blocks) if moment.timestamp() < stamp]
        number = changes.pop("block_number", earlier[-1])
        leaves = tuple(Claim(claim_account(key), SALT, Coins(units)) for key, units in claims.items())
        block_hash = changes.pop("block_hash", self.chain.hash_of(number))
        request = AttestationMessage(
            signer_set=1,
            prev=self.chain.head,
            cut=cut,
            block_number=number,
            block_hash=block_hash,
            figures=figures,
            claims=leaves,
            claims_root=ClaimTree.of(leaves).root,
            evidence=evidence_hash(
                BANK_ID, ACCOUNT, cut=cut, reserves=figures.reserves, block_number=number, block_hash=block_hash
            ),
        )
        return replace(request, **changes)


def key_of(reference: str) -> bytes:
    """Return the deposit key of a bank reference."""
    return deposit_key(BANK_ID, ACCOUNT, reference)


def voucher(booked: str, euros: int, /, **changes: Any) -> tuple[Voucher, Ground]:
    """Return a good voucher over a whole credit for Alice, with its ground; `changes` are of either."""
    ground = Ground(booked, REFERENCE, NONCE, "", "deposit")
    grounds = {name: changes.pop(name) for name in list(changes) if hasattr(ground, name)}
    amount = coins(euros)
    whole = Voucher(key_of(booked), amount, Coins(0), amount, ALICE, b"\x0e" * 32)
    return replace(whole, **changes), replace(ground, **grounds)


def figures(
    *, reserves: int = 0, encumbered: int = 0, settling: int = 0, claims: int = 0, supply: int = 0, equity: int = 0
) -> Figures:
    """Return figures from whole euros."""
    backing = coins(reserves), coins(encumbered), coins(settling)
    return Figures(*backing, coins(claims), coins(supply), equity * 1_000_000)


def lines(body: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return the differences of an answer by line."""
    return {one["line"]: (one["mine"], one["yours"]) for one in body["differences"]}


def seconds(count: int) -> timedelta:
    """Return a span."""
    return timedelta(seconds=count)
