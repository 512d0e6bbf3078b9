"""Credits find their order or wallet, or wait for an operator; what left does not leave twice."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.fakes.bank import euros
from tests.flow.world import ALICE, BOB, OUT_IBAN, World
from tradecoin.domain.deposit import Deposit
from tradecoin.domain.errors import Conflict, IllegalTransition, Refused
from tradecoin.domain.money import Currency, Money
from tradecoin.domain.references import BadIban, rf
from tradecoin.domain.statement import Party
from tradecoin.flow import customer, deposit, mint
from tradecoin.flow.mint import BadRecipient
from tradecoin.ports.bank import Handover

SAFE = "NL91ABNA0417164300"


def _credit(world: World, amount: str = "100.00", **facts: Any) -> Deposit:
    """Book a credit and return its deposit."""
    world.bank.post(amount, **facts)
    world.poll()
    return world.deposits()[-1]


def _return(world: World, row: Deposit, to: str = "") -> Deposit:
    return deposit.start_return(
        store=world.store, terms=world.terms, deposit_id=row.id, reason="unknown payer", actor="op", to_iban=to
    )


def _assign(world: World, row: Deposit, to: str = BOB, actor: str = "op") -> Any:
    return deposit.assign(store=world.store, terms=world.terms, deposit_id=row.id, recipient=to, actor=actor)


def _now(world: World, row: Deposit) -> Deposit:
    return world.read(lambda tx: tx.deposits.get(row.id))


# ------------------------------------------------------------------------------------------- found


def test_a_credit_without_a_reference_waits(world: World) -> None:
    """Nobody guesses whose it is."""
    row = _credit(world)
    assert (row.state, row.why_unmatched) == ("unmatched", "no payment reference")


def test_a_credit_with_a_reference_that_we_never_gave_waits(world: World) -> None:
    """A right check digit is not enough."""
    row = _credit(world, rf=rf("NOBODY"))
    assert (row.state, row.why_unmatched) == ("unmatched", "unknown payment reference")


def test_a_credit_with_a_mistyped_reference_waits(world: World) -> None:
    """Wrong check digits are no reference at all."""
    order = world.order()
    assert _credit(world, text=f"{order.reference[:-1]}?").why_unmatched == "no payment reference"


def test_a_credit_ordered_in_another_currency_waits(world: World) -> None:
    """The payer may have meant another amount."""
    order = world.order()
    row = _credit(world, rf=order.reference, instructed=Money(11_000, Currency("USD")))
    assert (row.state, row.why_unmatched) == ("unmatched", "ordered in USD")


def test_a_second_payment_for_one_order_waits(world: World) -> None:
    """Also when both come in one message: an order draws on one deposit."""
    order = world.order()
    world.take(world.bank.notice(*(world.bank.line("100.00", rf=order.reference) for _ in range(2))))
    late = _credit(world, rf=order.reference)
    states = [(row.state, row.why_unmatched) for row in world.deposits()]
    assert states[0] == ("matched", "")
    assert states[1][0] == states[2][0] == "unmatched"
    assert states[1][1] == late.why_unmatched == "its order is approved"


def test_a_payment_for_an_expired_order_waits(world: World) -> None:
    """Time decides before the bank does."""
    order = world.order()
    world.clock.advance(days=31)
    assert mint.expire_orders(store=world.store) == 1
    assert _credit(world, rf=order.reference).why_unmatched == "its order is expired"


def test_somebody_else_than_the_wallets_owner_waits(world: World) -> None:
    """Money of a stranger is not turned into the owner's coins without a look."""
    wallet = _wallet(world)
    row = _credit(world, rf=wallet, payer=Party("Mallory Other", OUT_IBAN))
    assert row.why_unmatched == "paid by somebody else than the wallet's owner"


def test_a_credit_with_a_wallets_reference_is_ordered_in_full(world: World) -> None:
    """However often it comes, and however the bank writes the name."""
    wallet = _wallet(world)
    for amount, name in (("70.00", "Payer, Alice"), ("30.00", "ALICE PAYER"), ("5.00", "")):
        assert _credit(world, amount, rf=wallet, payer=Party(name)).state == "matched"
    assert [order.amount.text for order in world.orders()] == ["70.00", "30.00", "5.00"]
    assert {order.recipient for order in world.orders()} == {ALICE}


def _wallet(world: World) -> str:
    """Register a wallet of Alice Payer and return its reference."""
    owner = customer.add_customer(store=world.store, client="shop", name="Alice Payer")
    row = customer.add_wallet(
        store=world.store, terms=world.terms, client="shop", customer_id=owner.id, address=ALICE, proof="signed"
    )
    return row.reference


def test_a_reference_in_running_text_is_found(world: World) -> None:
    """People type it where there is room."""
    order = world.order()
    assert _credit(world, text=f"order {order.reference} thank you").state == "matched"


