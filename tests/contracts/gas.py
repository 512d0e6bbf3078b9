"""The gas table: what each call costs, all in, by the receipt, on the embedded chain.

Measured in a system in use: balances, supply, an attestation and a burn exist already, and every attestation brings a
new claims root. Accounts are told apart by whether they hold coins ("a holder") or never did ("new").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.contracts.abi import keccak
from tests.contracts.kit import (
    ALICE,
    BOB,
    CHAIN_ID,
    COIN,
    DAY,
    HOUR,
    KEY_OF,
    PAYER,
    PAYOUT,
    RELAYER,
    System,
    deploy,
    sign65,
    split,
)
from tests.contracts.sumtree import SumTree
from tradecoin_devnet.evm.accounts import checksummed

Figures = dict[str, int]


@dataclass(frozen=True)
class Bar:
    """What a figure must not exceed, and what it should reach."""

    gate: int
    stretch: int


TABLE = {
    "transfer, to a holder": Bar(39_900, 36_300),
    "transfer, to a new holder": Bar(57_000, 53_400),
    "transferWithAuthorization": Bar(69_500, 65_500),
    "permit, later": Bar(41_000, 39_700),
    "attestAndMint, batch of 100, each, to holders": Bar(40_000, 36_500),
    "attestAndMint, batch of 100, each, to new holders": Bar(57_000, 53_500),
    "attestAndMint, one voucher, 3 of 5": Bar(190_000, 165_000),
    "attest, m = 3": Bar(66_000, 55_000),
    "attest, m = 5": Bar(79_000, 64_000),
    "attest, m = 7": Bar(92_000, 73_000),
    "attest, each further signer": Bar(7_000, 4_800),
    "request": Bar(120_000, 95_000),
    "settle, batch of 20, each": Bar(45_000, 30_000),
    "verifyClaim, depth 20": Bar(60_000, 58_010),
    "deploy Token": Bar(2_900_000, 1_600_000),
    "deploy NarrowBank and Reserves": Bar(5_000_000, 3_600_000),
}


def measure() -> Figures:
    """Measure every row of the table."""
    system = in_use(3)
    parts: Sequence[Callable[[System], Figures]] = (deployments, transfers, signed, batches, redemptions, claims)
    figures: Figures = {}
    for part in parts:
        figures |= part(system)
    attests = {m: attestation(in_use(m) if m != 3 else system) for m in (3, 5, 7)}
    figures |= {f"attest, m = {m}": gas for m, gas in attests.items()}
    figures["attest, each further signer"] = (attests[7] - attests[3]) // 4
    return {name: figures[name] for name in TABLE}


def in_use(m: int) -> System:
    """A system with m of m + 2 signers on both sides, some coins, an attestation with claims, and a burn before it."""
    system = deploy(m + 2, m + 2, m, m)
    system.mint(amount=10_000 * COIN, to=ALICE)
    system.mint(amount=100 * COIN, to=BOB)
    number = system.accepted()
    system.bank.send("settle", [number], [keccak(b"paid")], sender=PAYER)
    system.evm.advance(HOUR)
    attestation(system)
    system.evm.advance(HOUR)
    return system


def attestation(system: System) -> int:
    """Publish an attestation with a new claims root; returns its gas."""
    number = next(system.numbers)
    root = keccak(f"root {number}".encode())
    return system.attest(1_000_000 * COIN, claims=5_000 * COIN + number, claimsRoot=root).gas


def deployments(system: System) -> Figures:
    """What creating the contracts cost; 3 of 5 signers on both sides."""
    gas = {name: receipt.gas for name, receipt in system.receipts.items()}
    return {
        "deploy Token": gas["Token"],
        "deploy NarrowBank and Reserves": gas["NarrowBank"] + gas["Reserves"],
    }


def transfers(system: System) -> Figures:
    """Plain transfers, with nothing paused and nobody flagged."""
    return {
        "transfer, to a holder": system.token.send("transfer", BOB, COIN, sender=ALICE).gas,
        "transfer, to a new holder": system.token.send("transfer", someone(1), COIN, sender=ALICE).gas,
    }


def signed(system: System) -> Figures:
    """A holder's signatures: ERC-3009 by a relayer, and a permit after the first."""
    key = KEY_OF[ALICE]
    values = (ALICE, BOB, COIN, system.now - 1, system.now + HOUR, keccak(b"a random nonce"))
    pieces = split(sign65(key, system.authorization_digest("TransferWithAuthorization", *values)))
    figures = {
        "transferWithAuthorization": system.token.send(
            "transferWithAuthorization", *values, *pieces, sender=RELAYER
        ).gas
    }
    for nonce in range(2):
        permitted = (ALICE, BOB, (nonce + 1) * COIN)
        deadline = system.now + DAY
        pieces = split(sign65(key, system.permit_digest(*permitted, nonce, deadline)))
        figures["permit, later"] = system.token.send("permit", *permitted, deadline, *pieces, sender=RELAYER).gas
    return figures


def batches(system: System) -> Figures:
    """Vouchers and attestation in one transaction."""
    holders = [someone(1_000 + place) for place in range(100)]
    new, old = (attest_and_mint(system, holders) for _ in range(2))
    return {
        "attestAndMint, batch of 100, each, to holders": old // 100,
        "attestAndMint, batch of 100, each, to new holders": new // 100,
        "attestAndMint, one voucher, 3 of 5": attest_and_mint(system, [someone(2)]),
    }


def attest_and_mint(system: System, holders: Sequence[str]) -> int:
    """Mint 100 coins to each holder; returns the whole gas."""
    system.evm.advance(HOUR)
    number = next(system.numbers)
    attested = system.attestation(1_000_000 * COIN, claims=7 * COIN, claimsRoot=keccak(f"{number}".encode()))
    vouchers = system.batch(*(system.voucher(to=holder) for holder in holders))
    return system.bank.send("attestAndMint", attested, system.audited(attested), *vouchers, sender=RELAYER).gas


def redemptions(system: System) -> Figures:
    """A request by allowance, and the burn of twenty."""
    system.token.send("approve", system.bank.address, 1_000 * COIN, sender=ALICE)
    system.bank.send("request", 10 * COIN, PAYOUT, sender=ALICE)
    gas = [system.bank.send("request", 10 * COIN, PAYOUT, sender=ALICE).gas for _ in range(20)]
    last = system.bank.call("requestCount")
    numbers = list(range(last - 19, last + 1))
    system.bank.send("accept", numbers, sender=PAYER)
    references = [keccak(f"paid {number}".encode()) for number in numbers]
    settled = system.bank.send("settle", numbers, references, sender=PAYER).gas
    return {"request": gas[-1], "settle, batch of 20, each": settled // 20}


def claims(system: System) -> Figures:
    """A proof of a claim in a tree of a million, as a transaction."""
    tree = SumTree.sparse(depth=20, account=keccak(b"account"), salt=keccak(b"salt"), amount=250 * COIN, index=654_321)
    system.evm.advance(HOUR)
    system.attest(1_000_000 * COIN, claims=tree.total, claimsRoot=tree.root)
    proof = (tree.account, tree.salt, tree.amount, tree.index, tree.siblings)
    if not system.reserves.call("verifyClaim", *proof):
        raise AssertionError("the proof that is measured must be a good one")
    return {"verifyClaim, depth 20": system.reserves.send("verifyClaim", *proof, sender=RELAYER).gas}


def someone(number: int) -> str:
    """An address of nobody in particular."""
    return checksummed(keccak(f"someone {number} on {CHAIN_ID}".encode())[12:])
