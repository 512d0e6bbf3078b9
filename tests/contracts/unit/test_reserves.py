"""Attestations: which are accepted, what they say about coverage, and the claims they fix."""

from typing import Any

import pytest

from tests.contracts.abi import Contract, keccak
from tests.contracts.kit import (
    ALICE,
    COIN,
    DAY,
    DEPLOYER,
    HOUR,
    PAYER,
    RELAYER,
    ZERO,
    System,
    address_of,
)
from tests.contracts.refusals import refuses
from tests.contracts.sumtree import SumTree, leaf_hash, node_hash

TREE = SumTree.sparse(depth=5, account=keccak(b"account"), salt=keccak(b"salt"), amount=25 * COIN, index=19)


def test_an_attestation_that_skips_one_is_refused(system: System) -> None:
    """Each names its predecessor: no gap, no replay."""
    with refuses("WrongPredecessor", keccak(b"another"), ZERO):
        system.attest(COIN, prev=keccak(b"another"))
    first = system.attestation(COIN)
    system.reserves.send("attest", first, system.audited(first), sender=RELAYER)
    with refuses("WrongPredecessor", ZERO):
        system.reserves.send("attest", first, system.audited(first), sender=RELAYER)


def test_a_cut_that_does_not_rise_is_refused(system: System) -> None:
    """V1 in one example."""
    cut = system.now
    system.attest(COIN, cut=cut)
    with refuses("CutNotNewer", cut, cut):
        system.attest(COIN, cut=cut)


def test_a_cut_in_the_future_is_refused(system: System) -> None:
    """A statement that has not closed cannot be audited."""
    with refuses("CutInFuture", system.now + 1):
        system.attest(COIN, cut=system.now + 1)


def test_a_cut_older_than_the_greatest_age_is_refused(system: System) -> None:
    """Two days, to the second."""
    system.evm.advance(3 * DAY)
    with refuses("CutTooOld"):
        system.attest(COIN, cut=system.now - 2 * DAY - 1)
    system.attest(COIN, cut=system.now - 2 * DAY)


def test_an_attestation_of_another_set_is_refused(system: System) -> None:
    """The node collects again when the set changes under way."""
    with refuses("WrongSet", 2, 1):
        system.attest(COIN, set=2)


def test_bank_signers_cannot_attest(system: System) -> None:
    """Coverage is signed by the other side."""
    attestation = system.attestation(COIN)
    with refuses("UnexpectedSigner"):
        system.reserves.send("attest", attestation, system.audited(attestation, system.bank_keys[:2]), sender=RELAYER)


@pytest.mark.parametrize("member", ["reserves", "encumbered", "settling", "claims", "claimsRoot", "cut", "evidence"])
def test_a_changed_member_breaks_the_signatures(system: System, member: str) -> None:
    """Every word of the statement is signed."""
    system.evm.advance(HOUR)
    signed = system.attestation(9 * COIN, claims=5, claimsRoot=keccak(b"root"), cut=system.now - 60)
    value: Any = keccak(b"other") if member in ("evidence", "claimsRoot") else getattr(signed, member) + 1
    changed = signed._replace(**{member: value})
    with refuses("UnexpectedSigner"):
        system.reserves.send("attest", changed, system.audited(signed), sender=RELAYER)


def test_more_settling_than_coins_is_refused(system: System) -> None:
    """It would make a burden below zero."""
    with refuses("SettlingExceedsSupply", COIN, 0):
        system.attest(COIN, settling=COIN)


@pytest.mark.parametrize(("claims", "root"), [(1, ZERO), (0, keccak(b"root"))])
def test_claims_and_root_come_together(system: System, claims: int, root: bytes) -> None:
    """An empty tree has no root."""
    with refuses("ClaimsWithoutRoot", claims, root):
        system.attest(COIN, claims=claims, claimsRoot=root)


