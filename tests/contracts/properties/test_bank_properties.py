"""N1, N2, N4, N7, N8: what is always true of minting."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.contracts.abi import Reverted, keccak
from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    GUARDIAN,
    HOUR,
    NOBODY,
    ORDER,
    PAYER,
    PAYOUT,
    RELAYER,
    System,
    Voucher,
)
from tests.contracts.properties.acts import STORIES, Stage, attempt, populate
from tests.contracts.refusals import refuses

pytestmark = pytest.mark.slow


def mint(system: System, *vouchers: Voucher) -> bool:
    """Bring signed vouchers on the report that there is; say whether they were minted."""
    batch = system.batch(*vouchers)
    return attempt(lambda: system.bank.send("mint", *batch, sender=RELAYER)) is not None


@given(
    rounds=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 100), st.sampled_from((0, HOUR, DAY, 2 * DAY, 2 * DAY + 1))),
        min_size=2,
        max_size=6,
    ),
    coins=st.lists(st.integers(1, 150), min_size=6, max_size=6),
)
@STORIES
def test_n1_after_every_mint_a_fresh_report_covers_the_coins(
    stage: Stage, rounds: list[tuple[int, int, int]], coins: list[int]
) -> None:
    """And what a fresh report covers can be minted."""
    with stage.fresh() as system:
        for (reserves, encumbered, age), amount in zip(rounds, coins, strict=False):
            cut = system.attest(reserves * COIN, encumbered=encumbered * COIN).only("Attested")["cut"]
            system.evm.advance(max(cut + age - system.now, 0))
            burden, backing = system.reserves.call("coverage")
            fits = burden + amount * COIN <= backing and system.now <= cut + 2 * DAY
            assert mint(system, system.voucher(amount * COIN)) == fits
            if fits:
                burden, backing = system.reserves.call("coverage")
                assert burden <= backing == max(reserves - encumbered, 0) * COIN


@given(
    value=st.integers(2, 100),
    percents=st.lists(
        st.tuples(st.sampled_from((0, 20, 50, 60, 60, 100, 101)), st.sampled_from((0, 0, 0, 0, -1, 1))),
        min_size=2,
        max_size=6,
    ),
    void_at=st.sampled_from((9, 9, 9, 1, 2)),
)
@STORIES
def test_n2_a_deposit_is_never_overdrawn(
    stage: Stage, value: int, percents: list[tuple[int, int]], void_at: int
) -> None:
    """However it is split, in one batch or in several; when it is void, nothing more."""
    with stage.fresh() as system:
        populate(system)
        spent, key = 0, keccak(b"one deposit")
        for number, (percent, shift) in enumerate(percents):
            amount = value * percent // 100 + (percent > 100)
            if number == void_at:
                system.bank.send("void", key, sender=GUARDIAN)
            voucher = Voucher(key, value * COIN, max(spent + shift, 0) * COIN, amount * COIN, ALICE, ORDER)
            right = number < void_at and amount and voucher.offset == spent * COIN and spent + amount <= value
            assert mint(system, voucher) == bool(right)
            void_at = min(void_at, number) if number == void_at else void_at
            spent += amount if right else 0
            found = system.bank.call("spent", key)
            assert found == (2**128 - 1 if void_at <= number else spent * COIN)
            assert found <= value * COIN or void_at <= number


@given(
    amount=st.integers(1, 20),
    report=st.sampled_from(("stale", "short", "both")),
    missing=st.integers(1, 300),
    blocked=st.booleans(),
)
@STORIES
def test_n4_without_a_good_report_only_minting_stops(
    stage: Stage, amount: int, report: str, missing: int, blocked: bool
) -> None:
    """Stale, short or both: no mint, and every way out is open."""
    with stage.fresh() as system:
        populate(system)
        if report != "stale":
            system.attest(max(200 - missing, 0) * COIN)
        if report != "short":
            system.evm.advance(2 * DAY + 1)
        if blocked:
            system.token.send("setBlocked", BOB, True, ORDER, sender=COMPLIANCE)
        leave(system, amount * COIN, report)


def leave(system: System, amount: int, report: str) -> None:
    """Nothing is minted; request, cancel, accept, settle, give back, protest and reclaim all work."""
    bank = system.bank.send
    assert not mint(system, system.voucher(1))
    assert not mint(system, system.voucher(amount), system.voucher())
    for _ in range(5):
        bank("request", amount if amount <= 17 * COIN else COIN, PAYOUT, sender=ALICE)
    bank("cancel", 4, sender=ALICE)
    assert system.bank.call("accept", [5, 6], sender=PAYER) == 2
    bank("accept", [5, 6], sender=PAYER)
    bank("settle", [5], [ORDER], sender=PAYER)
    bank("giveBack", [6], [1], sender=PAYER)
    system.evm.advance(2 * DAY + 1)
    bank("protest", 7, sender=BOB)
    system.evm.advance(DAY)
    bank("reclaim", 7, sender=ALICE)
    assert [system.request_of(number).status for number in (4, 5, 6, 7, 8)] == [5, 3, 4, 6, 1]
    assert not mint(system, system.voucher(1))
    assert report == "stale" or not system.reserves.call("covered")


def test_n4_before_the_first_report_nothing_is_minted(system: System) -> None:
    """A missing report is not a good one."""
    for amount in (1, COIN):
        with refuses("StaleReport"):
            system.bank.send("mint", *system.batch(system.voucher(amount)), sender=RELAYER)


@given(
    steps=st.lists(
        st.tuples(st.sampled_from(("mint", "mint", "rest", "too much", "lower", "raise")), st.integers(1, 120)),
        min_size=3,
        max_size=9,
    ),
    waits=st.lists(st.sampled_from((0, 600, HOUR, 6 * HOUR, DAY)), min_size=9, max_size=9),
)
@STORIES
def test_n7_a_window_mints_at_most_capacity_and_refill(
    stage: Stage, steps: list[tuple[str, int]], waits: list[int]
) -> None:
    """In every window between two mints, also when the limit changes within it."""
    with stage.fresh() as system:
        system.bank.send("lowerLimit", 100 * COIN, sender=GUARDIAN)
        minted: list[tuple[int, int]] = []
        highest = 100 * COIN
        for (step, coins), wait in zip(steps, waits, strict=False):
            system.evm.advance(wait)
            renew(system)
            amount = limited(system, step, coins * COIN)
            highest = max(highest, system.bank.call("limit")[1])
            if amount:
                minted.append((system.now - 1, amount))
            for place, (begin, _) in enumerate(minted):
                total = sum(amount for _, amount in minted[place:])
                assert total <= highest + (minted[-1][0] - begin) * highest // DAY + 1


def renew(system: System) -> None:
    """A report that covers everything."""
    system.attest(10**9 * COIN)


def limited(system: System, step: str, amount: int) -> int:
    """Change the limit, or mint: so much, exactly the rest, or one more than the rest; returns what was minted."""
    if step in ("lower", "raise"):
        if step == "lower":
            attempt(lambda: system.bank.send("lowerLimit", amount, sender=GUARDIAN))
        else:
            attempt(lambda: system.govern(system.bank, "raiseLimit", amount))
        return 0
    available = system.bank.call("limit")[0]
    wanted = {"mint": amount, "rest": available, "too much": available + 1}[step]
    assume(wanted > 0)
    assert mint(system, system.voucher(wanted)) == (wanted <= available)
    return wanted if wanted <= available else 0


BAD: dict[str, dict[str, Any]] = {
    "to nobody": {"to": NOBODY},
    "to a blocked holder": {"to": BOB},
    "nothing": {"amount": 0},
    "offset": {"offset": 1},
    "value": {"value": 1},
}


@given(
    coins=st.lists(st.integers(1, 50), min_size=1, max_size=4),
    place=st.integers(0, 4),
    bad=st.sampled_from((*BAD, "too many", "short", "", "")),
)
@STORIES
def test_n8_a_batch_mints_all_or_none(stage: Stage, coins: list[int], place: int, bad: str) -> None:
    """One bad voucher, wherever it stands, leaves every deposit unspent and every balance as it was."""
    with stage.fresh() as system:
        populate(system)
        system.token.send("setBlocked", BOB, True, ORDER, sender=COMPLIANCE)
        vouchers = [system.voucher(amount * COIN, to=(ALICE, RELAYER)[amount % 2]) for amount in coins]
        if bad in BAD:
            vouchers.insert(place % (len(vouchers) + 1), system.voucher()._replace(**BAD[bad]))
        elif bad:
            vouchers.append(system.voucher(10**9 * COIN if bad == "too many" else 2 * 10**6 * COIN))
        before = [*map(system.balance, (ALICE, BOB, RELAYER)), system.token.call("totalSupply")]
        batch = system.batch(*vouchers)
        if bad:
            with pytest.raises(Reverted):
                system.bank.send("mint", *batch, sender=RELAYER)
            after = [*map(system.balance, (ALICE, BOB, RELAYER)), system.token.call("totalSupply")]
            assert after == before
        else:
            receipt = system.bank.send("mint", *batch, sender=RELAYER)
            issued = [event.members["amount"] for event in receipt.events if event.name == "Issued"]
            assert issued == [voucher.amount for voucher in vouchers]
        spent = [system.bank.call("spent", voucher.deposit) for voucher in vouchers]
        assert spent == [0 if bad else voucher.amount for voucher in vouchers]
