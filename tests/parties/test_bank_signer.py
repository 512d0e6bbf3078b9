"""What a bank signer refuses, and what it signs."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.parties.fakes import BANK_ID, CHAIN_ID, MALLORY, NARROW_BANK, TOKEN, coins
from tests.parties.world import NONCE, REFERENCE, World, exchange, key_of, lines, seconds, voucher
from tradecoin.domain.mint import Voucher
from tradecoin.domain.money import Coins
from tradecoin.parties.bank_signer import BankSigner
from tradecoin.parties.messages import Ground
from tradecoin.signing.keys import load_key, recover64
from tradecoin.signing.refs import deposit_key, deposit_return_id, payment_reference
from tradecoin.signing.typed import Domain, vouchers_digest

HOUR = seconds(3600)


def refused(world: World, *parts: tuple[Voucher, Ground], hours: int = 6, signer_set: int = 1) -> list[str]:
    """Return the lines that the signer refuses a request for."""
    status, body = world.sign("vouchers", world.vouchers(*parts, hours=hours, signer_set=signer_set))
    assert (status, body.get("code")) == (409, "vouchers_differ")
    return sorted(lines(body))


def signed(world: World, *parts: tuple[Voucher, Ground], hours: int = 6) -> str:
    """Return the signature of a request that must be signed, after checking whose it is."""
    request = world.vouchers(*parts, hours=hours)
    status, body = world.sign("vouchers", request)
    assert status == 200, body
    domain = Domain("NarrowBank", CHAIN_ID, NARROW_BANK)
    digest = vouchers_digest(
        domain, signer_set=request.signer_set, expires_at=request.expires_at, vouchers=request.vouchers
    )
    assert recover64(bytes.fromhex(body["signature"][2:]), digest) == body["signer"]
    assert body["signer"] == load_key(world.folder / "key").address
    return str(body["signature"])


def test_a_credit_that_the_bank_does_not_know_is_not_signed(signer: World) -> None:
    """The node's word for it is worth nothing."""
    signer.bank.credit(100, REFERENCE)
    assert refused(signer, voucher("INVENTED", 100)) == ["vouchers[0].credit"]


def test_a_deposit_key_of_another_reference_is_not_signed(signer: World) -> None:
    """Key and reference must be of one entry, or a credit could be minted twice under two keys."""
    reference = signer.bank.credit(100, REFERENCE)
    assert refused(signer, voucher(reference, 100, deposit=b"\1" * 32)) == ["vouchers[0].deposit"]
    assert refused(signer, voucher(reference, 100, bank_reference="OTHER")) == ["vouchers[0].deposit"]
    foreign = deposit_key("OTHERBANK", BANK_ID, reference)
    assert refused(signer, voucher(reference, 100, deposit=foreign)) == ["vouchers[0].deposit"]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"value": coins(101)}, "value"),
        ({"value": coins(99)}, "value"),
        ({"offset": coins(1)}, "value"),
        ({"amount": coins(101)}, "value"),
        ({"amount": Coins(0)}, "amount"),
        ({"amount": Coins(9_999)}, "amount"),
        ({"order": bytes(32)}, "order"),
        ({"order": b"\1"}, "order"),
        ({"to": "0x" + "00" * 20, "assigned_by": "op"}, "to"),
        ({"to": TOKEN, "assigned_by": "op"}, "to"),
        ({"to": NARROW_BANK, "assigned_by": "op"}, "to"),
        ({"to": "0x1234"}, "to"),
        ({"to": MALLORY}, "to"),
        ({"nonce": b"\1" * 16}, "to"),
        ({"nonce": b""}, "nonce"),
        ({"reference": payment_reference(MALLORY, NONCE), "to": MALLORY}, "reference"),
        ({"reference": ""}, "reference"),
    ],
)
def test_a_voucher_that_says_something_else_than_the_credit_is_not_signed(
    signer: World, changes: dict[str, Any], line: str
) -> None:
    """Value, amount, recipient and the payer's own reference are each checked against the book."""
    reference = signer.bank.credit(100, REFERENCE)
    assert refused(signer, voucher(reference, 100, **changes)) == [f"vouchers[0].{line}"]


