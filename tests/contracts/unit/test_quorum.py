"""Signatures of m of n, and who may change the set."""

import pytest

from tests.contracts.kit import (
    ALICE,
    COIN,
    GOVERNOR,
    GUARDIAN,
    KEY_OF,
    RELAYER,
    System,
    address_of,
    ascending,
    deploy,
    make_keys,
    sign64,
)
from tests.contracts.refusals import refuses

STRANGER = make_keys("stranger", 1)[0]


def test_fewer_signatures_than_the_threshold_are_refused(system: System) -> None:
    """One of two signs: nothing is minted."""
    system.attest(1_000 * COIN)
    one = system.batch(system.voucher(), keys=system.bank_keys[:1])
    with refuses("TooFewSignatures", 1, 2):
        system.bank.send("mint", *one, sender=RELAYER)


def test_a_signer_who_signs_twice_counts_once(system: System) -> None:
    """Ascending means strictly ascending."""
    system.attest(1_000 * COIN)
    first = system.bank_keys[0]
    with refuses("UnexpectedSigner", address_of(first)):
        system.bank.send("mint", *system.batch(system.voucher(), keys=[first, first]), sender=RELAYER)


def test_signatures_out_of_order_are_refused(system: System) -> None:
    """The order is part of the format, so that a quorum is read in one walk."""
    system.attest(1_000 * COIN)
    with refuses("UnexpectedSigner"):
        system.bank.send("mint", *system.batch(system.voucher(), keys=system.bank_keys[1::-1]), sender=RELAYER)


def test_a_strangers_signature_is_refused(system: System) -> None:
    """A good key that is no member is no better than a bad one."""
    system.attest(1_000 * COIN)
    keys = ascending([system.bank_keys[0], STRANGER])
    with refuses("UnexpectedSigner", address_of(STRANGER)):
        system.bank.send("mint", *system.batch(system.voucher(), keys=keys), sender=RELAYER)


def test_auditors_cannot_sign_for_the_bank(system: System) -> None:
    """The two sides do not stand in for each other."""
    system.attest(1_000 * COIN)
    with refuses("UnexpectedSigner"):
        system.bank.send("mint", *system.batch(system.voucher(), keys=system.auditor_keys[:2]), sender=RELAYER)


@pytest.mark.parametrize("cut", [1, 63])
def test_a_broken_signature_is_refused(system: System, cut: int) -> None:
    """The pieces are 64 bytes each."""
    system.attest(1_000 * COIN)
    vouchers, expiry, signatures = system.batch(system.voucher())
    with refuses("BadSignatureLength", len(signatures) - cut):
        system.bank.send("mint", vouchers, expiry, signatures[:-cut], sender=RELAYER)


def test_an_unrecoverable_signature_is_nobodys(system: System) -> None:
    """What recovers to no key recovers to zero, which is no member."""
    system.attest(1_000 * COIN)
    vouchers, expiry, _ = system.batch(system.voucher())
    with refuses("UnexpectedSigner"):
        system.bank.send("mint", vouchers, expiry, bytes(128), sender=RELAYER)


def test_signatures_of_an_earlier_set_do_not_revive(system: System) -> None:
    """A signer removed and added again leaves old signatures dead: the number of the set is signed."""
    system.attest(1_000 * COIN)
    old = system.batch(system.voucher(), expiry=system.now + 60 * 3_600)
    member = address_of(system.bank_keys[2])
    system.bank.send("removeSigner", member, sender=GUARDIAN)
    system.govern(system.bank, "addSigner", member)
    system.attest(1_000 * COIN)
    assert system.bank.call("setNumber") == 3
    with refuses("UnexpectedSigner"):
        system.bank.send("mint", *old, sender=RELAYER)


def test_a_guardian_cannot_remove_below_the_threshold(system: System) -> None:
    """A stolen guardian key may thin the set out, not break it."""
    first, second, _ = (address_of(key) for key in system.bank_keys)
    system.bank.send("removeSigner", first, sender=GUARDIAN)
    with refuses("BadSignerSet", 1, 2):
        system.bank.send("removeSigner", second, sender=GUARDIAN)


