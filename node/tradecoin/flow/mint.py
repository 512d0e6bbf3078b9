"""Mint orders: from a payment reference to the final `Issued` event."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from tradecoin.domain.chain import ChainEvent
from tradecoin.domain.deposit import Deposit, EntryKind
from tradecoin.domain.errors import BrokenInvariant, Conflict, Forbidden, Refused
from tradecoin.domain.ledger import Event, posting
from tradecoin.domain.mint import MintOrder
from tradecoin.domain.money import Coins, Money
from tradecoin.domain.party import Wallet
from tradecoin.domain.states import DepositState, OrderState
from tradecoin.domain.terms import Terms
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.hashing import BadAddress, address_bytes, checksum_address
from tradecoin.signing.refs import issuance_ref, payment_reference

_BEFORE_THE_CHAIN: Final = (OrderState.FUNDED, OrderState.IN_REVIEW, OrderState.APPROVED, OrderState.PARKED)
_ZERO_ADDRESS: Final = "0x" + "00" * 20


class BadRecipient(Refused):
    """Coins cannot go to this address: malformed, zero, or one of our own contracts."""

    code = "recipient_invalid"


def check_recipient(recipient: str, terms: Terms) -> str:
    """Return the checksummed address, or raise BadRecipient."""
    try:
        address = checksum_address(address_bytes(recipient))
    except BadAddress as error:
        raise BadRecipient("not an address", got=recipient[:60]) from error
    if address == _ZERO_ADDRESS or address in (terms.token, terms.narrow_bank, terms.reserves):
        raise BadRecipient("coins sent there would be lost", got=address)
    return address


def create_order(*, tx: Tx, terms: Terms, client: str, amount: Money, recipient: str, nonce: bytes) -> MintOrder:
    """Make an order that waits for a payment of `amount` with its reference; part of the caller's transaction.

    The reference commits to the recipient: whoever sees the bank's entry can check for whom the money came.
    Raises BadRecipient, or Refused for an amount of nothing or in another currency.
    """
    address = check_recipient(recipient, terms)
    if amount.minor <= 0 or amount.currency != terms.currency:
        raise Refused(f"an order is for an amount above zero in {terms.currency}", got=str(amount))
    order = _new(
        tx,
        terms,
        client=client,
        recipient=address,
        amount=amount,
        reference=payment_reference(address, nonce),
        nonce=nonce,
    )
    tx.orders.add(order)
    tx.publish("mint_order.awaiting_funds", order.id, {"amount": amount.text, "reference": order.reference})
    return order


def _new(
    tx: Tx, terms: Terms, *, client: str, recipient: str, amount: Money, reference: str, nonce: bytes
) -> MintOrder:
    """Describe an order without a deposit."""
    return MintOrder(
        id=tx.new_id("mo"),
        version=1,
        state=OrderState.AWAITING_FUNDS,
        client=client,
        wallet_id="",
        recipient=recipient,
        amount=amount,
        open_amount=False,
        reference=reference,
        nonce=nonce,
        deposit_id="",
        batch_id="",
        issuance_ref=b"",
        tx_hash="",
        parked_from="",
        parked_reason="",
        approved_by="",
        expires_at=tx.now + terms.order_lifetime,
        created_at=tx.now,
        updated_at=tx.now,
    )


def fund(*, tx: Tx, terms: Terms, order: MintOrder, deposit: Deposit) -> MintOrder:
    """Return the order with its one deposit: the issuance reference is fixed, and it is approved or waits for
    review.
    """
    reviewed = order.amount.minor > terms.review_above.minor
    return replace(
        order,
        state=OrderState.IN_REVIEW if reviewed else OrderState.APPROVED,
        deposit_id=deposit.id,
        issuance_ref=issuance_ref(
            terms.chain_id, terms.token, order.id, deposit.key, order.recipient, terms.coins(order.amount)
        ),
        updated_at=tx.now,
    )


def fund_waiting(*, tx: Tx, terms: Terms, order: MintOrder, deposit: Deposit) -> MintOrder:
    """Walk a waiting order to where its money takes it."""
    funded = fund(tx=tx, terms=terms, order=order, deposit=deposit)
    facts = {"deposit_id": funded.deposit_id, "issuance_ref": funded.issuance_ref}
    order = tx.move(order, OrderState.FUNDED, cause=deposit.id, actor="bank", **facts)
    why = "within the limits" if funded.state is OrderState.APPROVED else "above the review limit"
    return tx.move(order, funded.state, cause=why)


def order_for_wallet(*, tx: Tx, terms: Terms, client: str, wallet: Wallet, deposit: Deposit) -> MintOrder:
    """A credit with a wallet's reference becomes an order of its owner's client, for the full booked amount."""
    order = _new(
        tx,
        terms,
        client=client,
        recipient=wallet.address,
        amount=deposit.amount,
        reference=wallet.reference,
        nonce=wallet.nonce,
    )
    return fund(tx=tx, terms=terms, order=replace(order, wallet_id=wallet.id, open_amount=True), deposit=deposit)


def order_for_assignment(*, tx: Tx, terms: Terms, deposit: Deposit, amount: Money, recipient: str) -> MintOrder:
    """An operator gave what is left of a credit to `recipient`."""
    address = check_recipient(recipient, terms)
    order = _new(
        tx,
        terms,
        client=deposit.assigned_by,
        recipient=address,
        amount=amount,
        reference=f"assigned:{deposit.id}:{deposit.allocated.minor - amount.minor}",
        nonce=b"",
    )
    return fund(tx=tx, terms=terms, order=replace(order, wallet_id="assigned"), deposit=deposit)


def order_for_reissue(*, tx: Tx, terms: Terms, deposit: Deposit, holder: str, actor: str) -> MintOrder:
    """A payout that came back after the burn becomes coins of the same holder again."""
    reference = f"reissued:{deposit.id}:{deposit.version}"
    order = _new(tx, terms, client=actor, recipient=holder, amount=deposit.amount, reference=reference, nonce=b"")
    return fund(tx=tx, terms=terms, order=replace(order, wallet_id="reissued"), deposit=deposit)


def cancel(*, store: Store, order_id: str, client: str | None, actor: str) -> MintOrder:
    """Withdraw an order that no voucher was signed for; its deposit is free again. `client` limits to its own
    orders.
    """

    def change(tx: Tx) -> MintOrder:
        order = tx.orders.get(order_id)
        if client is not None and order.client != client:
            raise Forbidden("this order is somebody else's")
        order = tx.move(order, OrderState.CANCELLED, cause="cancelled", actor=actor)
        _release(tx, order)
        return order

    return store.write(change)


def decide(*, store: Store, order_id: str, approve: bool, reason: str, actor: str) -> MintOrder:
    """Approve or reject an order in review; raises Forbidden when the approver made or assigned it."""

    def change(tx: Tx) -> MintOrder:
        order = tx.orders.get(order_id)
        if order.state is not OrderState.IN_REVIEW:
            raise Conflict("only an order in review is decided on", state=str(order.state))
        if order.client == actor:
            raise Forbidden("nobody approves an order of their own")
        if approve:
            order = tx.move(order, OrderState.APPROVED, cause=reason, actor=actor, approved_by=actor)
            tx.put_work("mint.plan", "all")
        else:
            order = tx.move(order, OrderState.REJECTED, cause=reason, actor=actor)
            _release(tx, order)
        return order

    return store.write(change)


def _release(tx: Tx, order: MintOrder) -> None:
    """Give an order's share back to its deposit."""
    if not order.deposit_id:
        return
    row = tx.deposits.get(order.deposit_id)
    tx.deposits.save(replace(row, allocated=row.allocated - order.amount, updated_at=tx.now))