def test_a_debit_interest_or_a_charge_is_no_credit(signer: World) -> None:
    """Only what a payer sent can be minted."""
    booked = [
        signer.bank.book(-10_000),
        signer.bank.book(10_000, code="ACMT/MCOP/INTR"),
        signer.bank.book(10_000, reversal=True),
    ]
    for reference in booked:
        assert refused(signer, voucher(reference, 100)) == ["vouchers[0].credit"]


def test_a_reversed_credit_is_not_signed(signer: World) -> None:
    """Also when it was signed before."""
    reference = signer.bank.credit(100, REFERENCE)
    signed(signer, voucher(reference, 100))
    signer.bank.reverse(reference)
    assert refused(signer, voucher(reference, 100)) == ["vouchers[0].credit"]


def test_a_reversal_that_names_nothing_takes_back_the_credit_it_resembles(signer: World) -> None:
    """Some banks only repeat the payer's words."""
    first = signer.bank.credit(100, REFERENCE)
    second = signer.bank.credit(100)
    signer.bank.book(-10_000, reversal=True, remittance={"reference": REFERENCE, "lines": []})
    assert refused(signer, voucher(first, 100)) == ["vouchers[0].credit"]
    signed(signer, voucher(second, 100, assigned_by="operator"))


def test_a_credit_that_was_sent_back_is_not_signed(signer: World) -> None:
    """The money has left; unless the return itself came back."""
    reference = signer.bank.credit(100, REFERENCE)
    own_id = deposit_return_id(key_of(reference), 1)
    signer.bank.book(-10_000, end_to_end_id=own_id)
    assert refused(signer, voucher(reference, 100)) == ["vouchers[0].credit"]
    signer.bank.book(10_000, end_to_end_id=own_id, returned={"reason": "AC04"})
    signed(signer, voucher(reference, 100))


def test_a_second_voucher_for_the_same_money_is_not_signed(signer: World) -> None:
    """Neither for somebody else nor for another order, whole or in part, while the first may be used."""
    reference = signer.bank.credit(100, REFERENCE)
    signed(signer, voucher(reference, 100, amount=coins(60)))
    for other in (
        voucher(reference, 100, amount=coins(60), order=b"\2" * 32),
        voucher(reference, 100, amount=coins(50)),
        voucher(reference, 100, offset=coins(59), amount=coins(41)),
        voucher(reference, 100, amount=coins(60), to=MALLORY, assigned_by="operator"),
    ):
        assert refused(signer, other) == ["vouchers[0].offset"]
    signed(signer, voucher(reference, 100, offset=coins(60), amount=coins(40), order=b"\2" * 32))


def test_another_voucher_is_signed_when_the_first_expired_unused(signer: World) -> None:
    """Expired on the chain's clock in a final block, with `spent` unchanged there."""
    reference = signer.bank.credit(100, REFERENCE)
    signed(signer, voucher(reference, 100))
    other = voucher(reference, 100, order=b"\2" * 32)
    signer.now += 7 * HOUR
    assert refused(signer, other) == ["vouchers[0].offset"]
    signer.chain.mine(signer.now)
    signer.chain.spent[key_of(reference)] = coins(100).units
    assert refused(signer, other) == ["vouchers[0].offset"]
    signer.chain.spent.clear()
    signed(signer, other)


def test_the_latest_expiry_of_a_voucher_counts(signer: World) -> None:
    """The same voucher signed again lives longer."""
    reference = signer.bank.credit(100, REFERENCE)
    signed(signer, voucher(reference, 100), hours=1)
    signed(signer, voucher(reference, 100), hours=9)
    signer.now += 7 * HOUR
    signer.chain.mine(signer.now)
    assert refused(signer, voucher(reference, 100, order=b"\2" * 32)) == ["vouchers[0].offset"]


def test_two_vouchers_of_one_request_do_not_share_money(signer: World) -> None:
    """Ranges of one deposit follow each other or are refused."""
    reference = signer.bank.credit(100, REFERENCE)
    half = voucher(reference, 100, amount=coins(50))
    rest = voucher(reference, 100, amount=coins(50), offset=coins(50), order=b"\2" * 32)
    overlapping = voucher(reference, 100, amount=coins(51), offset=coins(49), order=b"\2" * 32)
    assert refused(signer, half, overlapping) == ["vouchers[1].offset"]
    assert refused(signer, half, half) == ["vouchers[1].offset"]
    signed(signer, rest, half)


