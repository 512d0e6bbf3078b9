"""From coins to money: asked for, reviewed, accepted, paid once, burned; or the coins go back to their holder."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.bank import euros
from tests.flow.world import ALICE, BOB, COIN, COIN_NAME, World
from tradecoin.domain.errors import Conflict, Forbidden, IllegalTransition, NotFound, Refused
from tradecoin.domain.money import Coins, NotRepresentable
from tradecoin.domain.redemption import RedemptionMode
from tradecoin.flow import deposit, payout, redemption
from tradecoin.ports.bank import Handover
from tradecoin.ports.chain import ContractRefused

GASLESS = RedemptionMode.GASLESS


def _decide(world: World, number: int, actor: str, *, approve: bool = True) -> None:
    row = world.redemption(number)
    redemption.decide(store=world.store, redemption_id=row.id, approve=approve, reason="seen", actor=actor)


def _sent(world: World) -> int:
    """Request, and run until the bank has the file; return the request's number."""
    number = world.request()
    world.until(lambda: world.bank.handed_over)
    return number


# ------------------------------------------------------------------------------------------- asking


def test_dust_and_fractions_and_unknown_accounts_are_refused(funded: World) -> None:
    """Before the holder spends gas on it."""
    told: dict[str, Any] = {
        "store": funded.store,
        "chain": funded.chain,
        "terms": funded.terms,
        "token_name": COIN_NAME,
    }
    account = funded.account().id
    for amount, bank_account, client, error in (
        (Coins(0), account, "shop", Refused),
        (Coins(COIN - 10_000), account, "shop", Refused),
        (Coins(COIN + 1), account, "shop", NotRepresentable),
        (Coins(COIN), "ba_none", "shop", NotFound),
        (Coins(COIN), account, "other", NotFound),
    ):
        with pytest.raises(error):
            redemption.create(
                **told,
                client=client,
                holder=ALICE,
                amount=amount,
                bank_account_id=bank_account,
                mode=RedemptionMode.DIRECT,
            )
    assert funded.redemptions() == []


def test_an_announced_request_is_the_one_on_the_chain(funded: World) -> None:
    """One row from the intent to the burn."""
    funded.minted()
    told = funded.announce()
    assert len(told.calls) == 2
    number = funded.redeemed()
    (row,) = funded.redemptions()
    assert (row.id, row.request_id, row.state) == (told.redemption.id, number, "settled")
    assert funded.balances() == ("1060.00", "0.00", "60.00", "0.00", "1000.00")
    assert funded.false_lines() == []


def test_a_request_that_nobody_announced_is_paid_all_the_same(funded: World) -> None:
    """The payout hash names a registered account."""
    funded.minted()
    number = funded.redeemed()
    assert funded.redemption(number).client == "shop"
    assert funded.payouts()[0].iban == funded.account().iban


def test_a_request_for_an_unknown_account_is_given_back(funded: World) -> None:
    """Nobody is paid, and the coins are where they were."""
    funded.minted()
    number = funded.request(payout=b"\x13" * 32)
    funded.until(lambda: funded.state_of(number) == "given_back")
    assert (funded.held(), funded.payouts()) == (100, [])
    assert funded.redemption(number).give_back_reason == "unknown_account"


def test_a_gasless_request_is_relayed_once(funded: World) -> None:
    """The holder signs, the relay pays the gas."""
    funded.minted()
    row = funded.announce(mode=GASLESS).redemption
    told: dict[str, Any] = {"store": funded.store, "chain": funded.chain, "redemption_id": row.id}
    with pytest.raises(Forbidden):
        redemption.sign(**told, client="other", signature=ALICE.encode())
    with pytest.raises(ContractRefused):
        redemption.sign(**told, client="shop", signature=b"forged")
    redemption.sign(**told, client="shop", signature=ALICE.encode())
    with pytest.raises(Conflict):
        redemption.sign(**told, client="shop", signature=ALICE.encode())
    funded.until(lambda: funded.redemptions()[0].state == "settled")
    assert len(funded.chain.state.requests) == 1


def test_a_gasless_request_that_failed_can_be_signed_again(funded: World) -> None:
    """The first transaction found no coins; the second does."""
    funded.minted()
    row = funded.announce(mode=GASLESS).redemption
    told: dict[str, Any] = {"store": funded.store, "chain": funded.chain, "redemption_id": row.id, "client": "shop"}
    funded.hold("chain.send")
    redemption.sign(**told, signature=ALICE.encode())
    funded.chain.state.balances[ALICE] -= 100 * COIN
    funded.let_go("chain.send")
    funded.until(lambda: funded.redemptions()[0].state == "created")
    funded.chain.state.balances[ALICE] += 100 * COIN
    redemption.sign(**told, signature=ALICE.encode())
    funded.until(lambda: funded.redemptions()[0].state == "settled")


def test_an_intent_that_nobody_acts_on_ends(funded: World) -> None:
    """By a word of its client, or by time; a request that comes later still is its own."""
    funded.minted()
    first, second = funded.announce("40.00").redemption, funded.announce("30.00").redemption
    with pytest.raises(Forbidden):
        redemption.withdraw(store=funded.store, redemption_id=first.id, client="other", actor="other")
    redemption.withdraw(store=funded.store, redemption_id=first.id, client="shop", actor="shop")
    funded.clock.advance(days=2)
    assert redemption.expire_intents(store=funded.store) == 1
    assert {row.state for row in funded.redemptions()} == {"expired"}
    number = funded.request("30.00")
    funded.settle_chain()
    assert funded.redemption(number).id == second.id


