"""What a mint checks, in order, and what it leaves."""

import pytest

from tests.contracts.abi import KEYS, Contract, keccak
from tests.contracts.kit import (
    ALICE,
    BOB,
    COIN,
    DAY,
    DEPLOYER,
    GOVERNOR,
    GUARDIAN,
    HOUR,
    KEY_OF,
    NOBODY,
    ORDER,
    PAYER,
    RELAYER,
    ZERO,
    System,
    address_of,
    deploy,
)
from tests.contracts.refusals import refuses
from tradecoin.artefacts.plan import Terms

VOID = 2**128 - 1
STALE, NOT_COVERED, OVERDUE, BRAKE, PAUSED, WOUND_DOWN = (1 << bit for bit in range(6))


@pytest.fixture
def funded(system: System) -> System:
    """Reserves for a million coins are attested."""
    system.attest(1_000_000 * COIN)
    return system


def test_a_mint_without_a_report_is_refused(system: System) -> None:
    """Nothing is minted on faith."""
    with refuses("StaleReport"):
        system.bank.send("mint", *system.batch(system.voucher()), sender=RELAYER)


def test_a_stale_report_stops_minting(funded: System) -> None:
    """Pure silence halts at the greatest age."""
    funded.evm.advance(2 * DAY + 1)
    with refuses("StaleReport"):
        funded.bank.send("mint", *funded.batch(funded.voucher()), sender=RELAYER)
    assert funded.bank.call("halted") == STALE


def test_a_mint_beyond_the_backing_is_refused_whole(funded: System) -> None:
    """N1 and N8: after the mint the coins must be covered."""
    funded.attest(150 * COIN)
    with refuses("NotCovered", 200 * COIN, 150 * COIN):
        funded.bank.send("mint", *funded.batch(funded.voucher(), funded.voucher()), sender=RELAYER)
    assert funded.token.call("totalSupply") == 0


def test_a_short_report_stops_minting(funded: System) -> None:
    """Even the smallest amount."""
    funded.mint(amount=100 * COIN)
    funded.attest(99 * COIN)
    with refuses("NotCovered"):
        funded.bank.send("mint", *funded.batch(funded.voucher(amount=1)), sender=RELAYER)
    assert funded.bank.call("halted") == NOT_COVERED


@pytest.mark.parametrize(("ahead", "good"), [(-1, False), (0, True), (DAY, True), (DAY + 1, False)])
def test_vouchers_live_at_most_a_day(funded: System, ahead: int, good: bool) -> None:
    """An expired voucher is dead, and one that would live long is never accepted."""
    batch = funded.batch(funded.voucher(), expiry=funded.now + ahead)
    if good:
        funded.bank.send("mint", *batch, sender=RELAYER)
    else:
        with refuses("BadExpiry", funded.now + ahead):
            funded.bank.send("mint", *batch, sender=RELAYER)


@pytest.mark.parametrize("size", [0, 251])
def test_a_batch_has_1_to_250_vouchers(funded: System, size: int) -> None:
    """A public chain caps a transaction."""
    voucher = funded.voucher()
    with refuses("BadBatchSize", size):
        funded.bank.send("mint", [voucher] * size, funded.now + HOUR, b"", sender=RELAYER)


def test_a_batch_of_250_fits_a_transaction(funded: System) -> None:
    """Well below the 16.7 million gas of a public chain."""
    vouchers = [funded.voucher(to=ALICE) for _ in range(250)]
    assert funded.bank.send("mint", *funded.batch(*vouchers), sender=RELAYER).gas < 12_000_000


def test_a_voucher_works_once(funded: System) -> None:
    """In another batch, and twice in one."""
    voucher = funded.voucher()
    funded.mint(voucher)
    with refuses("WrongOffset", voucher.deposit, 0, 100 * COIN):
        funded.mint(voucher)
    other = funded.voucher()
    with refuses("WrongOffset", other.deposit, 0, 100 * COIN):
        funded.mint(other, other)


def test_a_deposit_is_split_but_never_overdrawn(funded: System) -> None:
    """N2: offsets follow each other, up to the value."""
    first = funded.voucher(60 * COIN, value=100 * COIN)
    funded.mint(first, first._replace(offset=60 * COIN, amount=30 * COIN))
    assert funded.bank.call("spent", first.deposit) == 90 * COIN
    with refuses("ValueExceeded", first.deposit, 101 * COIN, 100 * COIN):
        funded.mint(first._replace(offset=90 * COIN, amount=11 * COIN))


