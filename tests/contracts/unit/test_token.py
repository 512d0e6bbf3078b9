"""The token's choke point, its powers, and the change of issuer under notice."""

import pytest

from tests.contracts.abi import Contract, signature
from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    COMPLIANCE,
    DAY,
    DEPLOYER,
    GUARDIAN,
    KEY_OF,
    NOBODY,
    ORDER,
    PAYER,
    RELAYER,
    ZERO,
    System,
    address_of,
)
from tests.contracts.refusals import refuses
from tradecoin.artefacts import load
from tradecoin.artefacts.plan import Role


@pytest.fixture
def rich(system: System) -> System:
    """Alice holds 100 coins."""
    system.mint(amount=100 * COIN, to=ALICE)
    return system


def block(system: System, account: str, on: int = 1) -> None:
    """Block or unblock an account."""
    system.token.send("setBlocked", account, bool(on), ORDER, sender=COMPLIANCE)


def freeze(system: System, account: str, amount: int) -> None:
    """Freeze so many coins of an account."""
    system.token.send("setFrozenTokens", account, amount, ORDER, sender=COMPLIANCE)


# ------------------------------------------------------------------------------------------------------- issuer


@pytest.mark.parametrize("call", [("mint", ALICE, COIN), ("burn", COIN)])
def test_only_the_issuer_makes_and_destroys_coins(rich: System, call: tuple[object, ...]) -> None:
    """There is no minter key."""
    with refuses("NotIssuer", ALICE):
        rich.token.send(*call, sender=ALICE)  # type: ignore[arg-type]


def test_only_the_deployer_names_the_first_issuer_and_once(system: System) -> None:
    """Afterwards every change is announced."""
    with refuses("NotDeployer", ALICE):
        system.token.send("setFirstIssuer", ALICE, sender=ALICE)
    with refuses("IssuerAlreadySet", system.bank.address):
        system.token.send("setFirstIssuer", system.reserves.address, sender=DEPLOYER)


def test_a_new_issuer_waits_out_the_notice(system: System) -> None:
    """T6: 21 days, to the second, then anyone may do it."""
    receipt = system.govern(system.token, "announceIssuer", system.reserves.address)
    ready = receipt.only("IssuerAnnounced")["readyAt"]
    assert ready == receipt.time + 21 * DAY
    system.evm.advance(ready - system.now - 1)
    with refuses("NoticeRunning", ready, ready - 1):
        system.token.send("applyIssuer", sender=RELAYER)
    system.evm.advance(1)
    system.token.send("applyIssuer", sender=RELAYER)
    assert system.token.call("issuer") == system.reserves.address
    assert system.token.call("isRetired", system.bank.address)
    assert system.token.call("announcedIssuer") == (NOBODY, 0)


def test_a_guardian_takes_the_announcement_back(system: System) -> None:
    """And without one there is nothing to apply or to cancel."""
    system.govern(system.token, "announceIssuer", system.reserves.address)
    system.token.send("cancelIssuer", sender=GUARDIAN)
    system.evm.advance(30 * DAY)
    with refuses("NoIssuerAnnounced"):
        system.token.send("applyIssuer", sender=RELAYER)
    with refuses("NoIssuerAnnounced"):
        system.token.send("cancelIssuer", sender=GUARDIAN)


@pytest.mark.parametrize("who", ["account", "token", "present issuer"])
def test_a_bad_issuer_cannot_be_announced(system: System, who: str) -> None:
    """Contracts only; not the token, not one that is or was the issuer."""
    addresses = {"account": ALICE, "token": system.token.address, "present issuer": system.bank.address}
    with refuses("BadIssuer", addresses[who]):
        system.govern(system.token, "announceIssuer", addresses[who])


