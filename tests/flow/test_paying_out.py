"""A payout leaves once, is believed when the bank books it, and can come back before the burn or after it."""

from typing import Any

import pytest

from tests.fakes.bank import euros
from tests.flow.world import World
from tradecoin.domain.errors import Conflict, Forbidden, IllegalTransition, Refused
from tradecoin.flow import deposit, payout
from tradecoin.ports.bank import Handover


def _sent(world: World) -> int:
    """Request, and run until the bank has the file; return the request's number."""
    number = world.request()
    world.until(lambda: world.bank.handed_over)
    return number


def test_an_accepted_request_is_paid_and_only_then(funded: World) -> None:
    """The bank hears of it after the contract said that the holder can no longer cancel."""
    funded.minted()
    funded.hold("redeem.accept")
    funded.request()
    funded.run(4)
    assert (funded.payouts(), funded.bank.handed_over) == ([], [])


def test_a_rejected_payout_gives_the_coins_back(funded: World) -> None:
    """Said by pain.002, or of the whole file at once."""
    for way in (Handover.TAKEN, Handover.REFUSED):
        funded.minted("40.00")
        funded.bank.behaviour, funded.bank.handover = "reject", way
        number = funded.request()
        funded.until(lambda number=number: funded.state_of(number) == "given_back")  # type: ignore[misc]
        assert funded.redemption(number).give_back_reason == "rejected_by_bank"
        funded.bank.behaviour, funded.bank.handover = "book", Handover.TAKEN
    assert funded.false_lines() == []


def test_repeated_statuses_change_nothing(funded: World) -> None:
    """Nor do those that come late, or say that we said it twice."""
    funded.minted()
    funded.bank.behaviour = "keep"
    number = _sent(funded)
    name = funded.payouts()[0].end_to_end_id
    for status, reason in (("ACSC", None), ("ACSP", None), ("RJCT", "DUPL"), ("ACSC", None), ("PDNG", None)):
        funded.bank.tell(name, status, reason)
    funded.poll()
    assert funded.payouts()[0].state == "accepted"
    funded.bank.pay(name)
    funded.bank.tell(name, "RJCT", "AC04")
    funded.until(lambda: funded.state_of(number) == "settled")
    assert funded.payouts()[0].state == "booked"


def test_a_payout_that_was_rejected_and_booked_all_the_same_burns_its_coins(funded: World) -> None:
    """The book is believed; the coins do not go back to somebody who was paid."""
    funded.minted()
    funded.bank.behaviour = "reject"
    funded.hold("redeem.give_back")
    number = _sent(funded)
    funded.until(lambda: funded.payouts(state="rejected"))
    funded.bank.pay(funded.payouts()[0].end_to_end_id)
    funded.poll()
    funded.let_go("redeem.give_back")
    funded.until(lambda: funded.state_of(number) == "settled")
    assert funded.held() == 60
    assert funded.false_lines() == []


def test_a_broken_line_is_never_answered_by_sending_again(funded: World) -> None:
    """The payment stays unknown until the bank says something."""
    funded.minted()
    funded.bank.behaviour, funded.bank.handover = "silence", Handover.UNKNOWN
    number = _sent(funded)
    funded.until(lambda: funded.payouts(state="unknown"))
    for _ in range(3):
        funded.clock.advance(hours=1)
        funded.run(2)
    assert len(funded.bank.handed_over) == 1
    funded.bank.handover = Handover.TAKEN
    funded.bank.statuses[funded.payouts()[0].end_to_end_id] = "ACSP"
    funded.until(lambda: funded.payouts(state="accepted"))
    funded.bank.pay(funded.payouts()[0].end_to_end_id)
    funded.until(lambda: funded.state_of(number) == "settled")


def test_a_missing_payout_needs_a_later_complete_statement_and_two_persons(funded: World) -> None:
    """Nothing less leads out of not knowing."""
    funded.minted()
    funded.bank.behaviour, funded.bank.handover = "silence", Handover.UNKNOWN
    number = _sent(funded)
    funded.until(lambda: funded.payouts(state="unknown"))
    (row,) = funded.payouts()

    def confirm(actor: str) -> str:
        return str(payout.confirm_missing(store=funded.store, payout_id=row.id, actor=actor).state)

    with pytest.raises(Refused, match="complete statement"):
        confirm("one")
    funded.bank.statement()
    funded.poll()
    with pytest.raises(Refused, match="complete statement"):
        confirm("one")
    funded.clock.advance(days=1)
    funded.bank.statement()
    funded.poll()
    assert confirm("one") == "unknown"
    with pytest.raises(Forbidden):
        confirm("one")
    assert confirm("two") == "missing"
    with pytest.raises(Conflict):
        confirm("three")
    funded.until(lambda: funded.state_of(number) == "given_back")
    assert funded.false_lines() == []


