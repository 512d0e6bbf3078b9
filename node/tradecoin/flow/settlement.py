"""Settlement: what the payer does with requests on the chain: accept, pay, burn, or give the coins back."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from tradecoin.domain.chain import Call
from tradecoin.domain.money import Coins
from tradecoin.domain.redemption import GiveBackReason, Redemption
from tradecoin.domain.states import IntentState, RedemptionState
from tradecoin.domain.terms import Terms
from tradecoin.flow import payout
from tradecoin.flow.sending import want
from tradecoin.ports.chain import Chain
from tradecoin.ports.store import Store, Tx

_BATCH: Final = 20
_ENDED: Final = (
    RedemptionState.SETTLED,
    RedemptionState.GIVEN_BACK,
    RedemptionState.CANCELLED,
    RedemptionState.RECLAIMED,
)

Arguments = Callable[[list[Redemption]], tuple[Any, ...]]


def want_back(tx: Tx, row: Redemption, reason: GiveBackReason) -> None:
    """Remember why coins are to be returned, and see to it."""
    tx.redemptions.save(replace(row, give_back_reason=reason, intent_id="", updated_at=tx.now))
    tx.put_work("redeem.give_back", "all")


def give_back(*, tx: Tx, redemption_id: str, reason: GiveBackReason) -> None:
    """A payout failed for good before the burn: the coins go back to their holder."""
    row = tx.redemptions.get(redemption_id)
    if row.state in (RedemptionState.ACCEPTED, RedemptionState.PAID):
        want_back(tx, row, reason)


def accept(*, store: Store, chain: Chain) -> int:
    """Announce on the chain, before the bank is told, which requests will be paid; return how many."""
    return store.write(
        lambda tx: _send(
            tx, chain, RedemptionState.APPROVED, "accept", lambda rows: ([row.request_id for row in rows],)
        )
    )


def settle(*, store: Store, chain: Chain) -> int:
    """Burn the escrow of what the bank has booked; return how many."""

    def args(rows: list[Redemption]) -> tuple[Any, ...]:
        return [row.request_id for row in rows], [_payment_ref(row) for row in rows]

    return store.write(lambda tx: _send(tx, chain, RedemptionState.PAID, "settle", args))


def _payment_ref(row: Redemption) -> bytes:
    """Return the reference of the payment as the contract keeps it: the payout's id as 32 bytes of text."""
    return row.payout_id.encode()[:32].ljust(32, b"\0")


def return_coins(*, store: Store, chain: Chain) -> int:
    """Give back the coins of requests that cannot be paid; return how many."""

    def change(tx: Tx) -> int:
        states = (RedemptionState.LOCKED, RedemptionState.IN_REVIEW, RedemptionState.ACCEPTED, RedemptionState.PAID)
        rows = [row for row in tx.redemptions.list(state=states, limit=1000) if row.give_back_reason]
        return _want_for(tx, chain, [row for row in rows if _free(tx, row)][:_BATCH], "giveBack", _reasons)

    return store.write(change)


def _reasons(rows: list[Redemption]) -> tuple[Any, ...]:
    """Return the arguments of `giveBack`."""
    return [row.request_id for row in rows], [GiveBackReason(row.give_back_reason).number for row in rows]


def _send(tx: Tx, chain: Chain, state: RedemptionState, function: str, args: Arguments) -> int:
    """Put one call over up to a batch of requests in `state` into the outbox."""
    rows = [row for row in tx.redemptions.list(state=state, limit=1000) if not row.give_back_reason]
    return _want_for(tx, chain, [row for row in rows if _free(tx, row)][:_BATCH], function, args)


def _free(tx: Tx, row: Redemption) -> bool:
    """Whether no transaction is on its way for this request."""
    if not row.intent_id:
        return True
    return tx.intents.get(row.intent_id).state in (IntentState.FAILED, IntentState.WITHDRAWN, IntentState.FINAL)


def _want_for(tx: Tx, chain: Chain, rows: list[Redemption], function: str, args: Arguments) -> int:
    """Store the intent and note it on every request that it serves."""
    if not rows:
        return 0
    intent = want(
        tx=tx,
        chain=chain,
        call=Call("NarrowBank", function, args(rows)),
        purpose=function,
        subject=f"{rows[0].id}/{rows[0].version}",
        sender="payer",
        deadline=None,
    )
    tx.redemptions.save(*(replace(row, intent_id=intent.id, updated_at=tx.now) for row in rows))
    return len(rows)


def pay(*, store: Store, chain: Chain, terms: Terms, redemption_id: str) -> None:
    """Order the payment of an accepted request: what the contract fixed when it was accepted."""
    row = store.read(lambda tx: tx.redemptions.get(redemption_id))
    if row.state is not RedemptionState.ACCEPTED or row.payout_id:
        return
    *_, pays_units = chain.read("NarrowBank", "requests", row.request_id)
    pays = Coins(pays_units)

    def change(tx: Tx) -> None:
        fresh = tx.redemptions.get(redemption_id)
        if fresh.state is not RedemptionState.ACCEPTED or fresh.payout_id:
            return
        account = tx.bank_accounts.get(fresh.bank_account_id)
        ordered = payout.order_redemption(tx=tx, terms=terms, row=fresh, account=account, amount=terms.money(pays))
        tx.redemptions.save(replace(fresh, pays=pays, payout_id=ordered.id, updated_at=tx.now))

    store.write(change)


def note_paid(*, tx: Tx, redemption_id: str) -> bool:
    """The bank booked the payout; return False when the coins had gone back already, which makes it the issuer's
    loss.
    """
    row = tx.redemptions.get(redemption_id)
    if row.state in (RedemptionState.GIVEN_BACK, RedemptionState.RECLAIMED, RedemptionState.CANCELLED):
        return False
    if row.state is RedemptionState.ACCEPTED:
        tx.move(row, RedemptionState.PAID, cause="booked by the bank", actor="bank", intent_id="")
        tx.put_work("redeem.settle", "all")
    return True


def watch(*, store: Store, redemption_id: str) -> None:
    """At the due time, flag a request that has not ended."""

    def change(tx: Tx) -> None:
        row = tx.redemptions.get(redemption_id)
        if row.state not in _ENDED and not row.overdue:
            tx.redemptions.save(replace(row, overdue=True, updated_at=tx.now))
            tx.publish("redemption.overdue", row.id, {"request": row.request_id})

    store.write(change)
