"""Settlement: what the payer does with requests on the chain: accept, pay, burn, or give the coins back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
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
_MANY: Final = 1_000
_RETRY: Final = timedelta(seconds=2)
_WORK: Final = {"accept": "redeem.accept", "settle": "redeem.settle", "giveBack": "redeem.give_back"}
_IN_ESCROW: Final = (
    RedemptionState.LOCKED,
    RedemptionState.IN_REVIEW,
    RedemptionState.APPROVED,
    RedemptionState.ACCEPTED,
    RedemptionState.PAID,
)
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
    """Announce on the chain, before the bank is told, which requests will be paid; return how many.

    The contract skips a blocked holder, who is not paid; so would every later call, and the coins go back instead.
    """
    rows = store.read(lambda tx: _free_in(tx, RedemptionState.APPROVED))[:_BATCH]
    blocked = {row.id for row in rows if not chain.read("Token", "canSend", row.holder)}

    def change(tx: Tx) -> int:
        fresh = _free_in(tx, RedemptionState.APPROVED)
        _look_again(tx, RedemptionState.APPROVED, "accept")
        for row in fresh:
            if row.id in blocked:
                want_back(tx, row, GiveBackReason.HOLDER_BLOCKED)
        rows = [row for row in fresh if row.id not in blocked]
        return _want_for(tx, chain, rows, "accept", lambda some: ([row.request_id for row in some],))

    return store.write(change)


def settle(*, store: Store, chain: Chain) -> int:
    """Burn the escrow of what the bank has booked; return how many."""

    def args(rows: list[Redemption]) -> tuple[Any, ...]:
        return [row.request_id for row in rows], [_payment_ref(row) for row in rows]

    def change(tx: Tx) -> int:
        _look_again(tx, RedemptionState.PAID, "settle")
        return _want_for(tx, chain, _free_in(tx, RedemptionState.PAID), "settle", args)

    return store.write(change)


def _payment_ref(row: Redemption) -> bytes:
    """Return the reference of the payment as the contract keeps it: the payout's id as 32 bytes of text."""
    return row.payout_id.encode()[:32].ljust(32, b"\0")


def return_coins(*, store: Store, chain: Chain) -> int:
    """Give back the coins of requests that cannot be paid; return how many."""

    def change(tx: Tx) -> int:
        rows = [row for row in tx.redemptions.list(state=_IN_ESCROW, limit=_MANY) if row.give_back_reason]
        _look_again(tx, _IN_ESCROW, "giveBack")
        return _want_for(tx, chain, [row for row in rows if _free(tx, row)], "giveBack", _reasons)

    return store.write(change)


def _reasons(rows: list[Redemption]) -> tuple[Any, ...]:
    """Return the arguments of `giveBack`."""
    return [row.request_id for row in rows], [GiveBackReason(row.give_back_reason).number for row in rows]


def _free_in(tx: Tx, state: RedemptionState) -> list[Redemption]:
    """Return the requests in a state that no transaction is on its way for and that are not to be given back."""
    rows = [row for row in tx.redemptions.list(state=state, limit=_MANY) if not row.give_back_reason]
    return [row for row in rows if _free(tx, row)]


def _look_again(tx: Tx, state: RedemptionState | tuple[RedemptionState, ...], function: str) -> None:
    """Come back for requests whose transaction is final and whose events are not read yet: it may have skipped them."""
    rows = tx.redemptions.list(state=state, limit=_MANY)
    waiting = {row.intent_id for row in rows if row.intent_id}
    final = tx.intents.list(id=tuple(sorted(waiting)), state=IntentState.FINAL, limit=len(waiting)) if waiting else ()
    if any(tx.chain.final_number() < intent.block_number for intent in final):
        tx.put_work(_WORK[function], "all", due_at=tx.now + _RETRY)


def _free(tx: Tx, row: Redemption) -> bool:
    """Whether no transaction is on its way for this request, and the events of the last one were read."""
    if not row.intent_id:
        return True
    intent = tx.intents.get(row.intent_id)
    if intent.state is IntentState.FINAL:
        return tx.chain.final_number() >= intent.block_number
    return intent.state in (IntentState.FAILED, IntentState.WITHDRAWN)


def _want_for(tx: Tx, chain: Chain, waiting: list[Redemption], function: str, args: Arguments) -> int:
    """Store the intent for one batch and note it on every request that it serves; the others come next."""
    rows = waiting[:_BATCH]
    if not rows:
        return 0
    if len(waiting) > len(rows):
        tx.put_work(_WORK[function], "all")
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
        # A payment that was given up for lost has come after all: unless its coins are on their way, they are burned.
        tx.move(row, RedemptionState.PAID, cause="booked by the bank", actor="bank", give_back_reason="")
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