def test_a_mint_without_a_value_behind_it_is_refused(funded: System) -> None:
    """No deposit, no coins."""
    with refuses("ValueExceeded"):
        funded.mint(funded.voucher(COIN, value=0))


def test_a_voucher_over_nothing_is_refused(funded: System) -> None:
    """It would be an event without a mint."""
    with refuses("ZeroAmount"):
        funded.mint(funded.voucher(0))


def test_a_changed_voucher_breaks_the_signatures(funded: System) -> None:
    """Replay key, value, amount and recipient all lie inside the signed struct."""
    voucher = funded.voucher()
    vouchers, expiry, signatures = funded.batch(voucher)
    for change in ({"to": BOB}, {"amount": 1}, {"value": VOID}, {"deposit": ORDER}, {"order": ORDER}):
        with refuses("UnexpectedSigner"):
            funded.bank.send("mint", [voucher._replace(**change)], expiry, signatures, sender=RELAYER)
    with refuses("UnexpectedSigner"):
        funded.bank.send("mint", vouchers, expiry + 1, signatures, sender=RELAYER)


@pytest.mark.parametrize(
    ("to", "error"), [("zero", "ERC20InvalidReceiver"), ("token", "ERC20InvalidReceiver"), ("bank", "UseRequest")]
)
def test_coins_are_minted_only_to_who_can_use_them(funded: System, to: str, error: str) -> None:
    """Not to nobody, the token or the bank itself; and one bad voucher stops the batch."""
    addresses = {"zero": NOBODY, "token": funded.token.address, "bank": funded.bank.address}
    with refuses(error):
        funded.mint(funded.voucher(), funded.voucher(to=addresses[to]))
    assert funded.token.call("totalSupply") == 0


def test_anyone_may_bring_a_batch_and_everyone_sees_it(funded: System) -> None:
    """What is minted and to whom is signed; who brings it does not matter."""
    vouchers = [funded.voucher(to=ALICE), funded.voucher(7 * COIN, to=BOB)]
    receipt = funded.bank.send("mint", *funded.batch(*vouchers), sender=BOB)
    issued = [event.members for event in receipt.events if event.name == "Issued"]
    assert issued == [
        {"order": voucher.order, "deposit": voucher.deposit, "to": voucher.to, "amount": voucher.amount}
        for voucher in vouchers
    ]
    assert (funded.balance(ALICE), funded.balance(BOB)) == (100 * COIN, 7 * COIN)


def test_the_digest_of_the_contract_is_that_of_the_standard(system: System) -> None:
    """EIP-712 as eth-account computes it."""
    vouchers = [system.voucher(), system.voucher(to=BOB)]
    assert system.bank.call("hashVouchers", vouchers, 123) == system.vouchers_digest(vouchers, 123)
    attestation = system.attestation(5, claims=3, claimsRoot=ORDER)
    assert system.reserves.call("hashAttestation", attestation) == system.attestation_digest(attestation)


# --------------------------------------------------------------------------------------------------- with attestation


def test_attest_and_mint_survives_being_front_run(system: System) -> None:
    """Somebody published the attestation first: that part is skipped, the mint is judged on the head."""
    attestation = system.attestation(100 * COIN)
    signatures = system.audited(attestation)
    batch = system.batch(system.voucher())
    system.reserves.send("attest", attestation, signatures, sender=BOB)
    system.bank.send("attestAndMint", attestation, signatures, *batch, sender=RELAYER)
    assert system.token.call("totalSupply") == 100 * COIN


def test_attest_and_mint_publishes_both(system: System) -> None:
    """One transaction carries attestation and vouchers."""
    attestation = system.attestation(100 * COIN)
    batch = system.batch(system.voucher())
    receipt = system.bank.send("attestAndMint", attestation, system.audited(attestation), *batch, sender=RELAYER)
    assert [event.name for event in receipt.events] == ["Attested", "Transfer", "Issued"]


def test_a_bad_attestation_stops_the_mint_that_brings_it(system: System) -> None:
    """Skipped is only what somebody else published."""
    attestation = system.attestation(100 * COIN)
    batch = system.batch(system.voucher())
    with refuses("TooFewSignatures", 0, 2):
        system.bank.send("attestAndMint", attestation, b"", *batch, sender=RELAYER)