def test_a_retired_issuer_still_returns_and_burns_its_escrow(rich: System) -> None:
    """Open requests find their end also after the change, even while the token is paused; new ones do not begin."""
    settled, returned = rich.accepted(10 * COIN), rich.accepted(5 * COIN)
    rich.govern(rich.token, "announceIssuer", rich.reserves.address)
    rich.evm.advance(21 * DAY)
    rich.token.send("applyIssuer", sender=RELAYER)
    rich.token.send("pause", DAY, sender=GUARDIAN)
    rich.bank.send("settle", [settled], [ZERO], sender=PAYER)
    rich.bank.send("giveBack", [returned], [1], sender=PAYER)
    assert (rich.balance(rich.bank.address), rich.balance(ALICE)) == (0, 90 * COIN)
    with refuses("NotTheIssuer", rich.reserves.address):
        rich.bank.send("request", COIN, ORDER, sender=ALICE)


# ------------------------------------------------------------------------------------------------------- choke point


def test_coins_cannot_be_sent_to_the_token(rich: System) -> None:
    """They would be stuck."""
    with refuses("ERC20InvalidReceiver", rich.token.address):
        rich.token.send("transfer", rich.token.address, COIN, sender=ALICE)


def test_a_redemption_by_plain_transfer_is_refused(rich: System) -> None:
    """Coins sent to the issuer would be stuck: the error says what to do instead."""
    with refuses("UseRequest", rich.bank.address):
        rich.token.send("transfer", rich.bank.address, COIN, sender=ALICE)


def test_a_pause_stops_transfers_and_approved_ones(rich: System) -> None:
    """One choke point: every way to move coins."""
    rich.token.send("approve", BOB, COIN, sender=ALICE)
    rich.token.send("pause", DAY, sender=GUARDIAN)
    with refuses("TokenPaused"):
        rich.token.send("transfer", BOB, COIN, sender=ALICE)
    with refuses("TokenPaused"):
        rich.token.send("transferFrom", ALICE, BOB, COIN, sender=BOB)
    assert not rich.token.call("canTransfer", ALICE, BOB, COIN)


def test_a_pause_ends_by_itself(rich: System) -> None:
    """At most seven days, and nobody needs to end it."""
    rich.token.send("pause", DAY, sender=GUARDIAN)
    rich.evm.advance(DAY)
    rich.token.send("transfer", BOB, COIN, sender=ALICE)


@pytest.mark.parametrize(("contract", "function"), [("Token", "pause"), ("NarrowBank", "pauseIssue")])
def test_a_guardian_cannot_stop_for_ever(system: System, contract: str, function: str) -> None:
    """Not longer than seven days, and not again within seven days of the end."""
    target = system.contracts[contract]
    for duration in (0, 7 * DAY + 1):
        with refuses("BadPause", duration):
            target.send(function, duration, sender=GUARDIAN)
    target.send(function, 7 * DAY, sender=GUARDIAN)
    system.evm.advance(14 * DAY - 2)
    with refuses("PauseTooSoon"):
        target.send(function, DAY, sender=GUARDIAN)
    system.evm.advance(1)
    target.send(function, DAY, sender=GUARDIAN)


@pytest.mark.parametrize(
    ("contract", "begin", "end"), [("Token", "pause", "unpause"), ("NarrowBank", "pauseIssue", "unpauseIssue")]
)
def test_the_governor_ends_a_pause_early(system: System, contract: str, begin: str, end: str) -> None:
    """Giving power back takes the delay; the guardian cannot do it."""
    target = system.contracts[contract]
    target.send(begin, 7 * DAY, sender=GUARDIAN)
    with refuses("AccessManagedUnauthorized", GUARDIAN):
        target.send(end, sender=GUARDIAN)
    system.govern(target, end)
    with refuses("NoChange" if contract == "Token" else "WrongDirection"):
        system.govern(target, end)


