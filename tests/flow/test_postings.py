"""The posting table of the books, line by line, each by driving what causes it."""

import pytest

from tests.flow.world import ALICE, COIN, World
from tradecoin.domain.errors import Conflict
from tradecoin.domain.ledger import Event
from tradecoin.flow import deposit, payout

RESERVE, UNMINTED, COINS, PAYABLE, EQUITY = range(5)


def _moved(world: World, before: tuple[str, ...]) -> dict[int, str]:
    """Return what changed since, by account, in whole units."""
    after = world.balances()
    changes = [round(float(new) - float(old)) for old, new in zip(before, after, strict=True)]
    return {account: str(change) for account, change in enumerate(changes) if change}


def _events(world: World) -> list[Event]:
    """Return the events posted, in their order."""
    return [entry.journal.event for entry in world.read(lambda tx: tx.books.journals(limit=10_000))]


@pytest.mark.parametrize("code", [("ACMT", "MCOP", "INTR"), ("CAMT", "CAPL", "OTHR")])
def test_interest_and_capital_are_the_operators(world: World, code: tuple[str, str, str]) -> None:
    """Bank reserve against operator equity."""
    before = world.balances()
    world.bank.post("10.00", code=code)
    world.poll()
    assert _moved(world, before) == {RESERVE: "10", EQUITY: "10"}


def test_an_opening_balance_is_the_operators(world: World) -> None:
    """Bank reserve against operator equity."""
    world.bank.post("25.00", notify=False)
    world.bank.day()
    world.take(world.bank.message("camt.053", world.bank.day()))
    assert world.balances() == ("25.00", "0.00", "0.00", "0.00", "25.00")


def test_a_charge_is_the_operators(funded: World) -> None:
    """Operator equity against bank reserve."""
    before = funded.balances()
    funded.bank.post("-3.00", code=("ACMT", "MDOP", "CHRG"))
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-3", EQUITY: "-3"}


@pytest.mark.parametrize("reference", [True, False])
def test_a_credit_is_owed_whether_it_is_matched_or_not(funded: World, reference: bool) -> None:
    """Bank reserve against deposits unminted."""
    order = funded.order()
    before = funded.balances()
    funded.bank.post("100.00", rf=order.reference if reference else None)
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "100", UNMINTED: "100"}
    assert funded.deposits()[0].state == ("matched" if reference else "unmatched")


def test_coins_are_issued_when_the_event_is_final(funded: World) -> None:
    """Deposits unminted against coins outstanding, and not a block earlier."""
    funded.pay_in()
    funded.until(lambda: funded.held() == 100)
    assert funded.balances()[COINS] == "0.00"
    before = funded.balances()
    funded.settle_chain()
    assert _moved(funded, before) == {UNMINTED: "-100", COINS: "100"}


def test_a_reversed_deposit_that_is_not_minted_goes_out_again(funded: World) -> None:
    """Deposits unminted against bank reserve."""
    credit = funded.bank.post("100.00")
    funded.poll()
    before = funded.balances()
    funded.bank.reverse(credit)
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-100", UNMINTED: "-100"}
    assert funded.false_lines() == []


def test_a_deposit_that_was_sent_back_goes_out_again(funded: World) -> None:
    """Deposits unminted against bank reserve, when the bank books it and not before."""
    funded.bank.behaviour = "keep"
    funded.bank.post("100.00")
    funded.poll()
    (row,) = funded.deposits()
    deposit.start_return(store=funded.store, terms=funded.terms, deposit_id=row.id, reason="unknown", actor="op")
    before = funded.balances()
    funded.run(3)
    assert _moved(funded, before) == {}
    funded.bank.pay(funded.payouts()[0].end_to_end_id)
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-100", UNMINTED: "-100"}


def test_a_reversal_after_the_mint_is_the_operators_loss(funded: World) -> None:
    """Operator equity against bank reserve, with an alarm and a new attestation."""
    row = funded.minted()
    before = funded.balances()
    funded.bank.reverse(funded.bank.book[-1])
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-100", EQUITY: "-100"}
    assert "deposit.reversed_after_mint" in funded.feed()
    assert funded.read(lambda tx: tx.deposits.get(row.id)).state == "reversed"


def test_a_request_moves_coins_to_what_is_payable(funded: World) -> None:
    """Coins outstanding against redemptions payable, when the event is final."""
    funded.minted()
    before = funded.balances()
    funded.request()
    assert _moved(funded, before) == {}
    funded.settle_chain()
    assert _moved(funded, before) == {COINS: "-40", PAYABLE: "40"}


def test_coins_that_are_given_back_are_outstanding_again(funded: World) -> None:
    """Redemptions payable against coins outstanding."""
    funded.minted()
    number = funded.request(payout=b"\x77" * 32)
    before = funded.balances()
    funded.until(lambda: funded.state_of(number) == "given_back")
    assert _moved(funded, before) == {}
    assert _events(funded)[-2:] == [Event.REQUESTED, Event.COINS_RETURNED]


def test_coins_of_a_cancelled_request_are_outstanding_again(funded: World) -> None:
    """Redemptions payable against coins outstanding."""
    funded.minted()
    number = funded.request()
    funded.settle_chain()
    before = funded.balances()
    funded.chain.act(ALICE, "cancel", number)
    funded.settle_chain()
    assert _moved(funded, before) == {COINS: "40", PAYABLE: "-40"}


def test_coins_of_a_reclaimed_request_are_outstanding_again(funded: World) -> None:
    """Redemptions payable against coins outstanding."""
    funded.minted()
    number = funded.request()
    funded.settle_chain()
    before = funded.balances()
    funded.clock.advance(days=3)
    funded.chain.act(ALICE, "protest", number)
    funded.clock.advance(days=2)
    funded.chain.act(ALICE, "reclaim", number)
    funded.settle_chain()
    assert _moved(funded, before) == {COINS: "40", PAYABLE: "-40"}


