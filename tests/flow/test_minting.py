"""From a funded order to coins: reviewed, batched, signed, covered, sent once, and settled by the event alone."""

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.bank import euros
from tests.fakes.contracts import VOID
from tests.flow.world import ALICE, BOB, COIN, World
from tradecoin.domain.errors import Conflict, Forbidden, IllegalTransition, Refused
from tradecoin.domain.mint import MAX_VOUCHERS, MintOrder
from tradecoin.domain.money import Currency, Money
from tradecoin.flow import deposit, mint
from tradecoin.flow.intents import withdraw
from tradecoin.flow.mint import BadRecipient


def _order(world: World, row: MintOrder) -> MintOrder:
    return world.read(lambda tx: tx.orders.get(row.id))


def _decide(world: World, row: MintOrder, actor: str, *, approve: bool = True) -> MintOrder:
    return mint.decide(store=world.store, order_id=row.id, approve=approve, reason="seen", actor=actor)


# ------------------------------------------------------------------------------------------- orders


@pytest.mark.parametrize("amount", [Money(0, Currency("EUR")), euros("-1.00"), Money(100, Currency("USD"))])
def test_an_order_for_nothing_or_in_another_currency_is_refused(world: World, amount: Money) -> None:
    """There is no such thing to mint."""
    with pytest.raises(Refused, match="above zero in EUR"):
        world.store.write(
            lambda tx: mint.create_order(
                tx=tx, terms=world.terms, client="shop", amount=amount, recipient=ALICE, nonce=b"\1" * 16
            )
        )


def test_an_order_to_an_address_that_would_lose_it_is_refused(world: World) -> None:
    """Zero, and our own contracts."""
    for address in ("0x" + "00" * 20, world.terms.token, world.terms.reserves, "alice"):
        with pytest.raises(BadRecipient):
            world.order(to=address)
    assert world.orders() == []


def test_an_order_without_money_mints_nothing(funded: World) -> None:
    """However long it waits, and then it expires."""
    row = funded.order()
    funded.run(3)
    assert (_order(funded, row).state, funded.batches()) == ("awaiting_funds", [])
    funded.clock.advance(days=30)
    assert (mint.expire_orders(store=funded.store), mint.expire_orders(store=funded.store)) == (1, 0)
    assert _order(funded, row).state == "expired"


def test_another_clients_order_is_not_cancelled(world: World) -> None:
    """Only its own client takes an order back, or an operator."""
    row = world.order()
    with pytest.raises(Forbidden):
        mint.cancel(store=world.store, order_id=row.id, client="other", actor="other")
    assert mint.cancel(store=world.store, order_id=row.id, client=None, actor="op").state == "cancelled"
    with pytest.raises(IllegalTransition):
        mint.cancel(store=world.store, order_id=row.id, client="shop", actor="shop")


def test_an_order_on_its_way_to_the_chain_is_not_cancelled(funded: World) -> None:
    """Its voucher may be signed."""
    funded.pay_in()
    funded.until(lambda: funded.batches())
    with pytest.raises(IllegalTransition):
        mint.cancel(store=funded.store, order_id=funded.orders()[0].id, client="shop", actor="shop")


def test_nobody_reviews_an_order_of_their_own(funded: World) -> None:
    """Neither the client who made it nor the operator who assigned the money."""
    funded.pay_in("20000.00")
    funded.bank.post("30000.00")
    funded.poll()
    unmatched = funded.deposits(state="unmatched")[0]
    deposit.assign(store=funded.store, terms=funded.terms, deposit_id=unmatched.id, recipient=BOB, actor="op")
    for row, maker in zip(funded.orders(), ("shop", "op"), strict=True):
        assert row.state == "in_review"
        with pytest.raises(Forbidden):
            _decide(funded, row, maker)
        assert _decide(funded, row, "second").approved_by == "second"
    with pytest.raises(Conflict):
        _decide(funded, funded.orders()[0], "third")
    funded.until(lambda: (funded.held(ALICE), funded.held(BOB)) == (20_000, 30_000))


def test_a_rejected_order_frees_its_deposit(funded: World) -> None:
    """The money goes its own way."""
    row = funded.pay_in("20000.00")
    assert _decide(funded, funded.orders()[0], "second", approve=False).state == "rejected"
    assert funded.read(lambda tx: tx.deposits.get(row.id)).allocated.text == "0.00"
    funded.run(3)
    assert funded.batches() == []