def test_a_smaller_credit_waits_and_mints_nothing(funded: World) -> None:
    """The order stays open for the right amount."""
    order = funded.order("100.00")
    row = _credit(funded, "99.99", rf=order.reference)
    assert (row.state, row.allocated.text, row.why_unmatched) == ("matched", "0.00", "less than the order's amount")
    assert funded.orders()[0].state == "awaiting_funds"


def test_the_excess_of_a_larger_credit_stays_matched(funded: World) -> None:
    """The order gets its amount; the rest waits for a word."""
    order = funded.order("100.00")
    row = _credit(funded, "150.00", rf=order.reference)
    assert (row.state, row.allocated.text) == ("matched", "100.00")
    funded.until(lambda: _now(funded, row).minted == euros("100.00"))
    assert _now(funded, row).state == "matched"
    assert funded.balances()[1] == "50.00"


def test_an_orders_way_is_written_down(world: World) -> None:
    """Each arrow has a line: from, to, why, by whom."""
    row = world.pay_in()
    (order,) = world.orders()
    walked = [(step.from_state, step.to_state, step.actor) for step in world.read(lambda tx: tx.steps(order.id))]
    assert walked == [("awaiting_funds", "funded", "bank"), ("funded", "approved", "node")]
    assert (order.deposit_id, len(order.issuance_ref)) == (row.id, 32)


# ------------------------------------------------------------------------------------------- given out


def test_nothing_is_assigned_to_an_address_that_would_lose_it(world: World) -> None:
    """Not to the zero address, and not to our own contracts."""
    row = _credit(world)
    for address in ("0x" + "00" * 20, world.terms.token, world.terms.narrow_bank, "0x12"):
        with pytest.raises(BadRecipient):
            _assign(world, row, address)
    assert _now(world, row).state == "unmatched"


def test_an_unmatched_credit_is_assigned_whole(funded: World) -> None:
    """An operator's word stands in for the reference."""
    row = _credit(funded)
    order = _assign(funded, row)
    assert (order.amount.text, order.state) == ("100.00", "approved")
    funded.until(lambda: funded.held(BOB) == 100)


def test_the_rest_of_a_credit_is_assigned(funded: World) -> None:
    """Two orders draw on one deposit, one behind the other."""
    order = funded.order("100.00")
    row = _credit(funded, "150.00", rf=order.reference)
    assert _assign(funded, row).amount.text == "50.00"
    funded.until(lambda: (funded.held(ALICE), funded.held(BOB)) == (100, 50))
    funded.settle_chain()
    assert _now(funded, row).state == "consumed"
    assert funded.false_lines() == []


def test_what_is_assigned_is_assigned_once(world: World) -> None:
    """A second word comes too late."""
    row = _credit(world)
    _assign(world, row)
    with pytest.raises(Conflict, match="nothing of this deposit"):
        _assign(world, row)


def test_a_hundred_claims_at_once_never_exceed_a_credit(world: World) -> None:
    """One wins; the sum of all orders is the deposit."""
    row = _credit(world)

    def claim(number: int) -> bool:
        try:
            _assign(world, row, actor=f"op{number}")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(claim, range(100))) == 1
    assert Money.total((order.amount for order in world.orders()), world.terms.currency) == row.amount


def test_a_cancelled_order_gives_its_share_back(world: World) -> None:
    """The money can be assigned again, or returned."""
    row = world.pay_in()
    mint.cancel(store=world.store, order_id=world.orders()[0].id, client="shop", actor="shop")
    assert _now(world, row).allocated.text == "0.00"
    assert _assign(world, row).amount.text == "100.00"


# ------------------------------------------------------------------------------------------- sent back


def test_a_credit_that_an_order_took_is_not_returned(world: World) -> None:
    """Coins or money, not both."""
    row = world.pay_in()
    with pytest.raises(Conflict, match="taken by a mint order"):
        _return(world, row)


def test_a_minted_credit_is_not_returned(funded: World) -> None:
    """Its coins are redeemed instead."""
    with pytest.raises(Conflict, match="taken by a mint order"):
        _return(funded, funded.minted())


def test_a_return_needs_an_account(world: World) -> None:
    """When the bank names none, an operator gives one, and a right one."""
    row = _credit(world, payer=Party("Nobody"))
    with pytest.raises(Refused, match="give one"):
        _return(world, row)
    with pytest.raises(BadIban):
        _return(world, row, "NL91ABNA0417164301")
    assert _return(world, row, SAFE).state == "return_pending"
    assert world.payouts()[0].iban == SAFE


def test_a_return_is_ordered_once(world: World) -> None:
    """A second click is a conflict."""
    row = _credit(world)
    _return(world, row)
    with pytest.raises(IllegalTransition):
        _return(world, row)
    assert len(world.payouts()) == 1