def test_only_a_member_can_be_removed(system: System) -> None:
    """Removing a stranger would be a change without a change."""
    with refuses("NotASigner", ALICE):
        system.bank.send("removeSigner", ALICE, sender=GUARDIAN)


@pytest.mark.parametrize("contract", ["NarrowBank", "Reserves"])
def test_nobody_signs_for_both_sides(system: System, contract: str) -> None:
    """The sets stay disjoint, whichever side would grow."""
    other = system.auditor_keys if contract == "NarrowBank" else system.bank_keys
    member = address_of(other[0])
    with refuses("CannotJoin", member):
        system.govern(system.contracts[contract], "addSigner", member)


def test_a_deployment_with_overlapping_sets_is_refused() -> None:
    """Also from the start."""
    shared = make_keys("auditor", 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.contracts.kit.make_keys", lambda seed, number: shared)
        with refuses("CannotJoin"):
            deploy()


@pytest.mark.parametrize("threshold", [0, 1])
def test_a_threshold_below_two_is_refused(system: System, threshold: int) -> None:
    """One stolen key is never enough."""
    with refuses("BadSignerSet", 3, threshold):
        system.govern(system.bank, "lowerThreshold", threshold)


def test_raising_is_not_lowering(system: System) -> None:
    """Each direction has its own function, so that each can have its own role."""
    with refuses("BadSignerSet", 3, 2):
        system.govern(system.bank, "raiseThreshold", 2)
    with refuses("BadSignerSet", 3, 3):
        system.govern(system.bank, "lowerThreshold", 3)
    with refuses("BadSignerSet", 3, 4):
        system.govern(system.bank, "raiseThreshold", 4)


def test_a_signer_is_added_only_after_the_delay(system: System) -> None:
    """Giving power is seen coming."""
    with refuses("AccessManagerNotScheduled"):
        system.bank.send("addSigner", address_of(STRANGER), sender=GOVERNOR)
    with refuses("AccessManagedUnauthorized", GUARDIAN):
        system.bank.send("addSigner", address_of(STRANGER), sender=GUARDIAN)


def test_a_changed_set_is_sorted_numbered_and_told(system: System) -> None:
    """The event carries all that a signer service needs."""
    receipt = system.govern(system.reserves, "addSigner", address_of(STRANGER))
    members = tuple(address_of(key) for key in ascending([*system.auditor_keys, STRANGER]))
    assert receipt.only("SignersChanged") == {"set": 2, "signers": members, "threshold": 2}
    assert system.reserves.call("signers") == members
    assert system.reserves.call("isSigner", address_of(STRANGER))


def test_the_bitmap_says_who_signed(system: System) -> None:
    """Bit i is the member at index i."""
    attestation = system.attestation(5 * COIN)
    signatures = system.audited(attestation, keys=[system.auditor_keys[0], system.auditor_keys[2]])
    receipt = system.reserves.send("attest", attestation, signatures, sender=RELAYER)
    assert receipt.only("Attested")["signersBitmap"] == 0b101


def test_all_may_sign_though_fewer_would_do(system: System) -> None:
    """More than the threshold is fine, as long as each is a member."""
    system.attest(1_000 * COIN)
    system.bank.send("mint", *system.batch(system.voucher(), keys=system.bank_keys), sender=RELAYER)


def test_nobody_can_run_the_list_of_signers(system: System) -> None:
    """The data contract begins with STOP."""
    slot = next(v["slot"] for v in system.bank.artefact.storage if v["name"] == "_set")
    word = system.evm.chain.rpc("eth_getStorageAt", [system.bank.address, hex(slot), "latest"])
    code = system.evm.chain.rpc("eth_getCode", ["0x" + word[-40:], "latest"])
    assert code.startswith("0x00")
    assert len(code) == 2 + 2 * 32 * (2 + 3)


def test_a_short_key_list_is_no_devnet_key(system: System) -> None:
    """Signing keys hold no role: none of the funded accounts signs for a side."""
    signers = set(system.bank.call("signers")) | set(system.reserves.call("signers"))
    assert not signers & set(KEY_OF)
    assert len(sign64(STRANGER, bytes(32))) == 64
