"""V1 to V4: what is always true of attestations and claims."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    GUARDIAN,
    HOUR,
    ORDER,
    RELAYER,
    ZERO,
    System,
    address_of,
)
from tests.contracts.properties.acts import SCENES, STORIES, Stage, attempt, populate
from tests.contracts.properties.pair import STRANGERS
from tradecoin.artefacts.plan import Role
from tradecoin.domain.attestation import Claim
from tradecoin.domain.money import Coins
from tradecoin.signing.tree import ClaimTree, account_hash, verify_claim

pytestmark = pytest.mark.slow


@given(
    tries=st.lists(
        st.tuples(
            st.sampled_from((1, HOUR, DAY, 3 * DAY)), st.sampled_from((-DAY, -1, 0, 1, DAY, 3 * DAY)), st.booleans()
        ),
        min_size=2,
        max_size=7,
    )
)
@SCENES
def test_v1_the_cut_strictly_rises(stage: Stage, tries: list[tuple[int, int, bool]]) -> None:
    """Never back, never the same, never of the future, never older than the greatest age."""
    with stage.fresh() as system:
        head = system.attest(COIN).only("Attested")["cut"]
        for wait, step, from_head in tries:
            system.evm.advance(wait)
            now = system.now
            cut = (head if from_head else now) + step
            receipt = attempt(lambda cut=cut: system.attest(COIN, cut=cut))  # type: ignore[misc]
            assert (receipt is not None) == (head < cut <= now and now - cut <= 2 * DAY)
            head = cut if receipt else head
            assert system.reserves.call("head")[3] == head


@given(
    who=st.lists(st.integers(0, 6), max_size=4),
    ordered=st.booleans(),
    m=st.sampled_from((2, 2, 3)),
    changed=st.sampled_from(("", "", "set", "text")),
)
@SCENES
def test_v2_only_m_distinct_members_attest(stage: Stage, who: list[int], ordered: bool, m: int, changed: str) -> None:
    """Whoever else signs, how often, in what order, or for a set that is gone."""
    with stage.fresh() as system:
        if m == 3:
            system.govern(system.reserves, "raiseThreshold", 3)
        keys = [*system.auditor_keys, *STRANGERS, *system.bank_keys[:2]]
        signers = [keys[index] for index in who]
        if ordered:
            signers.sort(key=lambda key: int(address_of(key), 16))
        attestation = system.attestation(COIN)
        signatures = system.audited(attestation._replace(evidence=ZERO) if changed == "text" else attestation, signers)
        if changed == "set":
            revive(system)
        names = [int(address_of(key), 16) for key in signers]
        members = {int(address_of(key), 16) for key in system.auditor_keys}
        good = not changed and len(names) >= m and names == sorted(set(names)) and members >= set(names)
        done = attempt(lambda: system.reserves.send("attest", attestation, signatures, sender=RELAYER))
        assert (done is not None) == good


def revive(system: System) -> None:
    """Take an auditor out of the set and back in: same members, other number."""
    member = address_of(system.auditor_keys[0])
    removed = attempt(lambda: system.reserves.send("removeSigner", member, sender=GUARDIAN))
    if removed is None:
        system.govern(system.reserves, "lowerThreshold", 2)
    else:
        system.govern(system.reserves, "addSigner", member)


claims = st.lists(
    st.builds(
        Claim,
        account=st.integers(0, 10**6).map(lambda number: f"account {number}"),
        salt=st.binary(min_size=32, max_size=32),
        amount=st.integers(1, 2**60).map(Coins),
    ),
    min_size=1,
    max_size=9,
    # Two claims alike would be each other's proof: the node's accounts are those of deposits, which differ.
    unique_by=lambda claim: claim.account,
)
Proof = dict[str, Any]


def changed(proof: Proof, part: str, bit: int) -> Proof:
    """Flip a bit of one part of a proof; or cut, lengthen or reorder its siblings."""
    value, siblings = proof.get(part), proof["siblings"]
    if isinstance(value, bytes) and value:
        place = bit % (len(value) * 8)
        flipped = bytearray(value)
        flipped[place // 8] ^= 1 << place % 8
        return proof | {part: bytes(flipped)}
    if isinstance(value, int):
        return proof | {part: value ^ 1 << bit % (128 if part == "amount" else 256)}
    rows = [siblings[start : start + 48] for start in range(0, len(siblings), 48)]
    others = {"cut": siblings[:-48], "longer": siblings + bytes(48), "order": b"".join(rows[::-1])}
    return proof | {"siblings": others.get(part, siblings)}


@given(
    owed=claims,
    place=st.integers(0, 8),
    part=st.sampled_from(("account", "salt", "amount", "index", "siblings", "siblings", "cut", "longer", "order")),
    bit=st.integers(0, 4096),
)
@SCENES
def test_v3_chain_and_node_agree_on_every_tree(
    stage: Stage, owed: list[Claim], place: int, part: str, bit: int
) -> None:
    """Each claim is proved to both, and any change of its proof is refused by both."""
    tree = ClaimTree.of(owed)
    proofs = [
        {"account": account_hash(claim.account), "salt": claim.salt, "amount": claim.amount.units}
        | {"index": index, "siblings": tree.proof(index)}
        for index, claim in enumerate(owed)
    ]
    with stage.fresh() as system:
        system.attest(COIN, claims=tree.total.units, claimsRoot=tree.root)
        assert all(system.reserves.call("verifyClaim", *proof.values()) for proof in proofs)
        good = proofs[place % len(proofs)]
        bad = changed(good, part, bit)
        amount = Coins(bad["amount"])
        in_python = verify_claim(tree.root, tree.total, **(bad | {"amount": amount}))
        assert system.reserves.call("verifyClaim", *bad.values()) == in_python == (bad == good)


def admin_actions(system: System, coins: int) -> list[tuple[str, str, tuple[Any, ...], Role]]:
    """Everything that a role of the plan can do: contract, function, arguments, role."""
    stranger, order = address_of(STRANGERS[0]), ORDER
    return [
        ("Reserves", "addSigner", (stranger,), Role.GOVERNOR),
        ("Reserves", "raiseThreshold", (3,), Role.GOVERNOR),
        ("Reserves", "lowerThreshold", (2,), Role.GOVERNOR),
        ("Reserves", "removeSigner", (stranger,), Role.GUARDIAN),
        ("NarrowBank", "raiseLimit", (10**20,), Role.GOVERNOR),
        ("NarrowBank", "raiseInstantCap", (10**20,), Role.GOVERNOR),
        ("NarrowBank", "setPayer", (BOB,), Role.GOVERNOR),
        ("NarrowBank", "pauseIssue", (DAY,), Role.GUARDIAN),
        ("NarrowBank", "unpauseIssue", (), Role.GOVERNOR),
        ("NarrowBank", "void", (order,), Role.GUARDIAN),
        ("NarrowBank", "veto", (order,), Role.GUARDIAN),
        ("Token", "setBlocked", (ALICE, True, order), Role.COMPLIANCE),
        ("Token", "setFrozenTokens", (ALICE, coins * COIN, order), Role.COMPLIANCE),
        ("Token", "forcedTransfer", (ALICE, RELAYER, coins * COIN, order), Role.SEIZER),
        ("Token", "pause", (DAY,), Role.GUARDIAN),
        ("Token", "unpause", (), Role.GOVERNOR),
        ("Token", "announceIssuer", (system.reserves.address,), Role.GOVERNOR),
        ("Token", "cancelIssuer", (), Role.GUARDIAN),
    ]


@given(short=st.integers(1, 90), coins=st.integers(1, 88), picks=st.permutations(range(18)), apply=st.booleans())
@STORIES
def test_v4_no_administrators_action_makes_it_covered(
    stage: Stage, short: int, coins: int, picks: list[int], apply: bool
) -> None:
    """Whatever the roles do, in any order; only auditors can."""
    with stage.fresh() as system:
        populate(system)
        system.attest(200 * COIN - short * COIN)
        actions = admin_actions(system, coins)
        for pick in picks[:8]:
            contract, function, args, role = actions[pick]
            administer(system, contract, function, args, role)
            assert not system.reserves.call("covered"), function
        if apply:
            system.evm.advance(21 * DAY)
            attempt(lambda: system.token.send("applyIssuer", sender=BOB))
        assert not system.reserves.call("covered")


def administer(system: System, contract: str, function: str, args: tuple[Any, ...], role: Role) -> None:
    """Let a role use its power, after its delay; refused or not."""
    target = system.contracts[contract]
    if role in (Role.GOVERNOR, Role.SEIZER):
        attempt(lambda: system.govern(target, function, *args, role=role))
    else:
        sender = GUARDIAN if role is Role.GUARDIAN else COMPLIANCE
        attempt(lambda: target.send(function, *args, sender=sender))
