"""From coins to money: asked for, reviewed, accepted, paid once, burned; or the coins go back to their holder."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.world import ALICE, BOB, COIN, COIN_NAME, World
from tradecoin.domain.errors import Conflict, Forbidden, NotFound, Refused
from tradecoin.domain.money import Coins, NotRepresentable
from tradecoin.domain.redemption import RedemptionMode
from tradecoin.flow import redemption
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