def test_a_payout_that_is_booked_leaves_and_its_burn_posts_nothing(funded: World) -> None:
    """Redemptions payable against bank reserve."""
    funded.minted()
    number = funded.request()
    funded.settle_chain()
    before = funded.balances()
    funded.until(lambda: funded.state_of(number) == "paid")
    assert _moved(funded, before) == {RESERVE: "-40", PAYABLE: "-40"}
    before = funded.balances()
    funded.until(lambda: funded.state_of(number) == "settled")
    assert _moved(funded, before) == {}
    assert funded.chain.state.supply == 60 * COIN


def test_a_charge_inside_a_payout_is_the_operators(funded: World) -> None:
    """What the bank took beyond the amount goes to equity."""
    funded.minted()
    funded.bank.behaviour = "keep"
    number = funded.request()
    funded.until(lambda: bool(funded.payouts(state="accepted")))
    before = funded.balances()
    funded.bank.pay(funded.payouts()[0].end_to_end_id, charge="2.00")
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-42", PAYABLE: "-40", EQUITY: "-2"}
    assert funded.state_of(number) == "paid"


def test_a_payout_that_comes_back_is_payable_again(funded: World) -> None:
    """Bank reserve against redemptions payable."""
    funded.minted()
    funded.redeemed()
    before = funded.balances()
    funded.bank.give_back(funded.payouts()[0].end_to_end_id)
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "40", PAYABLE: "40"}
    assert funded.false_lines() == []


def test_a_reissue_turns_what_is_payable_into_coins(funded: World) -> None:
    """Redemptions payable against coins outstanding, when `Issued` is final."""
    funded.minted()
    funded.redeemed()
    (paid,) = funded.payouts()
    funded.bank.give_back(paid.end_to_end_id)
    funded.poll()
    before = funded.balances()
    deposit.reissue(store=funded.store, terms=funded.terms, payout_id=paid.id, actor="op")
    funded.until(lambda: funded.held() == 100)
    funded.settle_chain()
    assert _moved(funded, before) == {COINS: "40", PAYABLE: "-40"}
    assert _events(funded)[-1] is Event.REISSUED
    assert funded.false_lines() == []


def test_a_payout_that_is_booked_after_a_reclaim_is_the_operators_loss(funded: World) -> None:
    """Operator equity against bank reserve: the holder has both."""
    funded.minted()
    funded.bank.behaviour = "keep"
    number = funded.request()
    funded.until(lambda: bool(funded.payouts(state="accepted")))
    funded.clock.advance(days=3)
    funded.chain.act(ALICE, "protest", number)
    funded.clock.advance(days=11)
    funded.chain.act(ALICE, "reclaim", number)
    funded.settle_chain()
    before = funded.balances()
    funded.bank.pay(funded.payouts()[0].end_to_end_id)
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-40", EQUITY: "-40"}
    assert "payout.booked_without_claim" in funded.feed()
    assert funded.false_lines() == []


def test_an_unexplained_debit_is_the_operators_loss(funded: World) -> None:
    """Operator equity against bank reserve, with an alarm."""
    before = funded.balances()
    funded.bank.post("-5.00", text="who knows")
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-5", EQUITY: "-5"}
    assert "entry.unexplained_debit" in funded.feed()


def test_what_a_wind_down_cuts_off_is_the_operators(funded: World) -> None:
    """The payout leaves at the ratio, and the burn frees the rest; between the two the audit sees no difference."""
    funded.minted()
    funded.chain.state.ratio = (1, 2)
    number = funded.request()
    funded.settle_chain()
    before = funded.balances()
    funded.until(lambda: funded.state_of(number) == "paid")
    assert _moved(funded, before) == {RESERVE: "-20", PAYABLE: "-20"}
    assert funded.false_lines() == []
    funded.until(lambda: funded.state_of(number) == "settled")
    assert _moved(funded, before) == {RESERVE: "-20", PAYABLE: "-40", EQUITY: "20"}
    assert funded.false_lines() == []


def test_money_that_left_while_its_voucher_was_on_its_way_is_the_operators_loss(funded: World) -> None:
    """Operator equity against coins outstanding: the coins are there and nothing stands behind them but equity."""
    funded.pay_in()
    funded.until(lambda: funded.held() == 100)
    funded.bank.reverse(funded.bank.book[-1])
    funded.poll()
    before = funded.balances()
    funded.settle_chain()
    assert _moved(funded, before) == {COINS: "100", EQUITY: "-100"}
    assert "deposit.minted_after_reversal" in funded.feed()
    assert funded.false_lines() == []


def test_a_payout_is_booked_once_however_often_the_bank_says_so(funded: World) -> None:
    """A second debit under the same id is a loss, and an alarm."""
    funded.minted()
    funded.redeemed()
    before = funded.balances()
    funded.bank.pay(funded.payouts()[0].end_to_end_id)
    funded.poll()
    assert _moved(funded, before) == {RESERVE: "-40", EQUITY: "-40"}
    assert "payout.debited_wrongly" in funded.feed()


def test_nothing_is_paid_again_while_nothing_is_owed(funded: World) -> None:
    """Neither money nor coins."""
    funded.minted()
    funded.redeemed()
    (paid,) = funded.payouts()
    account = funded.account()
    for again in (
        lambda: payout.repay(
            store=funded.store, terms=funded.terms, payout_id=paid.id, bank_account_id=account.id, actor="op"
        ),
        lambda: deposit.reissue(store=funded.store, terms=funded.terms, payout_id=paid.id, actor="op"),
    ):
        with pytest.raises(Conflict, match="only a redemption's payout that came back leaves something owed"):
            again()