# ------------------------------------------------------------------------------------------- batches


def test_a_batch_is_bounded_and_the_rest_comes_next(funded: World) -> None:
    """More vouchers than a transaction carries go in two, and each order is issued once."""
    orders = [funded.order("1.00") for _ in range(MAX_VOUCHERS + 3)]
    funded.take(funded.bank.notice(*(_booked(funded, order) for order in orders)))
    funded.until(lambda: funded.read(lambda tx: tx.orders.count(state="issued")) == len(orders))
    funded.run(3)
    assert sorted(len(batch.vouchers) for batch in funded.batches()) == [3, MAX_VOUCHERS]
    assert {batch.state for batch in funded.batches()} == {"final"}
    assert funded.held() == MAX_VOUCHERS + 3
    assert funded.false_lines() == []


def _booked(world: World, order: MintOrder) -> Any:
    entry = world.bank.line(order.amount.text, rf=order.reference)
    world.bank.book.append(entry)
    return entry


def test_the_rate_limit_holds_orders_back(funded: World) -> None:
    """What does not fit waits for room, and is not forgotten."""
    funded.chain.state.capacity = 150 * COIN
    funded.pay_in("100.00")
    funded.pay_in("100.00", BOB)
    funded.run(8)
    assert (funded.held(ALICE), funded.held(BOB)) == (100, 0)
    funded.chain.state.capacity = 150 * COIN
    funded.until(lambda: funded.held(BOB) == 100)


def test_an_order_above_what_is_minted_unannounced_is_parked(funded: World) -> None:
    """It holds up no other, says why, and goes on when the cap is raised."""
    funded.chain.state.instant_cap = 50 * COIN
    funded.pay_in("100.00")
    funded.pay_in("40.00", BOB)
    funded.until(lambda: funded.held(BOB) == 40)
    (row,) = funded.orders(state="parked")
    assert "minted unannounced" in row.parked_reason
    funded.chain.state.instant_cap = 100 * COIN
    funded.until(lambda: funded.held(ALICE) == 100)


def test_two_orders_of_one_deposit_have_offsets_in_turn(funded: World) -> None:
    """Also when both are in one batch."""
    order = funded.order("60.00")
    funded.bank.post("100.00", rf=order.reference)
    funded.poll()
    (row,) = funded.deposits()
    deposit.assign(store=funded.store, terms=funded.terms, deposit_id=row.id, recipient=BOB, actor="op")
    funded.until(lambda: (funded.held(ALICE), funded.held(BOB)) == (60, 40))
    (batch,) = funded.batches()
    assert [voucher.offset.units for voucher in batch.vouchers] == [0, 60 * COIN]
    funded.settle_chain()
    assert funded.read(lambda tx: tx.deposits.get(row.id)).state == "consumed"


def test_one_bank_signer_down_changes_nothing(funded: World) -> None:
    """Two of three are enough."""
    funded.signers[0].down = True
    funded.minted()
    assert funded.held() == 100


def test_two_bank_signers_down_stop_minting_and_say_so(funded: World) -> None:
    """The batch names who did not sign, and goes on when one is back."""
    funded.signers[0].down = funded.signers[1].down = True
    funded.pay_in()
    funded.run(6)
    (batch,) = funded.batches()
    assert batch.state == "planned"
    assert "1 of 2 bank signers signed: signer-0" in batch.problem
    assert funded.feed().count("mint_batch.waiting") == 1
    funded.signers[0].down = False
    funded.until(lambda: funded.held() == 100)


def test_vouchers_that_are_about_to_expire_are_signed_again(funded: World) -> None:
    """Waiting for an attestation does not bring dead vouchers to the chain."""
    for one in funded.attestors:
        one.down = True
    funded.pay_in()
    funded.until(lambda: funded.batches(state="vouchered"))
    (before,) = funded.batches()
    funded.clock.advance(hours=5)
    funded.run(6)
    for one in funded.attestors:
        one.down = False
    funded.until(lambda: funded.held() == 100)
    assert funded.batches()[0].expires_at > before.expires_at


