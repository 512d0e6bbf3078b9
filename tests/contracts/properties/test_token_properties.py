"""T1 to T6: what is always true of the token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.abi import Receipt, Reverted, keccak
from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    GUARDIAN,
    HOUR,
    KEY_OF,
    ORDER,
    PAYER,
    PAYOUT,
    RELAYER,
    System,
    sign65,
    split,
)
from tests.contracts.properties.acts import ACTS, PEOPLE, SCENES, STORIES, Act, Stage, attempt, play, populate, stories
from tests.contracts.properties.pair import digests
from tests.contracts.refusals import refuses
from tradecoin.artefacts.plan import Role

pytestmark = pytest.mark.slow
Call = tuple[str, str, tuple[object, ...], str]


@given(story=stories())
@STORIES
def test_t1_the_balances_add_up_to_the_supply(stage: Stage, story: list[Act]) -> None:
    """However coins are made, moved, seized and burned, to oneself too."""
    with stage.fresh() as system:
        populate(system)
        for act in story:
            play(system, act)
            everyone = {*PEOPLE, PAYER, system.bank.address, system.reserves.address, system.token.address}
            assert sum(map(system.balance, everyone)) == system.token.call("totalSupply")


def told(receipt: Receipt | None) -> int:
    """The change of the supply that the bank's events tell."""
    events = [] if receipt is None else receipt.events
    issued = sum(event.members["amount"] for event in events if event.name == "Issued")
    return int(issued - sum(event.members["amount"] for event in events if event.name == "Settled"))


@given(story=stories())
@STORIES
def test_t2_the_supply_changes_only_as_the_issuers_events_tell(stage: Stage, story: list[Act]) -> None:
    """A mint and a settlement change it by their amounts; nobody else does at all."""
    with stage.fresh() as system:
        populate(system)
        for act in (*story, Act("usurp mint", ALICE, BOB, COIN, 0), Act("usurp burn", ALICE, BOB, COIN, 0)):
            before = system.token.call("totalSupply")
            receipt = play(system, act)
            assert system.token.call("totalSupply") - before == told(receipt)


def ways_out(system: System, amount: int) -> list[Call]:
    """Every call that would take coins from alice, with all that she signed and allowed."""
    token, bank, digest = system.token, system.bank, digests(system)
    before, nonce = system.now + 60 * DAY, keccak(b"signed before")
    calls: list[Call] = [
        ("Token", "transfer", (BOB, amount), ALICE),
        ("Token", "transferFrom", (ALICE, BOB, amount), RELAYER),
        ("NarrowBank", "request", (amount, PAYOUT), ALICE),
    ]
    for kind, function, sender in (
        ("TransferWithAuthorization", "transferWithAuthorization", RELAYER),
        ("ReceiveWithAuthorization", "receiveWithAuthorization", BOB),
    ):
        message = (ALICE, BOB, amount, 0, before, nonce)
        signed = sign65(KEY_OF[ALICE], digest("Token", kind, message))
        calls += [("Token", function, (*message, *form), sender) for form in ((signed,), split(signed))]
    permit = (ALICE, bank.address, amount, token.call("nonces", ALICE), before)
    parts = split(sign65(KEY_OF[ALICE], digest("Token", "Permit", permit)))
    calls.append(("NarrowBank", "requestWithPermit", (amount, PAYOUT, before, *parts), ALICE))
    salted = (ALICE, bank.address, amount, 0, before, bank.call("authorizationNonce", PAYOUT, ORDER))
    one = sign65(KEY_OF[ALICE], digest("Token", "ReceiveWithAuthorization", salted))
    calls.append(("NarrowBank", "requestWithAuthorization", (ALICE, amount, PAYOUT, ORDER, 0, before, one), RELAYER))
    return calls


@given(
    coins=st.integers(1, 88),
    paused=st.booleans(),
    frozen=st.integers(0, 88),
    others=st.sets(st.sampled_from((BOB, RELAYER))),
)
@STORIES
def test_t3_nothing_leaves_a_blocked_account(
    stage: Stage, coins: int, paused: bool, frozen: int, others: set[str]
) -> None:
    """By whatever way and in whatever state; only a seizure does."""
    with stage.fresh() as system:
        populate(system)
        calls = ways_out(system, coins * COIN)
        for contract, function, args, sender in calls:
            system.contracts[contract].call(function, *args, sender=sender)
        for account in (ALICE, *sorted(others)):
            system.token.send("setBlocked", account, True, ORDER, sender=COMPLIANCE)
        system.token.send("setFrozenTokens", ALICE, frozen * COIN, ORDER, sender=COMPLIANCE)
        if paused:
            system.token.send("pause", DAY, sender=GUARDIAN)
        for contract, function, args, sender in calls:
            with pytest.raises(Reverted):
                system.contracts[contract].call(function, *args, sender=sender)
        ACTS["seize"](system, Act("seize", ALICE, PAYER, coins * COIN, 0))
        assert system.balance(PAYER) == coins * COIN


