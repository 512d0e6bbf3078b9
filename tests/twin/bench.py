"""A twin of the whole system with short names for everybody, so that a test shows only what matters to it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from tradecoin.twin.manager import Manager, Role
from tradecoin.twin.narrow_bank import NarrowBank, Terms, Voucher
from tradecoin.twin.reserves import Attestation, Reserves
from tradecoin.twin.token import Token
from tradecoin.twin.world import DAY, HOUR, NOTHING, Signed, World

START = 1_772_438_400
COIN, CENT = 10**6, 10**4
BANK, AUDIT = ("bank a", "bank b", "bank c"), ("audit a", "audit b", "audit c")
PAYOUT = b"p" * 32
TERMS = Terms("payer", CENT, COIN, 2 * DAY, 6 * HOUR, 10**13, 10**13)


class Bench:
    """World, contracts, and the shortest way to a mint, an attestation and a request."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.world = World(START)
        members = {role: frozenset({role.name.lower()}) for role in Role}
        self.manager = Manager(self.world, "manager", members)
        self.token = Token(self.world, "token", self.manager, "deployer")
        self.reserves = Reserves(self.world, "reserves", self.manager, self.token, 2 * DAY, AUDIT, 2)
        self.bank = NarrowBank(self.world, "bank", self.manager, self.reserves, None, BANK, 2, terms)
        self.token.setFirstIssuer("bank", sender="deployer")
        self.numbers = count(1)

    def attest(self, reserves: int, **others: Any) -> None:
        """Publish an attestation signed by two auditors."""
        self.world.advance(1)
        standard: dict[str, Any] = {
            "set": self.reserves.setNumber,
            "prev": self.reserves.head.digest,
            "cut": self.world.now,
        }
        zeros = {"encumbered": 0, "settling": 0, "claims": 0, "claimsRoot": NOTHING, "evidence": NOTHING}
        attestation = Attestation(**(standard | zeros | others), reserves=reserves)
        digest = self.reserves.hashAttestation(attestation)
        self.reserves.attest(attestation, [Signed(name, digest) for name in AUDIT[:2]], sender="anyone")

    def voucher(self, amount: int = 100 * COIN, to: str = "alice", **others: Any) -> Voucher:
        """Make a voucher over a new deposit of just its amount."""
        number = next(self.numbers).to_bytes(32, "big")
        standard: dict[str, Any] = {"deposit": number, "value": amount, "offset": 0, "order": number}
        return Voucher(**(standard | others), amount=amount, to=to)

    def mint(self, *vouchers: Voucher, names: Sequence[str] = BANK[:2]) -> None:
        """Mint vouchers signed by two bank signers, an hour before they expire."""
        expiry = self.world.now + HOUR
        digest = self.bank.hashVouchers(vouchers, expiry)
        self.bank.mint(vouchers, expiry, [Signed(name, digest) for name in names], sender="anyone")

    def rich(self) -> Bench:
        """Attest a thousand coins and give a hundred to alice."""
        self.attest(1_000 * COIN)
        self.mint(self.voucher())
        return self

    def request(self, amount: int = 10 * COIN) -> int:
        """Alice asks for a redemption."""
        self.token.approve("bank", amount, sender="alice")
        return self.bank.request(amount, PAYOUT, sender="alice")