def test_an_account_that_is_cooling_off_is_not_paid_without_a_look(funded: World) -> None:
    """Neither announced nor asked for directly."""
    funded.minted()
    account = funded.account()
    later = funded.clock.moment + timedelta(days=2)
    funded.store.write(lambda tx: tx.bank_accounts.save(replace(account, usable_from=later)))
    with pytest.raises(Conflict, match="cooling off"):
        funded.announce()
    number = funded.request()
    funded.run(4)
    assert (funded.state_of(number), funded.payouts()) == ("in_review", [])


# ------------------------------------------------------------------------------------------- deciding


def test_a_large_request_waits_for_a_second_person(funded: World) -> None:
    """Never for its own client."""
    funded.minted("9000.00")
    funded.minted("9000.00")
    number = funded.request("15000.00")
    funded.settle_chain()
    assert funded.state_of(number) == "in_review"
    with pytest.raises(Forbidden):
        _decide(funded, number, "shop")
    _decide(funded, number, "second")
    with pytest.raises(Conflict):
        _decide(funded, number, "third")
    funded.until(lambda: funded.state_of(number) == "settled")


def test_a_refused_request_goes_back_and_is_not_approved_after_all(funded: World) -> None:
    """One decision."""
    funded.minted("9000.00")
    funded.minted("9000.00")
    number = funded.request("15000.00")
    funded.settle_chain()
    _decide(funded, number, "second", approve=False)
    with pytest.raises(Conflict, match="on their way back"):
        _decide(funded, number, "third")
    funded.until(lambda: funded.state_of(number) == "given_back")
    assert funded.held() == 18_000


def test_a_holder_who_cancels_first_kills_no_batch(funded: World) -> None:
    """The others of the same call are accepted and paid."""
    funded.minted("50.00", ALICE)
    funded.minted("50.00", BOB)
    funded.hold("chain.send")
    one, other = funded.request("40.00", ALICE), funded.request("40.00", BOB)
    funded.until(lambda: all(row.intent_id for row in funded.redemptions()) and funded.redemptions())
    funded.chain.act(ALICE, "cancel", one)
    funded.let_go("chain.send")
    funded.until(lambda: funded.state_of(other) == "settled")
    funded.run(3)
    assert (funded.state_of(one), len(funded.payouts())) == ("cancelled", 1)
    assert funded.false_lines() == []


def test_more_requests_than_a_call_takes_are_all_paid(funded: World) -> None:
    """The rest comes in the next call."""
    funded.minted("100.00")
    numbers = [funded.request("2.00") for _ in range(25)]
    funded.until(lambda: all(funded.state_of(number) == "settled" for number in numbers))
    assert len(funded.payouts(state="booked")) == 25
    assert funded.false_lines() == []


def test_a_blocked_holder_is_given_back_and_not_asked_for_again_and_again(funded: World) -> None:
    """The contract skips them; the node does not burn gas on it."""
    funded.minted("50.00", ALICE)
    funded.minted("50.00", BOB)
    one, other = funded.request("40.00", ALICE), funded.request("40.00", BOB)
    funded.chain.state.blocked = frozenset({ALICE})
    funded.until(lambda: funded.state_of(other) == "settled")
    funded.until(lambda: funded.state_of(one) == "given_back")
    assert funded.redemption(one).give_back_reason == "holder_blocked"
    assert funded.read(lambda tx: tx.intents.count(purpose="accept")) <= 2


def test_a_holder_blocked_after_the_check_is_skipped_and_comes_next(funded: World) -> None:
    """An accept that did less than asked is asked again once its events are read."""
    funded.minted()
    funded.hold("chain.send")
    number = funded.request()
    funded.until(lambda: funded.redemptions() and funded.redemptions()[0].intent_id)
    funded.hold("redeem.accept")
    funded.chain.state.blocked = frozenset({ALICE})
    funded.let_go("chain.send")
    funded.until(lambda: funded.read(lambda tx: tx.intents.count(purpose="accept", state="final")))
    funded.chain.state.blocked = frozenset()
    funded.let_go("redeem.accept")
    funded.store.write(lambda tx: tx.put_work("redeem.accept", "all"))
    funded.until(lambda: funded.state_of(number) == "settled")


# ------------------------------------------------------------------------------------------- overdue


def test_a_request_that_is_not_paid_in_time_is_flagged(funded: World) -> None:
    """At the due time by us, by a protest from anybody; a reclaim ends it."""
    funded.minted()
    funded.bank.behaviour = "silence"
    number = funded.request()
    funded.run(3)
    assert not funded.redemption(number).overdue
    funded.clock.advance(days=3)
    funded.run(2)
    assert funded.redemption(number).overdue
    funded.chain.act(BOB, "protest", number)
    funded.settle_chain()
    assert funded.redemption(number).protested
    funded.clock.advance(days=11)
    funded.chain.act(ALICE, "reclaim", number)
    funded.settle_chain()
    assert (funded.state_of(number), funded.held()) == ("reclaimed", 100)
    assert {"redemption.overdue", "redemption.protested"} <= set(funded.feed())
    assert funded.false_lines() == []


def test_a_payout_that_comes_back_after_a_reclaim_is_the_operators(funded: World) -> None:
    """It was the operator's loss when it left."""
    funded.minted()
    funded.bank.behaviour = "keep"
    number = _sent(funded)
    funded.clock.advance(days=3)
    funded.chain.act(BOB, "protest", number)
    funded.clock.advance(days=11)
    funded.chain.act(ALICE, "reclaim", number)
    funded.settle_chain()
    (row,) = funded.payouts()
    funded.bank.pay(row.end_to_end_id)
    funded.bank.give_back(row.end_to_end_id)
    funded.poll()
    assert funded.balances() == ("1100.00", "0.00", "100.00", "0.00", "1000.00")
    assert funded.false_lines() == []


# ------------------------------------------------------------------------------------------- paying


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