def test_a_statement_with_a_gap_confirms_nothing_missing(funded: World) -> None:
    """The payment may be in the day that is not there."""
    funded.minted()
    funded.bank.statement()
    funded.poll()
    funded.bank.behaviour, funded.bank.handover = "silence", Handover.UNKNOWN
    _sent(funded)
    funded.until(lambda: funded.payouts(state="unknown"))
    funded.bank.post("5.00", notify=False)
    funded.bank.day()
    funded.clock.advance(days=1)
    funded.bank.statement()
    funded.poll()
    with pytest.raises(Refused, match="complete statement"):
        payout.confirm_missing(store=funded.store, payout_id=funded.payouts()[0].id, actor="one")


def test_a_return_that_is_told_before_its_debit_closes_the_sum(funded: World) -> None:
    """The order in which a bank tells two true things decides nothing."""
    funded.minted()
    funded.bank.behaviour = "keep"
    number = _sent(funded)
    name = funded.payouts()[0].end_to_end_id
    debit, back = funded.bank.pay(name, notify=False), funded.bank.give_back(name, notify=False)
    funded.take(funded.bank.notice(back))
    funded.take(funded.bank.notice(debit))
    funded.until(lambda: funded.state_of(number) == "given_back")
    assert funded.balances() == ("1100.00", "0.00", "100.00", "0.00", "1000.00")
    assert funded.false_lines() == []


def test_a_payout_that_comes_back_before_its_burn_gives_the_coins_back(funded: World) -> None:
    """Less what the bank kept, which is the operator's."""
    funded.minted()
    funded.hold("redeem.settle")
    number = funded.request()
    funded.until(lambda: funded.state_of(number) == "paid")
    funded.bank.give_back(funded.payouts()[0].end_to_end_id, kept="1.50")
    funded.until(lambda: funded.state_of(number) == "given_back")
    assert funded.balances() == ("1098.50", "0.00", "100.00", "0.00", "998.50")
    assert funded.false_lines() == []


def test_a_return_that_the_bank_takes_back_lets_the_payout_stand(funded: World) -> None:
    """After the burn the holder has the money, and nothing is owed."""
    funded.minted()
    funded.redeemed()
    (row,) = funded.payouts()
    back = funded.bank.give_back(row.end_to_end_id)
    funded.bank.reverse(back)
    funded.poll()
    assert funded.payouts()[0].state == "booked"
    assert funded.balances() == ("1060.00", "0.00", "60.00", "0.00", "1000.00")
    assert funded.false_lines() == []


def test_a_repayment_that_fails_is_tried_again(funded: World) -> None:
    """Rejected or returned, it stays owed, to an account of the same customer."""
    funded.minted()
    funded.redeemed()
    funded.bank.give_back(funded.payouts()[0].end_to_end_id)
    funded.poll()
    other = funded.account("other")
    told: dict[str, Any] = {"store": funded.store, "terms": funded.terms, "actor": "op"}
    last = funded.payouts()[-1].id
    with pytest.raises(Forbidden):
        payout.repay(**told, payout_id=last, bank_account_id=other.id)
    for behaviour, state in (("reject", "rejected"), ("book", "booked")):
        funded.bank.behaviour = behaviour
        payout.repay(**told, payout_id=last, bank_account_id=funded.account().id)
        with pytest.raises(Conflict):
            payout.repay(**told, payout_id=last, bank_account_id=funded.account().id)
        funded.until(lambda state=state: funded.payouts()[-1].state == state)  # type: ignore[misc]
        last = funded.payouts()[-1].id
    assert [row.attempt for row in funded.payouts()] == [1, 2, 3]
    assert funded.balances() == ("1060.00", "0.00", "60.00", "0.00", "1000.00")
    assert funded.false_lines() == []


def test_a_status_about_a_deposit_that_is_gone_does_not_spoil_its_message(funded: World) -> None:
    """The bank reversed the credit and then rejects its return."""
    funded.bank.behaviour = "keep"
    credit = funded.bank.post("100.00")
    funded.poll()
    row = funded.deposits()[0]
    deposit.start_return(store=funded.store, terms=funded.terms, deposit_id=row.id, reason="?", actor="op")
    funded.until(lambda: funded.payouts(state="accepted"))
    funded.bank.reverse(credit)
    funded.bank.tell(funded.payouts()[0].end_to_end_id, "RJCT", "AC04")
    funded.poll()
    assert (funded.payouts()[0].state, "bank_message.refused" in funded.feed()) == ("rejected", False)
    with pytest.raises(IllegalTransition):
        deposit.start_return(store=funded.store, terms=funded.terms, deposit_id=row.id, reason="?", actor="op")
    assert funded.balances()[0] == euros("1000.00").text