def test_a_batch_that_the_contract_refuses_is_planned_again(funded: World) -> None:
    """Its orders go back to the queue, the signed attestation is published by itself, and coins come in the end."""
    funded.pay_in()
    funded.until(lambda: funded.batches(state="attested"))
    funded.chain.state.capacity = 0
    funded.until(lambda: funded.batches(state="abandoned"))
    assert funded.orders()[0].state == "approved"
    funded.chain.state.capacity = 10**15
    funded.until(lambda: funded.held() == 100)
    funded.run(4)
    assert funded.false_lines() == []


def test_a_batch_that_reverts_on_the_chain_is_planned_again(funded: World) -> None:
    """Not only what the pre-flight finds."""
    funded.pay_in()
    funded.chain.automine = False
    funded.until(lambda: funded.chain.pool)
    funded.chain.state.paused_until = 2**40
    funded.run(8)
    assert funded.batches(state="abandoned")
    funded.chain.state.paused_until = 0
    funded.until(lambda: funded.held() == 100)


def test_a_changed_set_of_bank_signers_is_asked_again(funded: World) -> None:
    """Signatures of the old set are refused by the contract; the new set signs anew."""
    funded.pay_in()
    funded.until(lambda: funded.batches(state="vouchered"))
    funded.chain.state.bank_set = 2
    funded.until(lambda: funded.held() == 100)


def test_minting_that_is_halted_says_why_once(funded: World) -> None:
    """Orders stay where they are, and go on when the fact ends."""
    funded.chain.state.paused_until = 2**40
    funded.pay_in()
    funded.run(6)
    assert (funded.orders()[0].state, funded.batches()) == ("approved", [])
    assert funded.feed().count("mint.halted") == 1
    assert funded.read(lambda tx: tx.get_value("mint.halted")) == "paused"
    funded.chain.state.paused_until = 0
    funded.until(lambda: funded.held() == 100)
    assert funded.feed().count("mint.resumed") == 1


def test_an_overdue_redemption_halts_minting(funded: World) -> None:
    """Those who leave come first."""
    funded.minted()
    funded.bank.behaviour = "silence"
    number = funded.request()
    funded.settle_chain()
    funded.clock.advance(days=3)
    funded.chain.act(BOB, "protest", number)
    funded.pay_in(to=BOB)
    funded.run(6)
    assert funded.held(BOB) == 0
    assert "overdue" in (funded.read(lambda tx: tx.get_value("mint.halted")) or "")


# ------------------------------------------------------------------------------------------- whose transaction it was


def test_a_batch_that_somebody_else_submitted_counts_once(funded: World) -> None:
    """The event settles the order, not our receipt."""
    funded.pay_in()
    funded.hold("chain.send")
    funded.until(lambda: funded.batches(state="prepared"))
    intent = funded.read(lambda tx: tx.intents.find(purpose="mint"))
    assert intent is not None
    funded.chain.foreign(BOB, data=intent.data)
    assert funded.held() == 100
    funded.let_go("chain.send")
    funded.run(8)
    assert funded.orders()[0].state == "issued"
    assert funded.held() == 100
    assert funded.balances() == ("1100.00", "0.00", "100.00", "0.00", "1000.00")
    assert funded.false_lines() == []


def test_a_closed_order_that_is_issued_after_all_takes_its_share_back(funded: World) -> None:
    """A voucher that was signed before still counts; whoever got the share meanwhile waits for a person."""
    row = funded.pay_in()
    funded.hold("chain.send")
    funded.until(lambda: funded.batches(state="prepared"))
    intent = funded.read(lambda tx: tx.intents.find(purpose="mint"))
    assert intent is not None
    _give_up(funded)
    order = funded.orders()[0]
    mint.cancel(store=funded.store, order_id=order.id, client=None, actor="op")
    deposit.assign(store=funded.store, terms=funded.terms, deposit_id=row.id, recipient=BOB, actor="op")
    funded.chain.foreign(BOB, data=intent.data)
    funded.settle_chain()
    assert [one.state for one in funded.orders()] == ["issued", "rejected"]
    kept = funded.read(lambda tx: tx.deposits.get(row.id))
    assert (kept.state, kept.minted.text, kept.allocated.text) == ("consumed", "100.00", "100.00")
    assert funded.false_lines() == []