def test_a_return_is_paid_and_closes_the_deposit(funded: World) -> None:
    """And it cannot be returned again."""
    row = _credit(funded)
    _return(funded, row)
    funded.until(lambda: _now(funded, row).state == "returned")
    assert funded.balances() == ("1000.00", "0.00", "0.00", "0.00", "1000.00")
    with pytest.raises(IllegalTransition):
        _return(funded, row)
    with pytest.raises(Conflict):
        _assign(funded, row)


@pytest.mark.parametrize("how", ["by status", "at once"])
def test_a_return_that_the_bank_rejects_leaves_the_credit_waiting(funded: World, how: str) -> None:
    """Another account can be tried; the attempt rises."""
    row = _credit(funded)
    funded.bank.behaviour = "reject"
    funded.bank.handover = Handover.TAKEN if how == "by status" else Handover.REFUSED
    _return(funded, row)
    funded.until(lambda: _now(funded, row).state == "unmatched")
    funded.bank.behaviour, funded.bank.handover = "book", Handover.TAKEN
    _return(funded, row, SAFE)
    funded.until(lambda: _now(funded, row).state == "returned")
    assert [one.attempt for one in funded.payouts()] == [1, 2]
    assert funded.false_lines() == []


def test_a_return_that_bounces_leaves_the_credit_waiting(funded: World) -> None:
    """The money is here again, and owed again."""
    row = _credit(funded)
    _return(funded, row)
    funded.until(lambda: _now(funded, row).state == "returned")
    funded.bank.give_back(funded.payouts()[0].end_to_end_id)
    funded.poll()
    assert (_now(funded, row).state, _now(funded, row).gone_at) == ("unmatched", None)
    assert funded.balances() == ("1100.00", "100.00", "0.00", "0.00", "1000.00")
    assert funded.attest().figures.claims.units == 100_000_000  # type: ignore[union-attr]
    _return(funded, row, SAFE)
    funded.until(lambda: _now(funded, row).state == "returned")
    assert funded.false_lines() == []


def test_a_return_that_was_rejected_and_booked_all_the_same_is_booked(funded: World) -> None:
    """The book is believed, not the status."""
    row = _credit(funded)
    funded.bank.behaviour = "reject"
    _return(funded, row)
    funded.until(lambda: _now(funded, row).state == "unmatched")
    funded.bank.pay(funded.payouts()[0].end_to_end_id)
    funded.poll()
    assert _now(funded, row).state == "returned"
    assert funded.false_lines() == []


# ------------------------------------------------------------------------------------------- taken back


def test_a_reversal_of_something_unknown_is_a_loss(funded: World) -> None:
    """It takes nothing from a depositor."""
    row = _credit(funded)
    funded.bank.post("-77.00", reversal=True)
    funded.poll()
    assert _now(funded, row).state == "unmatched"
    assert funded.balances() == ("1023.00", "100.00", "0.00", "0.00", "923.00")
    assert "deposit.reversal_of_unknown" in funded.feed()


def test_a_reversal_without_the_banks_reference_finds_its_credit(funded: World) -> None:
    """By payment reference, amount and account."""
    row = funded.pay_in()
    funded.bank.post("-100.00", reversal=True, rf=row.reference)
    funded.poll()
    assert _now(funded, row).state == "reversed"


def test_a_reversal_stops_an_order_that_is_not_on_its_way(funded: World) -> None:
    """No voucher is asked for."""
    row = funded.pay_in()
    funded.bank.reverse(funded.bank.book[-1])
    funded.poll()
    funded.run(5)
    assert funded.orders()[0].state == "rejected"
    assert (_now(funded, row).state, funded.batches()) == ("reversed", [])


def test_a_reversal_stops_a_return_that_was_not_sent(funded: World) -> None:
    """The money is gone already; it does not go again."""
    row = _credit(funded)
    _return(funded, row)
    funded.bank.reverse(funded.bank.book[-1])
    funded.poll()
    funded.run(5)
    assert (funded.payouts()[0].state, funded.bank.handed_over) == ("rejected", [])
    assert funded.balances() == ("1000.00", "0.00", "0.00", "0.00", "1000.00")


def test_a_reversal_of_a_returned_credit_is_a_loss(funded: World) -> None:
    """The deposit's money had left; this is the operator's."""
    row = _credit(funded)
    credit = funded.bank.book[-1]
    _return(funded, row)
    funded.until(lambda: _now(funded, row).state == "returned")
    funded.bank.reverse(credit)
    funded.poll()
    assert funded.balances() == ("900.00", "0.00", "0.00", "0.00", "900.00")
    assert funded.false_lines() == []


def test_a_credit_is_reversed_once(funded: World) -> None:
    """The second reversal under its name is a loss."""
    _credit(funded)
    credit = funded.bank.book[-1]
    funded.bank.reverse(credit)
    funded.poll()
    funded.bank.post("-100.00", reversal=True, text="again", reference="ANOTHER")
    funded.poll()
    assert funded.balances() == ("900.00", "0.00", "0.00", "0.00", "900.00")
