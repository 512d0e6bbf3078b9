"""The bank's account and the issuer's books beside the chain, kept by hand from what the bank and the contracts say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.contracts.abi import keccak
from tests.contracts.kit import ALICE, BOB, ORDER, PAYER, PAYOUT, RELAYER, System, Voucher
from tests.contracts.properties.acts import OPEN, attempt

HOLDERS = (ALICE, BOB)


@dataclass
class Books:
    """What is not on the chain, in the token's smallest unit; `owed` are payouts that came back after their burn."""

    system: System
    reserve: int = 0
    equity: int = 0
    unminted: dict[bytes, int] = field(default_factory=dict)
    owed: dict[bytes, int] = field(default_factory=dict)
    booked: dict[int, int] = field(default_factory=dict)
    returned: list[int] = field(default_factory=list)

    # ------------------------------------------------------------------------------------------- what the bank books

    def credit(self, amount: int) -> None:
        """A deposit arrives."""
        self.reserve += amount
        self.unminted[keccak(f"credit {len(self.unminted)}".encode())] = amount

    def own(self, amount: int) -> None:
        """Capital or interest comes; below zero, a charge is taken."""
        self.reserve += amount
        self.equity += amount

    def pay(self, number: int) -> None:
        """The bank books the payout of an accepted request."""
        request = self.system.request_of(number)
        if request.status == 2 and number not in self.booked:
            self.reserve -= request.pays
            self.booked[number] = request.pays

    def bounce(self, number: int) -> None:
        """A booked payout comes back: before its burn the coins are given back, afterwards the money is owed."""
        if number not in self.booked or number in self.returned:
            return
        self.reserve += self.booked[number]
        self.returned.append(number)
        if self.system.request_of(number).status == 3:
            self.owed[keccak(f"return {number}".encode())] = self.booked[number]
        else:
            self.booked.pop(number)
            self.returned.remove(number)
            self.system.bank.send("giveBack", [number], [2], sender=PAYER)

    # ----------------------------------------------------------------------------------------------- what the node does

    def mint(self, place: int, parts: int) -> None:
        """Mint a deposit, or a part of it; or what came back, when there is nothing else."""
        waiting = self.unminted if any(self.unminted.values()) else self.owed
        keys = [key for key, left in waiting.items() if left]
        if not keys:
            return
        key = keys[place % len(keys)]
        # Money that is owed in cash backs nothing until it is chosen for reissue.
        chosen = key if waiting is self.owed else b""
        self.attest(chosen)
        spent, amount = int(self.system.bank.call("spent", key)), max(waiting[key] // parts, 1)
        voucher = Voucher(key, spent + waiting[key], spent, amount, HOLDERS[place % 2], ORDER)
        batch = self.system.batch(voucher)
        receipt = attempt(lambda: self.system.bank.send("mint", *batch, sender=RELAYER))
        # Refused where the operator's losses have eaten the deposit.
        assert (receipt is not None) == (amount <= self.claims() + self.equity + self.owed.get(chosen, 0))
        if receipt is not None:
            waiting[key] -= receipt.only("Issued")["amount"]

    def request(self, who: int, amount: int) -> None:
        """A holder asks and, every other time, is accepted."""
        holder = HOLDERS[who % 2]
        if self.system.balance(holder) >= amount:
            self.system.bank.send("request", amount, PAYOUT, sender=holder)
            if who % 3:
                self.system.bank.send("accept", [self.system.bank.call("requestCount")], sender=PAYER)

    def settle(self) -> None:
        """Burn all that the bank has paid."""
        numbers = [number for number in self.booked if self.system.request_of(number).status == 2]
        self.system.bank.send("settle", numbers, [ORDER] * len(numbers), sender=PAYER)

    def attest(self, chosen: bytes = b"") -> bool:
        """Let the auditors say what is true; returns whether the coins are covered."""
        encumbered = sum(left for key, left in self.owed.items() if key != chosen)
        claims = self.claims() + self.owed.get(chosen, 0)
        figures: dict[str, Any] = {"encumbered": encumbered, "settling": self.settling(), "claims": claims}
        self.system.evm.advance(1)
        self.system.attest(max(self.reserve, 0), **figures, claimsRoot=ORDER if claims else bytes(32))
        return bool(self.system.reserves.call("covered"))

    # ----------------------------------------------------------------------------------------------- what is true

    def claims(self) -> int:
        """Deposits that are booked and not minted."""
        return sum(self.unminted.values())

    def is_covered(self) -> bool:
        """Whether what is neither coins nor owed (deposits unminted, equity) is no loss, or nothing is to cover."""
        return self.claims() + self.equity >= 0 or self.settling() == self.system.token.call("totalSupply")

    def settling(self) -> int:
        """Escrow on the chain whose payout the bank has booked."""
        return sum(r.amount for r in map(self.system.request_of, self.booked) if r.status == 2)

    def seen_from_both_sides(self) -> tuple[int, int]:
        """The reserve as it follows from supply and escrow, and as it follows from the ledger's accounts.

        Supply - escrow paid and not burned + claims + owed + equity; and deposits unminted + coins outstanding +
        redemptions payable + equity.
        """
        count = int(self.system.bank.call("requestCount"))
        requests = {number: self.system.request_of(number) for number in range(1, count + 1)}
        rest = self.claims() + sum(self.owed.values()) + self.equity
        settling = sum(requests[number].amount for number in self.booked if requests[number].status == 2)
        payable = sum(r.amount for n, r in requests.items() if r.status in OPEN and n not in self.booked)
        outstanding = sum(map(self.system.balance, HOLDERS))
        return int(self.system.token.call("totalSupply")) - settling + rest, outstanding + payable + rest