@pytest.mark.parametrize("hours", [0, -1, 25])
def test_an_expiry_in_the_past_or_beyond_a_day_is_not_signed(signer: World, hours: int) -> None:
    """A voucher must not outlive what was checked."""
    reference = signer.bank.credit(100, REFERENCE)
    assert refused(signer, voucher(reference, 100), hours=hours) == ["expires_at"]


def test_no_voucher_too_many_or_without_ground_is_not_signed(signer: World) -> None:
    """1 to 250, each with what it rests on; and a set that a contract could have."""
    reference = signer.bank.credit(100, REFERENCE)
    good = voucher(reference, 100)
    assert refused(signer) == ["vouchers"]
    assert refused(signer, *[good] * 251) == ["vouchers"]
    assert refused(signer, good, signer_set=0) == ["signer_set"]
    status, body = signer.sign("vouchers", replace(signer.vouchers(good), grounds=()))
    assert (status, list(lines(body))) == (409, ["vouchers"])


def test_one_bad_voucher_spoils_the_request(signer: World) -> None:
    """And the answer names which."""
    good = signer.bank.credit(100, REFERENCE)
    assert refused(signer, voucher(good, 100), voucher("INVENTED", 5)) == ["vouchers[1].credit"]


def test_sums_above_the_signers_own_limits_are_not_signed(tmp_path: Path) -> None:
    """In one request, and in 24 hours; the same voucher again is no new sum."""
    limits = {"batch_limit": coins(100), "day_limit": coins(150)}
    with World(tmp_path).serving(BankSigner, **limits) as world:
        first, second = (voucher(world.bank.credit(80, REFERENCE), 80) for _ in range(2))
        assert refused(world, first, second) == ["sum"]
        assert signed(world, first) == signed(world, first)
        assert refused(world, second) == ["sum"]
        world.now += 25 * HOUR
        signed(world, second)


def test_an_assignment_is_not_signed_where_the_policy_does_not_take_it(tmp_path: Path) -> None:
    """An operator's word may stand in for a payment reference only where that was decided."""
    with World(tmp_path).serving(BankSigner, accept_operator_assignments=False) as world:
        reference = world.bank.credit(100)
        assigned = voucher(reference, 100, to=MALLORY, reference="", nonce=b"", assigned_by="op")
        assert refused(world, assigned) == ["vouchers[0].assigned_by"]


def test_an_assignment_is_signed_and_remembered(signer: World) -> None:
    """Whoever assigned it stands in the signer's own memory."""
    reference = signer.bank.credit(100)
    signed(signer, voucher(reference, 100, reference="", nonce=b"", assigned_by="op-7"))
    assert b"op-7" in b"".join(path.read_bytes() for path in signer.folder.glob("party.sqlite3*"))


def test_the_same_request_gets_the_same_signature(signer: World) -> None:
    """A retry changes nothing, in a batch of any composition."""
    one, two = (voucher(signer.bank.credit(100, REFERENCE), 100) for _ in range(2))
    assert signed(signer, one) == signed(signer, one)
    assert signed(signer, one, two) == signed(signer, one, two)


@pytest.mark.parametrize(
    "remittance",
    [
        {"reference": None, "lines": [f"for coins {REFERENCE} thanks"]},
        {"reference": " ".join(REFERENCE[at : at + 4] for at in range(0, 25, 4)), "lines": []},
        {"reference": None, "lines": [REFERENCE.lower()]},
    ],
)
def test_the_payers_reference_is_found_wherever_it_stands(signer: World, remittance: dict[str, Any]) -> None:
    """Structured or in the text, spaced or small."""
    reference = signer.bank.book(10_000, remittance=remittance)
    signed(signer, voucher(reference, 100))


def test_parts_of_an_itemised_booking_are_deposits_of_their_own(signer: World) -> None:
    """Each part by its number, none for the sum."""
    parts = [{"amount": f"{euros}.00", "remittance": {"reference": REFERENCE, "lines": []}} for euros in (30, 70)]
    reference = signer.bank.book(10_000, details=parts)
    assert refused(signer, voucher(reference, 100)) == ["vouchers[0].credit"]
    signed(signer, voucher(f"{reference}#0", 30), voucher(f"{reference}#1", 70))


