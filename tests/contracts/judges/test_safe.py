"""A Safe, whose code is not ours, signs for its coins by ERC-1271: permit, authorisations, a gasless redemption."""

from typing import Any

import pytest
from eth_abi.abi import encode

from tests.contracts.abi import keccak
from tests.contracts.judges.safe import Makers, Safe, cancellation_digest
from tests.contracts.kit import ALICE, BOB, CENT, COIN, HOUR, ORDER, PAYOUT, RELAYER, System, make_keys, sign65
from tests.contracts.refusals import refuses

pytestmark = pytest.mark.npm

STRANGER = make_keys("stranger", 1)[0]


def transfer(system: System, safe: Safe) -> tuple[tuple[Any, ...], bytes]:
    """Return a transfer of a coin to BOB, valid for an hour, and the digest that its holder signs."""
    values = (safe.address, BOB, COIN, system.now - 1, system.now + HOUR, ORDER)
    return values, system.authorization_digest("TransferWithAuthorization", *values)


def test_a_strangers_signature_is_refused(system: System, safe: Safe) -> None:
    """In each form, whatever else is right."""
    values, digest = transfer(system, safe)
    forged = safe.sign(digest, [STRANGER] * len(safe.owners))
    with refuses("ERC3009InvalidSignature"):
        system.token.send("transferWithAuthorization", *values, forged, sender=RELAYER)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("receiveWithAuthorization", *values, forged, sender=BOB)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("cancelAuthorization", safe.address, ORDER, forged, sender=RELAYER)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("permit", safe.address, BOB, COIN, system.now + HOUR, forged, sender=RELAYER)


def test_one_owner_short_is_refused(system: System, safe: Safe) -> None:
    """All but the last sign."""
    values, digest = transfer(system, safe)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("transferWithAuthorization", *values, safe.sign(digest, safe.owners[:-1]), sender=RELAYER)


def test_owners_signatures_over_the_bare_digest_are_refused(system: System, safe: Safe) -> None:
    """They must be bound to the wallet, or they would hold for every wallet of the same owners."""
    values, digest = transfer(system, safe)
    bare = b"".join(sign65(owner, digest) for owner in safe.owners)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("transferWithAuthorization", *values, bare, sender=RELAYER)


def test_another_wallet_of_the_same_owners_cannot_sign(system: System, makers: Makers, safe: Safe) -> None:
    """Not even with their good signatures."""
    twin = makers.wallet(safe.owners, salt=1)
    values, digest = transfer(system, safe)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("transferWithAuthorization", *values, twin.sign(digest), sender=RELAYER)


def test_a_wallet_pays_by_authorization_once(system: System, safe: Safe) -> None:
    """Anyone may bring it; a second time, and with anything changed, it is refused."""
    values, digest = transfer(system, safe)
    signature = safe.sign(digest)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("transferWithAuthorization", *values[:2], 2 * COIN, *values[3:], signature, sender=RELAYER)
    system.token.send("transferWithAuthorization", *values, signature, sender=RELAYER)
    assert (system.balance(BOB), system.balance(safe.address)) == (COIN, 99 * COIN)
    with refuses("ERC3009UsedAuthorization", safe.address):
        system.token.send("transferWithAuthorization", *values, signature, sender=RELAYER)


def test_only_the_payee_receives(system: System, safe: Safe) -> None:
    """A receive authorisation cannot be brought by somebody else, nor used as a transfer."""
    values, _ = transfer(system, safe)
    signature = safe.sign(system.authorization_digest("ReceiveWithAuthorization", *values))
    with refuses("ERC20InvalidReceiver", BOB):
        system.token.send("receiveWithAuthorization", *values, signature, sender=RELAYER)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("transferWithAuthorization", *values, signature, sender=RELAYER)
    system.token.send("receiveWithAuthorization", *values, signature, sender=BOB)
    assert system.balance(BOB) == COIN


def test_a_wallet_takes_an_authorization_back(system: System, safe: Safe) -> None:
    """What it signed before is then worth nothing."""
    values, digest = transfer(system, safe)
    signature = safe.sign(digest)
    cancel = safe.sign(cancellation_digest(system, safe.address, ORDER))
    system.token.send("cancelAuthorization", safe.address, ORDER, cancel, sender=RELAYER)
    with refuses("ERC3009UsedAuthorization", safe.address):
        system.token.send("transferWithAuthorization", *values, signature, sender=RELAYER)


def test_a_wallet_permits_once(system: System, safe: Safe) -> None:
    """The allowance is as signed, and the nonce is used up."""
    until = system.now + HOUR
    nonce = system.token.call("nonces", safe.address)
    signature = safe.sign(system.permit_digest(safe.address, ALICE, 5 * COIN, nonce, until))
    system.token.send("permit", safe.address, ALICE, 5 * COIN, until, signature, sender=RELAYER)
    system.token.send("transferFrom", safe.address, BOB, 5 * COIN, sender=ALICE)
    assert system.balance(BOB) == 5 * COIN
    with refuses("ERC3009InvalidSignature"):
        system.token.send("permit", safe.address, ALICE, 5 * COIN, until, signature, sender=RELAYER)


def test_a_wallet_redeems_without_gas(system: System, safe: Safe) -> None:
    """Its owners sign the payout with the amount; the wallet is the request's holder."""
    amount, salt = 10 * COIN + CENT, keccak(b"salt")
    times = (system.now - 1, system.now + HOUR)
    nonce = keccak(encode(["bytes32", "bytes32", "address"], [PAYOUT, salt, system.bank.address]))
    signature = safe.sign(
        system.authorization_digest(
            "ReceiveWithAuthorization", safe.address, system.bank.address, amount, *times, nonce
        )
    )
    call = ("requestWithAuthorization", safe.address, amount, PAYOUT, salt, *times, signature)
    with refuses("ERC3009InvalidSignature"):
        system.bank.send(*call[:3], keccak(b"another account"), *call[4:], sender=RELAYER)
    system.bank.send(*call, sender=RELAYER)
    assert system.request_of(1).holder == safe.address
    assert system.balance(system.bank.address) == amount
