"""Holders that are contracts sign by answering (ERC-1271): in permit, ERC-3009 and gasless requests."""

import pytest

from tests.contracts.abi import keccak
from tests.contracts.kit import ALICE, BOB, CENT, COIN, DEPLOYER, HOUR, ORDER, PAYOUT, RELAYER, System
from tests.contracts.refusals import refuses

MAGIC, REFUSAL = bytes.fromhex("1626ba7e"), bytes(4)


def wallet(system: System, answer: bytes) -> str:
    """Deploy a contract that answers every call with these four bytes; returns its address, with 100 coins on it.

    Its code: PUSH4 answer, PUSH1 224, SHL, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN.
    """
    code = b"\x63" + answer + bytes.fromhex("60e01b60005260206000f3")
    # PUSH1 length, DUP1, PUSH1 9, RETURNDATASIZE, CODECOPY, RETURNDATASIZE, RETURN: returns what follows it.
    creation = b"\x60" + bytes([len(code)]) + bytes.fromhex("8060093d393df3")
    created = system.evm.send(None, creation + code, DEPLOYER).created
    assert created is not None
    system.mint(amount=100 * COIN, to=created)
    return created


@pytest.fixture
def agreeing(system: System) -> str:
    """A wallet that accepts every signature."""
    return wallet(system, MAGIC)


@pytest.fixture
def refusing(system: System) -> str:
    """A wallet that accepts none."""
    return wallet(system, REFUSAL)


def window(system: System) -> tuple[int, int]:
    """Valid now, for an hour."""
    return system.now - 1, system.now + HOUR


def test_a_wallet_that_refuses_is_believed(system: System, refusing: str) -> None:
    """In each of the four forms."""
    times = window(system)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("transferWithAuthorization", refusing, BOB, COIN, *times, ORDER, b"", sender=RELAYER)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("receiveWithAuthorization", refusing, BOB, COIN, *times, ORDER, b"", sender=BOB)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("cancelAuthorization", refusing, ORDER, b"", sender=RELAYER)
    with refuses("ERC3009InvalidSignature"):
        system.token.send("permit", refusing, BOB, COIN, times[1], b"", sender=RELAYER)


def test_a_wallet_pays_by_authorization_once(system: System, agreeing: str) -> None:
    """The nonce is used up whoever signs."""
    call = ("transferWithAuthorization", agreeing, BOB, COIN, *window(system), ORDER, b"whatever it accepts")
    system.token.send(*call, sender=RELAYER)
    assert system.balance(BOB) == COIN
    with refuses("ERC3009UsedAuthorization", agreeing):
        system.token.send(*call, sender=RELAYER)


def test_a_wallet_permits(system: System, agreeing: str) -> None:
    """The allowance is set as by an account."""
    system.token.send("permit", agreeing, ALICE, 5 * COIN, system.now + HOUR, b"", sender=RELAYER)
    system.token.send("transferFrom", agreeing, BOB, 5 * COIN, sender=ALICE)
    assert system.balance(BOB) == 5 * COIN


def test_a_wallet_redeems_without_gas(system: System, agreeing: str) -> None:
    """Its coins go into escrow, and it is the request's holder."""
    system.bank.send(
        "requestWithAuthorization",
        *(agreeing, 10 * COIN + CENT, PAYOUT, keccak(b"salt"), *window(system), b""),
        sender=RELAYER,
    )
    assert system.request_of(1).holder == agreeing
    assert system.balance(system.bank.address) == 10 * COIN + CENT