@pytest.mark.parametrize("age", [HOUR - 1, 7 * DAY + 1])
def test_the_greatest_age_is_bounded_in_code(system: System, age: int) -> None:
    """There is no off switch."""
    auditors = [address_of(key) for key in system.auditor_keys]
    args = (system.manager.address, system.token.address, age, auditors, 2)
    with refuses("BadMaxAge", age):
        Contract.deploy(system.evm, "Reserves", args, DEPLOYER)


def test_before_the_first_attestation_nothing_is_covered_or_fresh(system: System) -> None:
    """Not even zero coins."""
    assert not system.reserves.call("covered")
    assert not system.reserves.call("fresh")
    with refuses("NoAttestation"):
        system.reserves.call("latestRoundData")


def test_a_short_attestation_is_accepted_and_halts(system: System) -> None:
    """True figures that halt are the point."""
    system.mint(amount=100 * COIN)
    system.attest(100 * COIN - 1)
    assert not system.reserves.call("covered")
    assert system.reserves.call("coverage") == (100 * COIN, 100 * COIN - 1)


def test_what_is_encumbered_backs_nothing(system: System) -> None:
    """Backing is reserves less encumbered, and never below zero."""
    system.attest(100 * COIN, encumbered=30 * COIN)
    assert system.reserves.call("coverage") == (0, 70 * COIN)
    system.attest(10 * COIN, encumbered=30 * COIN)
    assert system.reserves.call("coverage") == (0, 0)


def test_a_payout_booked_and_not_yet_burned_is_no_shortfall(system: System) -> None:
    """The example of the design: 100, a payout of 10 booked, the cut says 90 and settling 10; 90 before and after."""
    system.mint(amount=100 * COIN)
    number = system.accepted(10 * COIN)
    system.evm.advance(HOUR)
    system.attest(90 * COIN, settling=10 * COIN)
    assert system.reserves.call("coverage") == (90 * COIN, 90 * COIN)
    system.bank.send("settle", [number], [keccak(b"paid")], sender=PAYER)
    assert system.reserves.call("coverage") == (90 * COIN, 90 * COIN)


def test_burns_count_from_the_cut_on(system: System) -> None:
    """A burn in the second of the cut came after the block that the statement speaks of."""
    system.mint(amount=100 * COIN)
    first, second = system.accepted(10 * COIN), system.accepted(20 * COIN)
    burned_at = system.bank.send("settle", [first], [ZERO], sender=PAYER).time
    system.evm.advance(HOUR)
    later = system.bank.send("settle", [second], [ZERO], sender=PAYER).time
    read = system.token.call
    assert [read("burnedBefore", t) for t in (0, burned_at, burned_at + 1, later, later + 1)] == [
        0,
        0,
        10 * COIN,
        10 * COIN,
        30 * COIN,
    ]
    assert read("supplyAndBurnedSince", burned_at) == (70 * COIN, 30 * COIN)
    assert read("supplyAndBurnedSince", later) == (70 * COIN, 20 * COIN)
    assert read("supplyAndBurnedSince", later + 1) == (70 * COIN, 0)


def test_fresh_ends_with_the_greatest_age(system: System) -> None:
    """To the second."""
    cut = system.now
    system.attest(COIN, cut=cut)
    system.evm.advance(2 * DAY - (system.now - cut))
    assert system.reserves.call("fresh")
    system.evm.advance(1)
    assert not system.reserves.call("fresh")


def test_an_accepted_attestation_is_told_in_full(system: System) -> None:
    """Indexers and the public read it from the event."""
    attestation = system.attestation(50 * COIN, encumbered=COIN, claims=TREE.total, claimsRoot=TREE.root)
    receipt = system.reserves.send("attest", attestation, system.audited(attestation), sender=RELAYER)
    event = receipt.only("Attested")
    digest = system.attestation_digest(attestation)
    assert {name: event[name] for name in attestation._fields if name != "set"} == {
        name: value for name, value in attestation._asdict().items() if name != "set"
    }
    assert event["digest"] == digest == system.reserves.call("hashAttestation", attestation)
    assert system.reserves.call("head") == (digest, 49 * COIN, 0, attestation.cut, receipt.time)