def stop_orders(*, tx: Tx, deposit: Deposit, why: str) -> None:
    """The deposit is gone: reject its orders that are not on their way to the chain."""
    for order in tx.orders.list(deposit_id=deposit.id, state=_BEFORE_THE_CHAIN):
        tx.move(order, OrderState.REJECTED, cause=why)


def expire_orders(*, store: Store, limit: int = 500) -> int:
    """Close orders whose money never came; return how many."""

    def change(tx: Tx) -> int:
        waiting = tx.orders.list(state=OrderState.AWAITING_FUNDS, limit=limit)
        late = [order for order in waiting if order.expires_at <= tx.now]
        for order in late:
            tx.move(order, OrderState.EXPIRED, cause="no payment came")
        return len(late)

    return store.write(change)


def note_issued(*, tx: Tx, terms: Terms, event: ChainEvent) -> None:
    """A final `Issued` event settles its order, whoever's transaction it was, and once."""
    order = tx.orders.find(issuance_ref=event.args["order"])
    if order is None:
        order = _adopt(tx, terms, event)
        if order is None:
            return
    if order.state is OrderState.ISSUED:
        return
    row = tx.deposits.get(order.deposit_id)
    amount = terms.money(Coins(event.args["amount"]))
    if amount != order.amount or event.args["to"] != order.recipient or event.args["deposit"] != row.key:
        raise BrokenInvariant("the chain issued something else than was ordered", order=order.id, event=event.key)
    _post_issued(tx, event, row, amount)
    row = _retake(tx, order, row)
    order = tx.move(order, OrderState.ISSUED, cause=event.key, actor="chain", tx_hash=event.tx_hash)
    row = replace(row, minted=row.minted + amount, updated_at=tx.now)
    if row.minted == row.amount and row.state is DepositState.MATCHED:
        tx.move(row, DepositState.CONSUMED, cause=event.key, actor="chain")
    else:
        tx.deposits.save(row)
    tx.put_work("batch.advance", order.batch_id)