# ------------------------------------------------------------------------------------------------------- limits


def test_the_rate_limit_holds_and_refills(system: System) -> None:
    """N7: capacity at once, and as much again in a day."""
    system.bank.send("lowerLimit", 100 * COIN, sender=GUARDIAN)
    system.attest(1_000_000 * COIN)
    system.mint(amount=100 * COIN)
    with refuses("LimitExceeded", COIN):
        system.mint(amount=COIN)
    system.evm.advance(6 * HOUR)
    available, capacity, window = system.bank.call("limit")
    assert (capacity, window) == (100 * COIN, DAY)
    assert 25 * COIN <= available < 25 * COIN + 10_000
    system.mint(amount=25 * COIN)


def test_a_limit_of_zero_stops_minting(funded: System) -> None:
    """Zero is never "unlimited"."""
    funded.bank.send("lowerLimit", 0, sender=GUARDIAN)
    with refuses("LimitExceeded", 1, 0):
        funded.mint(amount=1)


def test_a_raised_limit_does_not_reach_back(system: System) -> None:
    """An hour at the old rate refilled a 24th of the old capacity; the new rate counts from the change on."""
    system.bank.send("lowerLimit", 24 * COIN, sender=GUARDIAN)
    raised = system.bank.data("raiseLimit", 1_000 * COIN)
    system.manager.send("schedule", system.bank.address, raised, 0, sender=GOVERNOR)
    system.evm.advance(2 * DAY - HOUR)
    minted_at = system.mint(amount=24 * COIN).time
    system.evm.advance(minted_at + HOUR - system.now)
    system.bank.send("raiseLimit", 1_000 * COIN, sender=GOVERNOR)
    available, capacity, _ = system.bank.call("limit")
    assert (available - (1_000 - 23) * COIN) * DAY <= 2 * capacity


@pytest.mark.parametrize("what", ["Limit", "InstantCap"])
def test_cutting_and_raising_are_different_functions(system: System, what: str) -> None:
    """Each goes one way only."""
    now = system.bank.call("limit")[1] if what == "Limit" else system.bank.call("instantCap")
    with refuses("WrongDirection", now, now):
        system.bank.send(f"lower{what}", now, sender=GUARDIAN)
    with refuses("WrongDirection", now, now):
        system.govern(system.bank, f"raise{what}", now)
    with refuses("AccessManagedUnauthorized", GUARDIAN):
        system.bank.send(f"raise{what}", now + 1, sender=GUARDIAN)


def large(system: System) -> tuple[tuple[object, ...], bytes]:
    """A batch above the instant cap, which is cut to 50 coins, and its digest."""
    system.bank.send("lowerInstantCap", 50 * COIN, sender=GUARDIAN)
    voucher, expiry = system.voucher(51 * COIN), system.now + 20 * HOUR
    digest = system.vouchers_digest([voucher], expiry)
    return ([voucher], expiry, system.signed(digest)), digest


def test_a_large_batch_needs_its_announcement(funded: System) -> None:
    """Above the cap there is time to say no; at the cap there is no need."""
    batch, digest = large(funded)
    with refuses("NotAnnounced", digest, 51 * COIN, 50 * COIN):
        funded.bank.send("mint", *batch, sender=RELAYER)
    funded.mint(amount=50 * COIN)


def test_an_announced_batch_waits_its_delay(funded: System) -> None:
    """Six hours, to the second."""
    batch, digest = large(funded)
    ready = funded.bank.send("announce", digest, batch[2], sender=RELAYER).only("BatchAnnounced")["readyAt"]
    with refuses("AnnouncementRunning", digest, ready):
        funded.bank.send("mint", *batch, sender=RELAYER)
    with refuses("AlreadyAnnounced", digest):
        funded.bank.send("announce", digest, batch[2], sender=RELAYER)
    funded.evm.advance(ready - funded.now)
    funded.bank.send("mint", *batch, sender=RELAYER)
    assert funded.balance(ALICE) == 51 * COIN


def test_an_announcement_needs_a_quorum(funded: System) -> None:
    """Nobody reserves digests."""
    batch, digest = large(funded)
    with refuses("TooFewSignatures", 1, 2):
        funded.bank.send("announce", digest, batch[2][:64], sender=RELAYER)  # type: ignore[index]


def give_gas(system: System, index: int) -> str:
    """Make a bank signer's key able to send; returns its address."""
    key = system.bank_keys[index]
    address = address_of(key)
    system.evm.chain.rpc("anvil_setBalance", [address, hex(10**20)])
    return address