def test_a_blocked_account_neither_sends_nor_receives(rich: System) -> None:
    """In every way, minting to it included."""
    block(rich, BOB)
    with refuses("ERC7943CannotReceive", BOB):
        rich.token.send("transfer", BOB, COIN, sender=ALICE)
    with refuses("ERC7943CannotReceive", BOB):
        rich.mint(to=BOB)
    block(rich, ALICE)
    with refuses("ERC7943CannotSend", ALICE):
        rich.token.send("transfer", RELAYER, COIN, sender=ALICE)
    assert not rich.token.call("canSend", ALICE)
    assert not rich.token.call("canReceive", BOB)


def test_a_blocked_holder_cannot_redeem_but_gets_coins_back(rich: System) -> None:
    """T3: nothing goes out of a blocked account; escrow may come back into it."""
    number = rich.request(10 * COIN)
    block(rich, ALICE)
    with refuses("ERC7943CannotSend", ALICE):
        rich.request(10 * COIN)
    rich.bank.send("giveBack", [number], [3], sender=PAYER)
    assert rich.balance(ALICE) == 100 * COIN


def test_frozen_coins_stay(rich: System) -> None:
    """The rest is free; more than the balance is the plain rule's."""
    freeze(rich, ALICE, 90 * COIN)
    with refuses("ERC7943InsufficientUnfrozenBalance", ALICE, 11 * COIN, 10 * COIN):
        rich.token.send("transfer", BOB, 11 * COIN, sender=ALICE)
    with refuses("ERC20InsufficientBalance", ALICE, 100 * COIN, 101 * COIN):
        rich.token.send("transfer", BOB, 101 * COIN, sender=ALICE)
    assert not rich.token.call("canTransfer", ALICE, BOB, 11 * COIN)
    rich.token.send("transfer", BOB, 10 * COIN, sender=ALICE)
    assert rich.token.call("getFrozenTokens", ALICE) == 90 * COIN


def test_the_count_of_flagged_accounts_follows_every_flag(system: System) -> None:
    """T5: an account counts once, whatever its flags."""
    count = []
    for step, account, value in (
        (block, ALICE, 1),
        (freeze, ALICE, 5),
        (freeze, BOB, 5),
        (block, ALICE, 0),
        (freeze, ALICE, 0),
        (freeze, BOB, 0),
    ):
        step(system, account, value)
        count.append(system.token.call("flagged"))
    assert count == [1, 1, 2, 2, 1, 0]


def test_coins_move_into_escrow_and_back_while_the_token_is_paused(rich: System) -> None:
    """A pause of the token must not trap anybody."""
    rich.token.send("approve", rich.bank.address, 20 * COIN, sender=ALICE)
    rich.token.send("pause", 7 * DAY, sender=GUARDIAN)
    rich.bank.send("request", 20 * COIN, ORDER, sender=ALICE)
    rich.bank.send("cancel", 1, sender=ALICE)
    assert rich.balance(ALICE) == 100 * COIN


# ------------------------------------------------------------------------------------------------------- orders


@pytest.mark.parametrize("function", ["setFrozenTokens(address,uint256)", "forcedTransfer(address,address,uint256)"])
def test_powers_without_an_order_are_refused(system: System, function: str) -> None:
    """The forms of the standard have no place for the order, so they only refuse."""
    args = (ALICE, BOB, COIN) if "forced" in function else (ALICE, COIN)
    with refuses("OrderRequired"):
        system.token.send(function, *args, sender=COMPLIANCE)


def test_an_empty_order_is_none(rich: System) -> None:
    """Zero is no document."""
    with refuses("OrderRequired"):
        rich.token.send("setBlocked", ALICE, True, ZERO, sender=COMPLIANCE)
    with refuses("OrderRequired"):
        rich.token.send("setFrozenTokens", ALICE, COIN, ZERO, sender=COMPLIANCE)
    with refuses("OrderRequired"):
        rich.govern(rich.token, "forcedTransfer", ALICE, BOB, COIN, ZERO, role=Role.SEIZER)


