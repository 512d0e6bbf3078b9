"""The seven states of the table, each reached on the real contracts."""

from __future__ import annotations

from tests.contracts.kit import ALICE, BOB, COIN, DAY, GUARDIAN, HOUR, PAYER, PAYOUT, RELAYER, System
from tests.contracts.table.calls import Scene, schedule

STATES = ("normal", "issue paused", "token paused", "stale", "short", "overdue", "wound down")
LONG = ("stale", "short", "wound down")


def prepare(system: System, state: str) -> Scene:
    """Lead a system that was just deployed to a state.

    In each of them alice and bob hold coins, request 1 (of bob) is past its time, 2 is open and 3 accepted (of alice),
    another issuer was announced 21 days ago, and every use of a delayed power in the table was scheduled two days ago.
    """
    system.mint(system.voucher(500 * COIN), system.voucher(500 * COIN, to=BOB))
    system.govern(system.token, "announceIssuer", system.reserves.address)
    system.evm.advance(21 * DAY)
    system.attest(1_000 * COIN)
    system.evm.advance(30 * DAY if state in LONG else HOUR)
    scene = Scene(system, (999 if state == "short" else 10**6) * COIN)
    ask(system)
    enter(scene, state)
    return scene


def ask(system: System) -> None:
    """Holders allow what is needed and request; two days pass after the first request; the payer accepts the last."""
    for holder, spender, amount in ((ALICE, system.bank.address, 10**12), (BOB, system.bank.address, 10**12)):
        system.token.send("approve", spender, amount, sender=holder)
    system.token.send("approve", BOB, COIN, sender=ALICE)
    schedule(system)
    system.bank.send("request", 2 * COIN, PAYOUT, sender=BOB)
    system.evm.advance(2 * DAY + 1)
    for _ in range(2):
        system.bank.send("request", COIN, PAYOUT, sender=ALICE)
    system.bank.send("accept", [3], sender=PAYER)


def enter(scene: Scene, state: str) -> None:
    """Take the last step into a state."""
    system = scene.system
    if state == "overdue":
        system.evm.advance(2 * DAY + 1)
        system.bank.send("protest", 2, sender=RELAYER)
        system.evm.advance(DAY)
    if state == "wound down":
        system.bank.send("windDown", sender=RELAYER)
    if state != "stale":
        system.attest(scene.reserves)
    if state == "issue paused":
        system.bank.send("pauseIssue", DAY, sender=GUARDIAN)
    if state == "token paused":
        system.token.send("pause", DAY, sender=GUARDIAN)