@pytest.mark.parametrize("who", ["guardian", "signer"])
def test_one_voice_vetoes_a_large_batch(funded: System, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guardian, or any single bank signer."""
    sender = GUARDIAN if who == "guardian" else give_gas(funded, 2)
    monkeypatch.setitem(KEYS, sender, key_text(funded, sender))
    batch, digest = large(funded)
    funded.bank.send("announce", digest, batch[2], sender=RELAYER)
    funded.bank.send("veto", digest, sender=sender)
    funded.evm.advance(7 * HOUR)
    with refuses("Vetoed", digest):
        funded.bank.send("mint", *batch, sender=RELAYER)


def key_text(system: System, address: str) -> str:
    """The private key of an account or a bank signer, as 0x hex."""
    keys = KEY_OF | {address_of(key): key for key in system.bank_keys}
    return "0x" + keys[address].secret.hex()


@pytest.mark.parametrize("function", ["veto", "void"])
def test_a_stranger_neither_vetoes_nor_voids(system: System, function: str) -> None:
    """Stopping is a power too."""
    with refuses("AccessManagedUnauthorized", ALICE):
        system.bank.send(function, ORDER, sender=ALICE)


def test_a_void_deposit_is_dead(funded: System) -> None:
    """A live voucher must never outlive a refund; also when a part was minted."""
    fresh, part = funded.voucher(), funded.voucher(10 * COIN, value=100 * COIN)
    funded.mint(part)
    for voucher in (fresh, part._replace(offset=10 * COIN)):
        receipt = funded.bank.send("void", voucher.deposit, sender=GUARDIAN)
        assert receipt.only("Voided") == {"deposit": voucher.deposit, "by": GUARDIAN}
        assert funded.bank.call("spent", voucher.deposit) == VOID
        with refuses("DepositIsVoid", voucher.deposit):
            funded.mint(voucher)
        with refuses("DepositIsVoid", voucher.deposit):
            funded.bank.send("void", voucher.deposit, sender=GUARDIAN)


def test_a_pause_of_the_issue_stops_minting_alone(funded: System) -> None:
    """Holders leave as ever."""
    funded.mint()
    funded.bank.send("pauseIssue", DAY, sender=GUARDIAN)
    with refuses("IssueIsPaused"):
        funded.mint()
    assert funded.bank.call("halted") == PAUSED
    number = funded.accepted()
    funded.bank.send("settle", [number], [ZERO], sender=PAYER)


# ------------------------------------------------------------------------------------------------------- successor


def successor(system: System) -> Contract:
    """A bank that reads what its predecessor spent."""
    terms = (PAYER, 10_000, COIN, 2 * DAY, 6 * HOUR, 10**15, 10**15)
    signers = [address_of(key) for key in system.bank_keys]
    args = (system.manager.address, system.reserves.address, system.bank.address, signers, 2, terms)
    return Contract.deploy(system.evm, "NarrowBank", args, DEPLOYER)[0]


def test_a_successor_knows_what_was_spent_before(funded: System) -> None:
    """A deposit minted at the old bank is spent at the new one, and one voided there is void here."""
    minted, voided = funded.voucher(), ORDER
    funded.mint(minted)
    funded.bank.send("void", voided, sender=GUARDIAN)
    bank = successor(funded)
    assert bank.call("spent", minted.deposit) == 100 * COIN
    assert bank.call("spent", voided) == VOID
    assert bank.call("spent", keccak(b"new")) == 0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"minor_unit": 0}, b"minorUnit"),
        ({"min_request": 9_999}, b"minRequest"),
        ({"min_request": 1_000 * COIN + 1}, b"minRequest"),
        ({"sla": HOUR - 1}, b"sla"),
        ({"sla": 11 * DAY}, b"sla"),
        ({"announce_delay": HOUR - 1}, b"announceDelay"),
        ({"announce_delay": 7 * DAY + 1}, b"announceDelay"),
    ],
)
def test_terms_out_of_bounds_cannot_be_deployed(change: dict[str, int], what: bytes) -> None:
    """Also: notice of an issuer change exceeds sla and reclaim notice, so that every holder can leave first."""
    with refuses("OutOfBounds", what.ljust(32, b"\0")):
        deploy(terms=Terms(**change))  # type: ignore[arg-type]