def test_escrow_cannot_be_blocked_frozen_or_seized(rich: System) -> None:
    """Who redeems must not lose by an order against the bank's address."""
    rich.request(10 * COIN)
    bank = rich.bank.address
    with refuses("Untouchable", bank):
        block(rich, bank)
    with refuses("Untouchable", bank):
        freeze(rich, bank, COIN)
    with refuses("Untouchable", bank):
        rich.govern(rich.token, "forcedTransfer", bank, BOB, COIN, ORDER, role=Role.SEIZER)


def test_a_seizure_is_seen_a_day_ahead(rich: System) -> None:
    """Compliance freezes at once; taking needs the timelock."""
    freeze(rich, ALICE, 100 * COIN)
    with refuses("AccessManagedUnauthorized", COMPLIANCE):
        rich.token.send("forcedTransfer", ALICE, BOB, COIN, ORDER, sender=COMPLIANCE)
    receipt = rich.govern(rich.token, "forcedTransfer", ALICE, BOB, 30 * COIN, ORDER, role=Role.SEIZER)
    assert [event.name for event in receipt.events if event.contract == "Token"] == [
        "Frozen",
        "Transfer",
        "ForcedTransfer",
        "ForcedByOrder",
    ]
    assert rich.balance(BOB) == 30 * COIN
    assert rich.token.call("getFrozenTokens", ALICE) == 70 * COIN


def test_a_seizure_to_a_blocked_account_is_refused(rich: System) -> None:
    """Also by order, coins go only where they may be."""
    block(rich, BOB)
    with refuses("ERC7943CannotReceive", BOB):
        rich.govern(rich.token, "forcedTransfer", ALICE, BOB, COIN, ORDER, role=Role.SEIZER)


def test_blocking_twice_is_no_change(system: System) -> None:
    """The event log is a record of changes."""
    block(system, ALICE)
    with refuses("NoChange", ALICE):
        block(system, ALICE)


# ------------------------------------------------------------------------------------------------------- standards


def test_the_erc7943_interface_is_whole(system: System) -> None:
    """Its id is the exclusive-or of its six selectors, and ERC-165 knows it."""
    functions = (
        "forcedTransfer(address,address,uint256)",
        "setFrozenTokens(address,uint256)",
        "canSend(address)",
        "canReceive(address)",
        "getFrozenTokens(address)",
        "canTransfer(address,address,uint256)",
    )
    codes = [int.from_bytes(load("Token").methods[function], "big") for function in functions]
    whole = 0
    for code in codes:
        whole ^= code
    assert whole == 0x3EDBB4C4
    assert system.token.call("supportsInterface", whole.to_bytes(4, "big"))
    assert system.token.call("supportsInterface", bytes.fromhex("01ffc9a7"))
    assert not system.token.call("supportsInterface", b"\xff" * 4)


@pytest.mark.parametrize("contract", ["Token", "Reserves", "NarrowBank"])
def test_every_domain_can_be_read(system: System, contract: str) -> None:
    """ERC-5267, so that wallets need not be told."""
    fields, name, version, chain, address, salt, extensions = system.contracts[contract].call("eip712Domain")
    expected = "Narrow Coin" if contract == "Token" else contract
    assert (fields, name, version, chain) == (b"\x0f", expected, "1", 31337)
    assert (address, salt, extensions) == (system.contracts[contract].address, ZERO, ())
    assert system.contracts[contract].call("version") == 1


def test_a_name_of_32_bytes_is_refused(system: System) -> None:
    """It must fit the domain."""
    with refuses("StringTooLong"):
        Contract.deploy(system.evm, "Token", ("N" * 32, "NRW", 6, system.manager.address), DEPLOYER)


def test_no_error_is_a_string() -> None:
    """Typed errors that carry facts."""
    names = {signature(entry) for entry in load("Token").abi if entry["type"] == "error"}
    assert "Error(string)" not in names
    assert address_of(KEY_OF[ALICE]) == ALICE