def test_a_returned_payout_is_issued_again_to_its_holder_alone(signer: World) -> None:
    """Only after the coins were burned, and only if it was not paid again."""
    signer.chain.issue(signer.now, b"\1" * 32, 40)
    signer.chain.request(signer.now, 1, 40)
    signer.bank.payout(40, request=1)
    returned = signer.bank.give_back(40, request=1)
    again = voucher(returned, 40, reference="", nonce=b"", cause="payout_returned")
    assert refused(signer, again) == ["vouchers[0].credit"]
    signer.chain.settle(signer.now, 1, 40)
    stolen = (replace(again[0], to=MALLORY), replace(again[1], assigned_by="op"))
    assert refused(signer, stolen) == ["vouchers[0].to"]
    signed(signer, again)
    signer.bank.payout(40, request=1, attempt=2)
    assert refused(signer, again) == ["vouchers[0].credit"]


def test_a_payer_cannot_get_a_credit_taken_for_a_returned_payout(signer: World) -> None:
    """An EndToEndId of ours on a credit makes it no payout of ours."""
    signer.chain.request(signer.now, 1, 40)
    forged = signer.bank.give_back(40, request=1)
    signer.bank.lines[-1] |= {"returned": None, "code": "PMNT/RCDT/ESCT"}
    assert refused(signer, voucher(forged, 40)) == ["vouchers[0].reference"]


def test_a_bank_that_does_not_answer_with_sense_is_no_ground_to_sign(signer: World) -> None:
    """Not seeing is not refusing: the node may ask again."""
    reference = signer.bank.credit(100, REFERENCE)
    for nonsense in (b"<html>", b"{}", b'[{"reference": "x"}]', b'[{"reference": 1, "amount": 5}]'):
        signer.bank.broken = nonsense
        status, body = signer.sign("vouchers", signer.vouchers(voucher(reference, 100)))
        assert (status, body["code"]) == (503, "view_unreachable")
    signer.bank.broken = None
    signed(signer, voucher(reference, 100))


def test_an_announced_credit_is_not_signed(signer: World) -> None:
    """Pending is not booked."""
    reference = signer.bank.credit(100, REFERENCE, status="PDNG")
    assert refused(signer, voucher(reference, 100)) == ["vouchers[0].credit"]


def test_a_book_in_another_currency_is_no_view(signer: World) -> None:
    """An amount must not be taken for one of ours."""
    reference = signer.bank.credit(100, REFERENCE, currency="USD")
    status, body = signer.sign("vouchers", signer.vouchers(voucher(reference, 100)))
    assert (status, body["code"]) == (503, "view_unreachable")


def test_a_slow_bank_does_not_keep_the_signer_from_saying_how_it_is(signer: World) -> None:
    """Its status is answered while it waits."""
    reference = signer.bank.credit(100, REFERENCE)
    signer.bank.gate.clear()
    asking = threading.Thread(target=signer.sign, args=("vouchers", signer.vouchers(voucher(reference, 100))))
    asking.start()
    assert signer.bank.asked.wait(10)
    assert exchange(signer.url, "GET", "/status")[1]["signed"] == 0
    signer.bank.gate.set()
    asking.join()
    assert exchange(signer.url, "GET", "/status")[1]["signed"] == 1


def test_the_signer_forgets_nothing_when_it_is_started_again(tmp_path: Path) -> None:
    """Its memory is a file."""
    world = World(tmp_path)
    reference = world.bank.credit(100, REFERENCE)
    with world.serving(BankSigner):
        signed(world, voucher(reference, 100))
    with world.serving(BankSigner):
        assert refused(world, voucher(reference, 100, order=b"\2" * 32)) == ["vouchers[0].offset"]


def test_a_book_that_was_set_back_is_read_anew(signer: World) -> None:
    """A devnet restores snapshots; lines that are gone no longer count."""
    kept = signer.bank.credit(100, REFERENCE)
    dropped = signer.bank.credit(100, REFERENCE)
    signed(signer, voucher(dropped, 100))
    signer.bank.lines.pop()
    assert refused(signer, voucher(dropped, 100)) == ["vouchers[0].credit"]
    signed(signer, voucher(kept, 100))


def test_signing_asks_the_chain_nothing_in_the_common_case(signer: World) -> None:
    """Vouchers come in hundreds; the chain is asked only about conflicts and reissues."""
    signed(signer, voucher(signer.bank.credit(100, REFERENCE), 100))
    assert signer.chain.asked == []