def test_the_answer_for_oracle_readers_is_the_backing(system: System) -> None:
    """In the shape of AggregatorV3; round and times are the cut."""
    attestation = system.attestation(50 * COIN, encumbered=COIN)
    system.reserves.send("attest", attestation, system.audited(attestation), sender=RELAYER)
    cut = attestation.cut
    assert system.reserves.call("latestRoundData") == (cut, 49 * COIN, cut, cut, cut)
    assert system.reserves.call("decimals") == 6
    assert system.reserves.call("description") == "NRW backing: reserves less encumbered"


def test_coins_minted_after_the_cut_are_a_burden_at_once(system: System) -> None:
    """The supply is read live, not from the statement."""
    system.mint(amount=60 * COIN, to=ALICE)
    assert system.reserves.call("coverage")[0] == 60 * COIN


def test_a_claim_is_proved_from_leaf_to_root(system: System) -> None:
    """A depositor checks alone that the deposit is in the books."""
    system.attest(COIN, claims=TREE.total, claimsRoot=TREE.root)
    proof = (TREE.account, TREE.salt, TREE.amount, TREE.index, TREE.siblings)
    assert system.reserves.call("verifyClaim", *proof)


def test_a_single_claim_is_its_own_tree(system: System) -> None:
    """Depth zero: no siblings, index zero."""
    alone = SumTree(TREE.account, TREE.salt, TREE.amount, 0, ())
    system.attest(COIN, claims=alone.total, claimsRoot=alone.root)
    assert system.reserves.call("verifyClaim", alone.account, alone.salt, alone.amount, 0, b"")
    assert not system.reserves.call("verifyClaim", alone.account, alone.salt, alone.amount, 1, b"")


@pytest.mark.parametrize("change", ["account", "salt", "amount", "index", "high index", "sum", "hash", "order", "cut"])
def test_a_changed_proof_is_refused(system: System, change: str) -> None:
    """Leaf, sum, index, sibling and order all count."""
    system.attest(COIN, claims=TREE.total, claimsRoot=TREE.root)
    account, salt, amount, index, siblings = TREE.account, TREE.salt, TREE.amount, TREE.index, TREE.siblings
    changed = {
        "account": (keccak(b"x"), salt, amount, index, siblings),
        "salt": (account, keccak(b"x"), amount, index, siblings),
        "amount": (account, salt, amount + 1, index, siblings),
        "index": (account, salt, amount, index ^ 1, siblings),
        "high index": (account, salt, amount, index | 32, siblings),
        "sum": (account, salt, amount, index, siblings[:47] + bytes([siblings[47] ^ 1]) + siblings[48:]),
        "hash": (account, salt, amount, index, b"\0" + siblings[1:]),
        "order": (account, salt, amount, index, siblings[48:96] + siblings[:48] + siblings[96:]),
        "cut": (account, salt, amount, index, siblings[:-1]),
    }[change]
    assert not system.reserves.call("verifyClaim", *changed)


def test_a_sum_beyond_128_bits_is_refused(system: System) -> None:
    """Not even when the auditors signed the sum that is left after wrapping round."""
    sibling = (keccak(b"sibling"), 2**128 - 1)
    root = node_hash((leaf_hash(TREE.account, TREE.salt, TREE.amount), TREE.amount), sibling)
    system.attest(COIN, claims=TREE.amount - 1, claimsRoot=root)
    siblings = sibling[0] + b"\xff" * 16
    assert not system.reserves.call("verifyClaim", TREE.account, TREE.salt, TREE.amount, 0, siblings)


def test_the_signed_sum_must_be_the_trees(system: System) -> None:
    """A root whose sum is not the signed `claims` proves nothing."""
    system.attest(COIN, claims=TREE.total + 1, claimsRoot=TREE.root)
    proof = (TREE.account, TREE.salt, TREE.amount, TREE.index, TREE.siblings)
    assert not system.reserves.call("verifyClaim", *proof)
