"""One good call of every function that changes something, by one who may make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contracts.abi import Reverted, keccak
from tests.contracts.kit import (
    ADMIN,
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    DEPLOYER,
    GOVERNOR,
    GUARDIAN,
    HOUR,
    KEY_OF,
    ORDER,
    PAYER,
    PAYOUT,
    RELAYER,
    SEIZER,
    System,
    address_of,
    make_keys,
    sign65,
    split,
)
from tests.contracts.properties.pair import digests

NEW = address_of(make_keys("stranger", 1)[0])
AMOUNTS = ("accept", "settle", "giveBack")
DELAYED = (GOVERNOR, SEIZER)


@dataclass(frozen=True)
class Scene:
    """A system in one of the states, and the reserves that its auditors would attest now."""

    system: System
    reserves: int


Call = tuple[tuple[Any, ...], str]
Maker = Callable[[Scene], Call]


def plain(*args: Any, by: str) -> Maker:
    """A call whose arguments do not depend on the state."""
    return lambda scene: (args, by)


def signed(kind: str, *, form: bool, by: str = RELAYER) -> Maker:
    """Something that alice signed, in 65 bytes or, as a form of its own, in v, r, s."""

    def make(scene: Scene) -> Call:
        system = scene.system
        before = system.now + HOUR
        message: tuple[Any, ...] = (ALICE, BOB, COIN, 0, before, ORDER)
        full: tuple[Any, ...] = message
        if kind == "Permit":
            message = (ALICE, BOB, COIN, before)
            full = (ALICE, BOB, COIN, system.token.call("nonces", ALICE), before)
        if kind == "CancelAuthorization":
            message = full = (ALICE, ORDER)
        signature = sign65(KEY_OF[ALICE], digests(system)("Token", kind, full))
        return (*message, *(split(signature) if form else (signature,))), by

    return make


def to_the_issuer(*args: Any) -> Maker:
    """A call that only the issuer makes."""
    return lambda scene: (args, scene.system.bank.address)


def request_with_permit(scene: Scene) -> Call:
    """A redemption whose allowance alice signed."""
    system, until = scene.system, scene.system.now + HOUR
    message = (ALICE, system.bank.address, COIN, system.token.call("nonces", ALICE), until)
    signature = sign65(KEY_OF[ALICE], system.permit_digest(*message))
    return (COIN, PAYOUT, until, *split(signature)), ALICE


def request_with_authorization(scene: Scene) -> Call:
    """A redemption that alice signed and a relayer brings."""
    system, until = scene.system, scene.system.now + HOUR
    nonce = system.bank.call("authorizationNonce", PAYOUT, ORDER)
    message = (ALICE, system.bank.address, COIN, 0, until, nonce)
    signature = sign65(KEY_OF[ALICE], system.authorization_digest("ReceiveWithAuthorization", *message))
    return (ALICE, COIN, PAYOUT, ORDER, 0, until, signature), RELAYER


def attest(scene: Scene) -> Call:
    """A fresh attestation of the state's true figures."""
    attestation = scene.system.attestation(scene.reserves)
    return (attestation, scene.system.audited(attestation)), RELAYER


def mint(scene: Scene) -> Call:
    """One coin for alice, signed."""
    return scene.system.batch(scene.system.voucher(COIN)), RELAYER


def attest_and_mint(scene: Scene) -> Call:
    """Both."""
    return (*attest(scene)[0], *mint(scene)[0]), RELAYER


def announce(scene: Scene) -> Call:
    """A batch made known, signed."""
    digest = keccak(b"a large batch")
    return (digest, scene.system.signed(digest)), RELAYER


