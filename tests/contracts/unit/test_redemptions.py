"""A request from escrow to its one end, the halts that an overdue one causes, and the wind-down."""

import pytest

from tests.contracts.abi import keccak
from tests.contracts.kit import (
    ACCEPTED,
    ALICE,
    BOB,
    CANCELLED,
    CENT,
    COIN,
    COMPLIANCE,
    DAY,
    GIVEN_BACK,
    GOVERNOR,
    HOUR,
    KEY_OF,
    NONE,
    ORDER,
    PAYER,
    PAYOUT,
    RECLAIMED,
    RELAYER,
    REQUESTED,
    SETTLED,
    ZERO,
    Request,
    System,
    sign65,
    split,
)
from tests.contracts.refusals import refuses

NOT_COVERED, OVERDUE, BRAKE, WOUND_DOWN = 2, 4, 8, 32
REF = keccak(b"the bank's reference")


@pytest.fixture
def rich(system: System) -> System:
    """Alice holds 100 coins, covered by as much again."""
    system.mint(amount=100 * COIN, to=ALICE)
    system.attest(1_000 * COIN)
    return system


# ------------------------------------------------------------------------------------------------------- asking


@pytest.mark.parametrize(
    ("amount", "error"),
    [(0, "TooSmall"), (COIN - CENT, "TooSmall"), (COIN + 1, "NotAMultiple"), (10 * COIN + CENT // 2, "NotAMultiple")],
)
def test_zero_dust_and_fractions_of_a_cent_are_refused(rich: System, amount: int, error: str) -> None:
    """Dust requests with a clock would stop minting; a bank pays whole cents."""
    with refuses(error, amount):
        rich.request(amount)


def test_a_request_without_a_payout_account_is_refused(rich: System) -> None:
    """Nobody could be paid."""
    with refuses("NoPayout"):
        rich.request(payout=ZERO)


def test_a_request_above_the_balance_is_refused(rich: System) -> None:
    """Escrow is real coins."""
    with refuses("ERC20InsufficientBalance", ALICE, 100 * COIN, 101 * COIN):
        rich.request(101 * COIN)


def test_a_request_without_allowance_is_refused(rich: System) -> None:
    """The bank takes only what it was given."""
    with refuses("ERC20InsufficientAllowance"):
        rich.bank.send("request", 10 * COIN, PAYOUT, sender=ALICE)


def test_a_request_puts_coins_into_escrow_and_names_its_end(rich: System) -> None:
    """The event carries what the payer needs; the record what the contract needs."""
    rich.token.send("approve", rich.bank.address, 10 * COIN, sender=ALICE)
    receipt = rich.bank.send("request", 10 * COIN, PAYOUT, sender=ALICE)
    due = receipt.time + 2 * DAY
    asked = {"id": 1, "holder": ALICE, "amount": 10 * COIN, "payout": PAYOUT, "dueAt": due}
    assert receipt.only("Requested") == asked
    assert rich.request_of(1) == Request(ALICE, REQUESTED, due, 0, 10 * COIN, 0)
    assert rich.balance(rich.bank.address) == 10 * COIN
    assert rich.request_of(2).status == NONE


def permitted(system: System) -> tuple[object, ...]:
    """The arguments of `requestWithPermit` after amount and payout."""
    deadline = system.now + HOUR
    digest = system.permit_digest(ALICE, system.bank.address, 10 * COIN, 0, deadline)
    return deadline, *split(sign65(KEY_OF[ALICE], digest))


def test_a_copied_permit_does_not_stop_the_request(rich: System) -> None:
    """Whoever uses the permit first only sets the allowance that the request needs."""
    permit = permitted(rich)
    rich.token.send("permit", ALICE, rich.bank.address, 10 * COIN, *permit, sender=BOB)
    rich.bank.send("requestWithPermit", 10 * COIN, PAYOUT, *permit, sender=ALICE)
    assert rich.request_of(1).status == REQUESTED


def test_a_permit_replaces_the_approval(rich: System) -> None:
    """One transaction instead of two."""
    rich.bank.send("requestWithPermit", 10 * COIN, PAYOUT, *permitted(rich), sender=ALICE)
    assert rich.balance(rich.bank.address) == 10 * COIN


def gasless(system: System, payout: bytes = PAYOUT, salt: bytes = ORDER) -> list[object]:
    """Alice's signed request over 10 coins, as the arguments of `requestWithAuthorization`."""
    nonce = system.bank.call("authorizationNonce", payout, salt)
    after, before = system.now - 1, system.now + HOUR
    values = (ALICE, system.bank.address, 10 * COIN, after, before, nonce)
    signature = sign65(KEY_OF[ALICE], system.authorization_digest("ReceiveWithAuthorization", *values))
    return [ALICE, 10 * COIN, payout, salt, after, before, signature]


def test_a_gasless_request_cannot_be_redirected(rich: System) -> None:
    """The payout account lies inside the signed nonce: another one, or another salt, breaks the signature."""
    for place in (2, 3):
        changed = gasless(rich)
        changed[place] = keccak(b"the relayer's own account")
        with refuses("ERC3009InvalidSignature"):
            rich.bank.send("requestWithAuthorization", *changed, sender=RELAYER)


def test_a_gasless_request_works_once_by_any_relayer(rich: System) -> None:
    """The holder signs, anyone pays the gas."""
    signed = gasless(rich)
    rich.bank.send("requestWithAuthorization", *signed, sender=RELAYER)
    assert rich.request_of(1).holder == ALICE
    with refuses("ERC3009UsedAuthorization", ALICE):
        rich.bank.send("requestWithAuthorization", *signed, sender=RELAYER)


# ------------------------------------------------------------------------------------------------------- the payer


@pytest.mark.parametrize("call", [("accept", [1]), ("settle", [1], [REF]), ("giveBack", [1], [1])])
def test_only_the_payer_accepts_settles_and_gives_back(rich: System, call: tuple[object, ...]) -> None:
    """Not even the governor."""
    rich.request()
    with refuses("NotPayer", GOVERNOR):
        rich.bank.send(*call, sender=GOVERNOR)  # type: ignore[arg-type]


def test_lists_of_different_lengths_are_refused(rich: System) -> None:
    """A reference would be lost, or given to another request."""
    with refuses("LengthMismatch", 1, 2):
        rich.bank.send("settle", [1], [REF, REF], sender=PAYER)
    with refuses("LengthMismatch", 2, 1):
        rich.bank.send("giveBack", [1, 2], [1], sender=PAYER)


def test_a_paid_request_is_burned_once(rich: System) -> None:
    """Named twice in a batch, or in a second one, it is skipped."""
    number = rich.accepted()
    receipt = rich.bank.send("settle", [number, number], [REF, REF], sender=PAYER)
    assert receipt.only("Settled") == {"id": number, "amount": 10 * COIN, "paid": 10 * COIN, "ref": REF}
    assert rich.token.call("totalSupply") == 90 * COIN
    again = rich.bank.send("settle", [number], [REF], sender=PAYER)
    assert (again.events, rich.request_of(number).status) == ([], SETTLED)


def test_a_request_that_was_not_accepted_is_not_settled(rich: System) -> None:
    """The holder could still have cancelled it."""
    number = rich.request()
    assert rich.bank.call("settle", [number], [REF], sender=PAYER) == 0


def test_a_batch_skips_what_a_holder_cancelled(rich: System) -> None:
    """A front-running holder must not kill the batch; the count says what was done."""
    first, second = rich.request(), rich.request()
    rich.bank.send("cancel", first, sender=ALICE)
    assert rich.bank.call("accept", [first, second, 99], sender=PAYER) == 1
    rich.bank.send("accept", [first, second, 99], sender=PAYER)
    assert (rich.request_of(first).status, rich.request_of(second).status) == (CANCELLED, ACCEPTED)


def test_no_payout_to_a_blocked_holder(rich: System) -> None:
    """Acceptance skips the request; its coins can be returned."""
    number = rich.request()
    rich.token.send("setBlocked", ALICE, True, ORDER, sender=COMPLIANCE)
    assert rich.bank.call("accept", [number], sender=PAYER) == 0
    rich.bank.send("giveBack", [number], [3], sender=PAYER)
    assert rich.balance(ALICE) == 100 * COIN


def test_coins_given_back_in_time_leave_no_brake(rich: System) -> None:
    """A rejected payment is an everyday thing."""
    number = rich.accepted()
    receipt = rich.bank.send("giveBack", [number], [1], sender=PAYER)
    assert receipt.only("GivenBack") == {"id": number, "reason": 1}
    assert (rich.bank.call("halted"), rich.request_of(number).status) == (0, GIVEN_BACK)
    assert rich.balance(ALICE) == 100 * COIN


def test_coins_given_back_late_stop_minting_for_a_day(rich: System) -> None:
    """Redemption refused after its time is a warning to everybody."""
    number = rich.accepted()
    rich.evm.advance(2 * DAY + 1)
    until = rich.bank.send("giveBack", [number], [1], sender=PAYER).only("Braked")["until"]
    rich.attest(1_000 * COIN)
    assert rich.bank.call("halted") == BRAKE
    with refuses("BrakeOn", until):
        rich.mint()
    rich.evm.advance(until - rich.now)
    rich.attest(1_000 * COIN)
    rich.mint()


def test_the_governor_changes_the_payer(system: System) -> None:
    """Seen coming; and never to nobody."""
    with refuses("AccessManagerNotScheduled"):
        system.bank.send("setPayer", BOB, sender=GOVERNOR)
    with refuses("OutOfBounds"):
        system.govern(system.bank, "setPayer", "0x" + "00" * 20)
    system.govern(system.bank, "setPayer", BOB)
    assert system.bank.call("payer") == BOB


# ------------------------------------------------------------------------------------------------------- the holder


def test_an_accepted_request_cannot_be_cancelled(rich: System) -> None:
    """The bank may be paying already."""
    number = rich.accepted()
    with refuses("WrongStatus", number, ACCEPTED):
        rich.bank.send("cancel", number, sender=ALICE)


def test_escrow_goes_to_nobody_but_its_holder(rich: System) -> None:
    """N6: neither cancel nor reclaim by another."""
    number = rich.request()
    with refuses("NotHolder", BOB, ALICE):
        rich.bank.send("cancel", number, sender=BOB)
    rich.evm.advance(2 * DAY + 1)
    rich.bank.send("protest", number, sender=BOB)
    rich.evm.advance(DAY)
    with refuses("NotHolder", BOB, ALICE):
        rich.bank.send("reclaim", number, sender=BOB)


def test_a_request_is_not_overdue_before_its_time(rich: System) -> None:
    """At `dueAt` itself it is still in time."""
    number = rich.request()
    due = rich.request_of(number).dueAt
    rich.evm.advance(due - rich.now)
    with refuses("NotDue", number, due, due):
        rich.bank.send("protest", number, sender=BOB)
    rich.evm.advance(1)
    rich.bank.send("protest", number, sender=BOB)
    with refuses("AlreadyProtested", number):
        rich.bank.send("protest", number, sender=BOB)


def test_an_overdue_request_stops_minting_until_it_ends(rich: System) -> None:
    """In any of its ends."""
    for end in (("cancel", ALICE), ("settle", PAYER), ("giveBack", PAYER), ("reclaim", ALICE)):
        number = rich.overdue()
        rich.attest(1_000 * COIN)
        assert rich.bank.call("halted") & OVERDUE
        with refuses("OverdueRedemptions", 1):
            rich.mint()
        finish(rich, number, *end)
        assert rich.bank.call("overdue") == 0


def finish(system: System, number: int, end: str, sender: str) -> None:
    """Bring an overdue request to one of its ends."""
    if end == "settle":
        system.bank.send("accept", [number], sender=PAYER)
        system.bank.send("settle", [number], [REF], sender=sender)
    elif end == "giveBack":
        system.bank.send("giveBack", [number], [5], sender=sender)
    else:
        system.evm.advance(DAY)
        system.bank.send(end, number, sender=sender)


@pytest.mark.parametrize(("accepted", "notice"), [(False, DAY), (True, 10 * DAY)])
def test_a_holder_reclaims_after_the_notice(rich: System, accepted: bool, notice: int) -> None:
    """A day if never accepted; ten, longer than a recall and a statement, if a payment may be under way."""
    number = rich.overdue()
    if accepted:
        rich.bank.send("accept", [number], sender=PAYER)
    protested = rich.request_of(number).protestedAt
    assert rich.bank.call("reclaimableAt", number) == protested + notice
    rich.evm.advance(protested + notice - 1 - rich.now)
    with refuses("NoticeNotOver", number, protested + notice, protested + notice - 1):
        rich.bank.send("reclaim", number, sender=ALICE)
    rich.evm.advance(1)
    rich.bank.send("reclaim", number, sender=ALICE)
    assert (rich.balance(ALICE), rich.request_of(number).status) == (100 * COIN, RECLAIMED)


def test_nothing_is_reclaimed_without_a_protest(rich: System) -> None:
    """The notice must have begun, for all to see."""
    number = rich.request()
    rich.evm.advance(30 * DAY)
    with refuses("NotProtested", number):
        rich.bank.send("reclaim", number, sender=ALICE)


@pytest.mark.parametrize("call", ["cancel", "protest", "reclaim"])
def test_a_request_ends_once(rich: System, call: str) -> None:
    """N5: what is settled is settled."""
    number = rich.accepted()
    rich.bank.send("settle", [number], [REF], sender=PAYER)
    rich.evm.advance(3 * DAY)
    with refuses("WrongStatus", number, SETTLED):
        rich.bank.send(call, number, sender=ALICE)
    assert rich.bank.call("giveBack", [number], [1], sender=PAYER) == 0


def test_leaving_works_whatever_the_report_says(rich: System) -> None:
    """N4: short, then stale: request, accept, settle, cancel and reclaim work."""
    rich.attest(0)
    rich.evm.advance(20 * DAY)
    assert rich.bank.call("halted") & 3 == 3
    paid, overdue = rich.accepted(), rich.overdue()
    rich.bank.send("settle", [paid], [REF], sender=PAYER)
    rich.bank.send("cancel", rich.request(), sender=ALICE)
    rich.evm.advance(DAY)
    rich.bank.send("reclaim", overdue, sender=ALICE)
    assert rich.balance(rich.bank.address) == 0


# ------------------------------------------------------------------------------------------------------- wind-down


def test_a_covered_bank_cannot_be_wound_down(rich: System) -> None:
    """Thirty days without a covering attestation; a short one does not count, but does not end the clock either."""
    rich.evm.advance(29 * DAY)
    rich.attest(1_000 * COIN)
    covered_at = rich.reserves.call("head")[4]
    rich.evm.advance(DAY)
    rich.attest(1 * COIN)
    rich.evm.advance(28 * DAY)
    with refuses("CannotWindDown", 100 * COIN, covered_at):
        rich.bank.send("windDown", sender=BOB)


def test_a_bank_without_coins_has_nothing_to_wind_down(system: System) -> None:
    """The clock starts at the deployment, the coins must exist."""
    system.evm.advance(31 * DAY)
    with refuses("CannotWindDown", 0):
        system.bank.send("windDown", sender=BOB)


def test_after_a_wind_down_everybody_is_paid_the_same_ratio(rich: System) -> None:
    """No mint for ever; payouts accepted from then on are cut to whole cents; the escrow burns whole."""
    before = rich.accepted()
    rich.attest(75 * COIN + CENT // 2)
    rich.evm.advance(30 * DAY)
    receipt = rich.bank.send("windDown", sender=BOB)
    assert receipt.only("WoundDown") == {"backing": 75 * COIN + CENT // 2, "burden": 100 * COIN}
    with refuses("IsWoundDown"):
        rich.bank.send("windDown", sender=BOB)
    after = rich.accepted(COIN + CENT)
    assert (rich.request_of(before).pays, rich.request_of(after).pays) == (10 * COIN, 75 * CENT)
    rich.bank.send("settle", [before, after], [REF, REF], sender=PAYER)
    assert rich.token.call("totalSupply") == 89 * COIN - CENT
    rich.attest(1_000 * COIN)
    assert rich.bank.call("halted") == WOUND_DOWN
    with refuses("IsWoundDown"):
        rich.mint()


def test_a_wind_down_never_pays_more_than_whole(rich: System) -> None:
    """The ratio is at most one: more reserves than coins are nobody's gift."""
    rich.evm.advance(30 * DAY + 1)
    rich.bank.send("windDown", sender=BOB)
    assert rich.bank.call("windDownRatio") == (100 * COIN, 100 * COIN)
    assert rich.bank.call("paysFor", 10 * COIN) == 10 * COIN