def _retake(tx: Tx, order: MintOrder, row: Deposit) -> Deposit:
    """An order that was closed can still be issued by vouchers signed before: its share of the deposit is taken again.

    If somebody else was given that share meanwhile, they wait for an operator: the contract will not mint it twice.
    """
    if order.state not in (OrderState.CANCELLED, OrderState.REJECTED):
        return row
    others = [
        one for one in tx.orders.list(deposit_id=row.id, state=(*_BEFORE_THE_CHAIN, OrderState.BATCHED)) if one != order
    ]
    wanted = Money.total((one.amount for one in others), row.amount.currency)
    if row.minted + order.amount + wanted > row.amount:
        stop_orders(tx=tx, deposit=row, why="its money was issued by a closed order")
        left = [one for one in others if one.state is OrderState.BATCHED]
        wanted = Money.total((one.amount for one in left), row.amount.currency)
    return replace(row, allocated=min(row.amount, row.minted + order.amount + wanted))


def _post_issued(tx: Tx, event: ChainEvent, row: Deposit, amount: Money) -> None:
    """Post the coins: out of the deposits, out of what is owed when a returned payout was issued again, or, when the
    money left again while the voucher was on its way, out of the operator's equity."""
    kind = Event.ISSUED
    if row.gone_at is not None:
        kind = Event.ISSUED_UNBACKED
        tx.publish("deposit.minted_after_reversal", row.id, {"amount": amount.text})
    elif tx.entries.get(row.entry_id).kind is EntryKind.PAYOUT_RETURNED:
        kind = Event.REISSUED
    at = datetime.fromtimestamp(event.block.timestamp, tz=UTC)
    tx.books.post(posting(kind, amount, key=f"{event.key}:issued", subject=row.id, at=at))


def _adopt(tx: Tx, terms: Terms, event: ChainEvent) -> MintOrder | None:
    """Find the deposit of coins that we have no order for, as after a restore, and make the order that must have
    been.
    """
    row = tx.deposits.find(key=event.args["deposit"])
    if row is None:
        tx.publish("mint.without_deposit", event.key, {"to": event.args["to"], "amount": str(event.args["amount"])})
        return None
    amount = terms.money(Coins(event.args["amount"]))
    order = _new(
        tx,
        terms,
        client="adopted",
        recipient=event.args["to"],
        amount=amount,
        reference=f"adopted:{event.key}",
        nonce=b"",
    )
    stop_orders(tx=tx, deposit=row, why="issued by an order that this database did not have")
    taken = min(row.amount.minor, max(row.allocated.minor, row.minted.minor + amount.minor))
    tx.deposits.save(replace(row, allocated=Money(taken, amount.currency), updated_at=tx.now))
    state = OrderState.BATCHED
    order = replace(order, state=state, deposit_id=row.id, issuance_ref=event.args["order"], wallet_id="adopted")
    tx.orders.add(order)
    return order