SIGNERS: dict[str, Maker] = {
    "addSigner(address)": plain(NEW, by=GOVERNOR),
    "lowerThreshold(uint256)": plain(2, by=GOVERNOR),
    "raiseThreshold(uint256)": plain(4, by=GOVERNOR),
    "setAuthority(address)": plain(ALICE, by=ADMIN),
}
AUTHORIZED = "(address,address,uint256,uint256,uint256,bytes32,"
ROWS: dict[str, dict[str, Maker]] = {
    "Token": {
        "transfer(address,uint256)": plain(BOB, COIN, by=ALICE),
        "transferFrom(address,address,uint256)": plain(ALICE, BOB, COIN, by=BOB),
        "approve(address,uint256)": plain(BOB, COIN, by=ALICE),
        "permit(address,address,uint256,uint256,bytes)": signed("Permit", form=False),
        "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)": signed("Permit", form=True),
        f"transferWithAuthorization{AUTHORIZED}bytes)": signed("TransferWithAuthorization", form=False),
        f"transferWithAuthorization{AUTHORIZED}uint8,bytes32,bytes32)": signed("TransferWithAuthorization", form=True),
        f"receiveWithAuthorization{AUTHORIZED}bytes)": signed("ReceiveWithAuthorization", form=False, by=BOB),
        f"receiveWithAuthorization{AUTHORIZED}uint8,bytes32,bytes32)": signed(
            "ReceiveWithAuthorization", form=True, by=BOB
        ),
        "cancelAuthorization(address,bytes32,bytes)": signed("CancelAuthorization", form=False),
        "cancelAuthorization(address,bytes32,uint8,bytes32,bytes32)": signed("CancelAuthorization", form=True),
        "mint(address,uint256)": to_the_issuer(ALICE, COIN),
        "burn(uint256)": to_the_issuer(COIN),
        "setFirstIssuer(address)": plain(ALICE, by=DEPLOYER),
        "announceIssuer(address)": lambda scene: ((scene.system.manager.address,), GOVERNOR),
        "cancelIssuer()": plain(by=GUARDIAN),
        "applyIssuer()": plain(by=RELAYER),
        "pause(uint48)": plain(DAY, by=GUARDIAN),
        "unpause()": plain(by=GOVERNOR),
        "setBlocked(address,bool,bytes32)": plain(ALICE, True, ORDER, by=COMPLIANCE),
        "setFrozenTokens(address,uint256,bytes32)": plain(ALICE, COIN, ORDER, by=COMPLIANCE),
        "setFrozenTokens(address,uint256)": plain(ALICE, COIN, by=COMPLIANCE),
        "forcedTransfer(address,address,uint256,bytes32)": plain(ALICE, BOB, COIN, ORDER, by=SEIZER),
        "forcedTransfer(address,address,uint256)": plain(ALICE, BOB, COIN, by=COMPLIANCE),
        "setAuthority(address)": SIGNERS["setAuthority(address)"],
    },
    "Reserves": {
        "attest((uint32,bytes32,uint128,uint128,uint128,uint128,bytes32,bytes32,uint48),bytes)": attest,
        "removeSigner(address)": lambda scene: ((address_of(scene.system.auditor_keys[0]),), GUARDIAN),
        **SIGNERS,
    },
    "NarrowBank": {
        "mint((bytes32,uint128,uint128,uint128,address,bytes32)[],uint48,bytes)": mint,
        "attestAndMint((uint32,bytes32,uint128,uint128,uint128,uint128,bytes32,bytes32,uint48),bytes,"
        "(bytes32,uint128,uint128,uint128,address,bytes32)[],uint48,bytes)": attest_and_mint,
        "announce(bytes32,bytes)": announce,
        "veto(bytes32)": plain(ORDER, by=GUARDIAN),
        "void(bytes32)": plain(ORDER, by=GUARDIAN),
        "request(uint256,bytes32)": plain(COIN, PAYOUT, by=ALICE),
        "requestWithPermit(uint256,bytes32,uint256,uint8,bytes32,bytes32)": request_with_permit,
        "requestWithAuthorization(address,uint256,bytes32,bytes32,uint256,uint256,bytes)": request_with_authorization,
        "accept(uint256[])": plain([2], by=PAYER),
        "settle(uint256[],bytes32[])": plain([3], [ORDER], by=PAYER),
        "giveBack(uint256[],uint8[])": plain([3], [1], by=PAYER),
        "cancel(uint256)": plain(2, by=ALICE),
        "protest(uint256)": plain(1, by=RELAYER),
        "reclaim(uint256)": plain(2, by=ALICE),
        "windDown()": plain(by=RELAYER),
        "pauseIssue(uint48)": plain(DAY, by=GUARDIAN),
        "unpauseIssue()": plain(by=GOVERNOR),
        "lowerLimit(uint256)": plain(COIN, by=GUARDIAN),
        "raiseLimit(uint256)": plain(10**20, by=GOVERNOR),
        "lowerInstantCap(uint256)": plain(COIN, by=GUARDIAN),
        "raiseInstantCap(uint256)": plain(10**20, by=GOVERNOR),
        "setPayer(address)": plain(BOB, by=GOVERNOR),
        "removeSigner(address)": lambda scene: ((address_of(scene.system.bank_keys[0]),), GUARDIAN),
        **SIGNERS,
    },
}


def schedule(system: System) -> None:
    """Announce every use of a delayed power in the table."""
    for name, rows in ROWS.items():
        for function, make in rows.items():
            # Only calls of those without a delay look at reserves and report.
            args, by = make(Scene(system, 0))
            if by in DELAYED:
                target = system.contracts[name]
                system.manager.send("schedule", target.address, target.data(function, *args), 0, sender=by)


def outcome(scene: Scene, contract: str, function: str) -> str:
    """Make a call without keeping what it does: `ok`, `skips` for a batch that does nothing, or the error's name."""
    args, by = ROWS[contract][function](scene)
    try:
        result = scene.system.contracts[contract].call(function, *args, sender=by)
    except Reverted as refusal:
        return refusal.name
    return "skips" if function.split("(")[0] in AMOUNTS and result == 0 else "ok"