def _give_up(world: World) -> None:
    """Withdraw the mint's transaction before it is sent, so that its orders go back."""
    world.hold("mint.plan")
    (batch,) = world.batches(state="prepared")
    world.store.write(lambda tx: withdraw(tx=tx, intent_id=batch.intent_id, reason="a test"))
    world.steps["batch.advance"](batch.id)
    assert world.orders()[0].state == "approved"


def test_coins_issued_by_a_lost_database_are_adopted(funded: World) -> None:
    """The deposit is known by its key; an order is made for what was issued, and nothing is minted twice."""
    row = funded.pay_in()
    funded.hold("chain.send")
    funded.until(lambda: funded.batches(state="prepared"))
    intent = funded.read(lambda tx: tx.intents.find(purpose="mint"))
    assert intent is not None
    _give_up(funded)
    (order,) = funded.orders()
    other = replace(order, issuance_ref=b"\7" * 32)
    funded.store.write(lambda tx: tx.orders.save(other))
    funded.chain.foreign(BOB, data=intent.data)
    funded.settle_chain()
    assert [(one.client, one.state) for one in funded.orders()] == [("shop", "rejected"), ("adopted", "issued")]
    assert funded.read(lambda tx: tx.deposits.get(row.id)).state == "consumed"
    funded.let_go("chain.send")
    funded.run(4)
    assert funded.held() == 100
    assert funded.false_lines() == []


def test_coins_for_a_deposit_that_we_do_not_know_raise_an_alarm(funded: World) -> None:
    """Nothing is posted for them, and the audit shows the difference."""
    funded.minted()
    event = next(one for one in funded.read(lambda tx: tx.chain.events("Issued")))
    strange = replace(event, log_index=99, args=event.args | {"deposit": b"\5" * 32, "order": b"\6" * 32})
    funded.store.write(lambda tx: mint.note_issued(tx=tx, terms=funded.terms, event=strange))
    assert "mint.without_deposit" in funded.feed()
    assert funded.balances()[2] == "100.00"


# ------------------------------------------------------------------------------------------- a reversed deposit


@pytest.mark.parametrize("state", ["planned", "vouchered", "attested"])
def test_a_deposit_reversed_before_its_batch_is_sent_is_left_out(funded: World, state: str) -> None:
    """The others of the batch go on."""
    funded.pay_in("100.00", ALICE)
    doomed = funded.bank.book[-1]
    funded.pay_in("50.00", BOB)
    _stop_at(funded, state)
    funded.bank.reverse(doomed)
    funded.poll()
    for one in (*funded.signers, *funded.attestors):
        one.down = False
    for kind in list(funded.held_back):
        funded.let_go(kind)
    funded.until(lambda: funded.held(BOB) == 50)
    funded.run(4)
    assert (funded.held(ALICE), funded.orders()[0].state) == (0, "rejected")
    assert funded.false_lines() == []


def _stop_at(world: World, state: str) -> None:
    """Run until the batch of both orders stands there."""
    if state == "planned":
        world.signers[0].down = world.signers[1].down = True
    if state == "vouchered":
        world.attestors[0].down = world.attestors[1].down = True
    if state == "attested":
        world.hold("chain.send")
    world.until(lambda: any(len(batch.vouchers) == 2 for batch in world.batches(state=state)))


def test_a_deposit_reversed_while_its_batch_is_sent_is_the_operators_loss(funded: World) -> None:
    """The voucher is out; the books say what it cost."""
    funded.pay_in()
    funded.hold("chain.send")
    funded.until(lambda: funded.batches(state="prepared"))
    funded.let_go("chain.send")
    funded.bank.reverse(funded.bank.book[-1])
    funded.poll()
    funded.until(lambda: funded.orders()[0].state == "issued")
    assert funded.balances() == ("1000.00", "0.00", "100.00", "0.00", "900.00")
    assert funded.false_lines() == []


def test_a_voided_deposit_mints_nothing(funded: World) -> None:
    """The contract refuses it for ever, and the node does not wear itself out with transactions."""
    row = funded.pay_in()
    funded.chain.act(BOB, "void", row.key)
    assert funded.chain.state.spent[row.key] == VOID
    funded.run(6)
    assert funded.held() == 0
    assert funded.read(lambda tx: tx.attempts.count()) <= 2