USES = ("transfer", "transfer split", "receive", "receive split", "cancel", "cancel split", "redeem")


def use(system: System, way: str) -> Receipt:
    """Use one nonce of alice up, in one of the ways; always the same nonce."""
    nonce, before = system.bank.call("authorizationNonce", PAYOUT, ORDER), system.now + HOUR
    name, _, form = way.partition(" ")
    kinds = {"transfer": "TransferWithAuthorization", "cancel": "CancelAuthorization"}
    kind = kinds.get(name, "ReceiveWithAuthorization")
    to = system.bank.address if name == "redeem" else BOB
    message = (ALICE, nonce) if name == "cancel" else (ALICE, to, COIN, 0, before, nonce)
    signed = sign65(KEY_OF[ALICE], digests(system)("Token", kind, message))
    if name == "redeem":
        args = (ALICE, COIN, PAYOUT, ORDER, 0, before, signed)
        return system.bank.send("requestWithAuthorization", *args, sender=RELAYER)
    parts = split(signed) if form else (signed,)
    return system.token.send(kind[0].lower() + kind[1:], *message, *parts, sender=BOB)


@given(first=st.sampled_from(USES), wait=st.integers(0, 400))
@STORIES
def test_t4_a_used_or_cancelled_authorization_stays_used(stage: Stage, first: str, wait: int) -> None:
    """In any form it was used, no form works again, however long after."""
    with stage.fresh() as system:
        populate(system)
        use(system, first)
        system.evm.advance(wait * DAY)
        for again in USES:
            with refuses("ERC3009UsedAuthorization", ALICE):
                use(system, again)


@given(story=stories("freeze", "freeze", "block", "block", "seize", length=16))
@STORIES
def test_t5_the_count_is_the_number_of_flagged_accounts(stage: Stage, story: list[Act]) -> None:
    """Blocked, frozen, both, freed again, or freed by a seizure."""
    with stage.fresh() as system:
        populate(system)
        for act in (*story, *(Act("free", who, who, 0, 0) for who in PEOPLE)):
            if act.name == "free":
                system.token.send("setFrozenTokens", act.who, 0, ORDER, sender=COMPLIANCE)
            else:
                play(system, act)
            read = system.token.call
            flagged = [who for who in PEOPLE if read("isBlocked", who) or read("getFrozenTokens", who)]
            assert system.token.call("flagged") == len(flagged)


@given(steps=st.lists(st.sampled_from(("announce", "announce other", "cancel", "apply", 1, 9, 19, 21)), max_size=8))
@SCENES
def test_t6_the_issuer_changes_only_after_its_notice(stage: Stage, steps: list[str | int]) -> None:
    """A second announcement starts the notice again; a cancelled one is none."""
    with stage.fresh() as system:
        following, since, issuer = "", 0, system.bank.address
        names = {"announce": system.reserves.address, "announce other": system.manager.address}
        for step in ("announce", *steps, "apply"):
            if isinstance(step, int):
                system.evm.advance(step * DAY)
            elif step == "cancel":
                attempt(lambda: system.token.send("cancelIssuer", sender=GUARDIAN))
                following = ""
            elif step == "apply":
                over = following != "" and system.now >= since + 21 * DAY
                done = attempt(lambda: system.token.send("applyIssuer", sender=BOB))
                assert (done is not None) == over
                issuer, following = (following, "") if done else (issuer, following)
            elif (receipt := announced(system, names[step])) is not None:
                following, since = names[step], receipt.time
            assert system.token.call("issuer") == issuer


def announced(system: System, following: str) -> Receipt | None:
    """Announce an issuer after the governor's delay; None when it may not be one (again)."""
    return attempt(lambda: system.govern(system.token, "announceIssuer", following, role=Role.GOVERNOR))
