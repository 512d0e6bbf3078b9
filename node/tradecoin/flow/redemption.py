"""Redemptions: from a holder's intent or request to the burn of the escrow, or the coins' way back."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any, Final

from tradecoin.domain.chain import Call, ChainEvent
from tradecoin.domain.errors import Conflict, Forbidden, NotFound, Refused
from tradecoin.domain.ledger import Event, posting
from tradecoin.domain.money import Coins
from tradecoin.domain.party import BankAccount
from tradecoin.domain.redemption import GiveBackReason, Redemption, RedemptionMode
from tradecoin.domain.states import PayoutState, RedemptionState
from tradecoin.domain.terms import Terms
from tradecoin.flow.mint import check_recipient
from tradecoin.flow.sending import want
from tradecoin.flow.settlement import want_back
from tradecoin.ports.chain import Chain
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.refs import authorization_nonce
from tradecoin.signing.typed import Domain, TypedMessage, receive_authorization

_INTENT_LIFETIME: Final = timedelta(hours=24)
_VALID_AFTER: Final = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a holder needs to redeem: the row, the two calls of a direct redemption, or the typed data to sign."""

    redemption: Redemption
    calls: tuple[tuple[str, bytes], ...]
    typed_data: TypedMessage | None


def create(
    *,
    store: Store,
    chain: Chain,
    terms: Terms,
    token_name: str,
    client: str,
    holder: str,
    amount: Coins,
    bank_account_id: str,
    mode: RedemptionMode,
) -> Prepared:
    """Announce a redemption to a registered account; nothing happens on the chain before the holder acts.

    Raises Refused for an amount of nothing, of dust or with a fraction of a cent, NotFound for an unknown account.
    """
    address = check_recipient(holder, terms)
    check_amount(chain=chain, terms=terms, amount=amount)
    row = store.write(
        lambda tx: announce(
            tx=tx, client=client, holder=address, amount=amount, bank_account_id=bank_account_id, mode=mode
        )
    )
    return prepared(chain=chain, terms=terms, token_name=token_name, row=row)


def check_amount(*, chain: Chain, terms: Terms, amount: Coins) -> None:
    """Refuse what the contract or the bank would: nothing, dust, a fraction of a cent."""
    terms.money(amount)
    least = chain.read("NarrowBank", "minRequest")
    if amount.units < least:
        raise Refused("less than the least amount of a request", got=str(amount.units), limit=str(least))


def announce(
    *, tx: Tx, client: str, holder: str, amount: Coins, bank_account_id: str, mode: RedemptionMode
) -> Redemption:
    """Store the intent, of an amount that `check_amount` took, as a part of the caller's transaction."""
    account = tx.bank_accounts.get(bank_account_id)
    if tx.customers.get(account.customer_id).client != client:
        raise NotFound("there is no such bank account", id=bank_account_id)
    if account.usable_from > tx.now:
        raise Conflict("this account is still cooling off", usable_from=account.usable_from.isoformat())
    row = _row(tx, holder=holder, amount=amount, payout_hash=account.payout, mode=mode, client=client, account=account)
    tx.redemptions.add(row)
    tx.publish("redemption.created", row.id, {"amount": str(amount.units)})
    return row


def _row(
    tx: Tx,
    *,
    holder: str,
    amount: Coins,
    payout_hash: bytes,
    mode: RedemptionMode,
    client: str,
    account: BankAccount | None,
) -> Redemption:
    """Describe a redemption that the chain does not know yet."""
    return Redemption(
        id=tx.new_id("rd"),
        version=1,
        state=RedemptionState.CREATED,
        client=client,
        mode=mode,
        holder=holder,
        amount=amount,
        bank_account_id="" if account is None else account.id,
        payout=payout_hash,
        # Fresh each time: it makes the nonce of the authorization, and one nonce works once.
        salt=b"" if account is None else token_bytes(32),
        request_id=-1,
        request_tx="",
        valid_before=tx.now.replace(microsecond=0) + _INTENT_LIFETIME,
        signature=b"",
        due_at=None,
        overdue=False,
        protested=False,
        give_back_reason="",
        pays=Coins(0),
        payout_id="",
        intent_id="",
        created_at=tx.now,
        updated_at=tx.now,
    )


def prepared(*, chain: Chain, terms: Terms, token_name: str, row: Redemption) -> Prepared:
    """Return what the holder of an announced redemption does next."""
    if row.mode is RedemptionMode.GASLESS:
        return Prepared(row, (), _authorization(terms, token_name, row))
    approve = chain.encode(Call("Token", "approve", (terms.narrow_bank, row.amount.units)))
    request = chain.encode(Call("NarrowBank", "request", (row.amount.units, row.payout)))
    return Prepared(row, (approve, request), None)


def _authorization(terms: Terms, token_name: str, row: Redemption) -> TypedMessage:
    """Return the ERC-3009 message that lets the contract, and nobody else, collect the coins for this payout."""
    return receive_authorization(
        Domain(token_name, terms.chain_id, terms.token),
        holder=row.holder,
        to=terms.narrow_bank,
        value=row.amount,
        valid_after=_VALID_AFTER,
        valid_before=_seconds(row.valid_before),
        nonce=authorization_nonce(row.payout, row.salt, terms.narrow_bank),
    )


def _seconds(moment: datetime | None) -> int:
    """Return Unix seconds."""
    return 0 if moment is None else int(moment.timestamp())


def sign(*, store: Store, chain: Chain, redemption_id: str, client: str, signature: bytes) -> Redemption:
    """Take the holder's signature and relay the request; raises ContractRefused when the contract would not take it."""
    row = store.read(lambda tx: tx.redemptions.get(redemption_id))
    _owned(row, client)
    call = check_signature(chain=chain, row=row, signature=signature)
    return store.write(
        lambda tx: relay(tx=tx, chain=chain, redemption_id=redemption_id, actor=client, call=call, signature=signature)
    )


def check_signature(*, chain: Chain, row: Redemption, signature: bytes) -> Call:
    """Return the call that a holder's signature makes possible; raises Conflict, ContractRefused."""
    if row.mode is not RedemptionMode.GASLESS or row.state is not RedemptionState.CREATED:
        raise Conflict("this redemption does not wait for a signature", state=str(row.state), mode=str(row.mode))
    words = (row.holder, row.amount.units, row.payout, row.salt, _VALID_AFTER, _seconds(row.valid_before))
    call = Call("NarrowBank", "requestWithAuthorization", (*words, signature))
    chain.preflight(call, row.holder)
    return call


def relay(*, tx: Tx, chain: Chain, redemption_id: str, actor: str, call: Call, signature: bytes) -> Redemption:
    """Want the checked call on the chain, as a part of the caller's transaction."""
    fresh = tx.redemptions.get(redemption_id)
    intent = want(
        tx=tx,
        chain=chain,
        call=call,
        purpose="redeem",
        subject=f"{fresh.id}/{fresh.version}",
        sender="relay",
        deadline=fresh.valid_before,
    )
    return tx.move(
        fresh,
        RedemptionState.REQUESTED,
        cause="signed by the holder",
        actor=actor,
        signature=signature,
        intent_id=intent.id,
    )


def _owned(row: Redemption, client: str | None) -> None:
    """Refuse another client's redemption; None means an operator."""
    if client is not None and row.client != client:
        raise Forbidden("this redemption is somebody else's")


def withdraw(*, store: Store, redemption_id: str, client: str | None, actor: str) -> Redemption:
    """Close an intent that the holder did not act on; a request on the chain is cancelled there, by its holder."""

    def change(tx: Tx) -> Redemption:
        row = tx.redemptions.get(redemption_id)
        _owned(row, client)
        if row.state is not RedemptionState.CREATED:
            raise Conflict("only the holder can cancel a request on the chain", state=str(row.state))
        return tx.move(row, RedemptionState.EXPIRED, cause="withdrawn", actor=actor)

    return store.write(change)


def decide(*, store: Store, redemption_id: str, approve: bool, reason: str, actor: str) -> Redemption:
    """Approve a redemption in review, or give its coins back; nobody decides on their own."""

    def change(tx: Tx) -> Redemption:
        row = tx.redemptions.get(redemption_id)
        if row.state is not RedemptionState.IN_REVIEW:
            raise Conflict("only a redemption in review is decided on", state=str(row.state))
        if row.give_back_reason:
            raise Conflict("its coins are on their way back", reason=row.give_back_reason)
        if row.client == actor:
            raise Forbidden("nobody approves a redemption of their own")
        tx.audit(actor, "redemption.decide", row.id, {"approve": approve, "reason": reason})
        if approve:
            row = tx.move(row, RedemptionState.APPROVED, cause=reason, actor=actor)
            tx.put_work("redeem.accept", "all")
        else:
            want_back(tx, row, GiveBackReason.REFUSED)
        return row

    return store.write(change)


# ------------------------------------------------------------------------------------------------ what the chain says


def note_requested(*, tx: Tx, terms: Terms, event: ChainEvent) -> None:
    """Coins are in escrow, finally: the books move, and the request is approved, reviewed or sent back."""
    args = event.args
    amount = Coins(args["amount"])
    row = tx.redemptions.find(request_id=args["id"]) or _match(tx, args) or _unannounced(tx, args)
    due_at = datetime.fromtimestamp(args["dueAt"], tz=UTC)
    row = tx.move(
        row,
        RedemptionState.LOCKED,
        cause=event.key,
        actor="chain",
        request_id=args["id"],
        request_tx=event.tx_hash,
        due_at=due_at,
        intent_id="",  # the relayed request is final, whether or not its transaction was looked at already
    )
    _post(tx, terms, Event.REQUESTED, row, event)
    tx.put_work("redeem.watch", row.id, due_at=due_at)
    if not row.bank_account_id:
        want_back(tx, row, GiveBackReason.UNKNOWN_ACCOUNT)
    elif terms.money(amount).minor > terms.review_above.minor:
        tx.move(row, RedemptionState.IN_REVIEW, cause="above the review limit")
    elif tx.bank_accounts.get(row.bank_account_id).usable_from > tx.now:
        tx.move(row, RedemptionState.IN_REVIEW, cause="its account is still cooling off")
    else:
        tx.move(row, RedemptionState.APPROVED, cause="within the limits")
        tx.put_work("redeem.accept", "all")


def _match(tx: Tx, args: dict[str, Any]) -> Redemption | None:
    """Find the intent that announced this request."""
    where = {"holder": args["holder"], "payout": args["payout"], "amount": Coins(args["amount"]), "request_id": -1}
    waiting = (RedemptionState.REQUESTED, RedemptionState.CREATED, RedemptionState.EXPIRED)
    for state in waiting:
        row = tx.redemptions.find(state=state, **where)
        if row is not None:
            return row
    return None


def _unannounced(tx: Tx, args: dict[str, Any]) -> Redemption:
    """Make the row of a request that nobody told us of."""
    account = tx.bank_accounts.find(payout=args["payout"])
    client = "" if account is None else tx.customers.get(account.customer_id).client
    row = _row(
        tx,
        holder=args["holder"],
        amount=Coins(args["amount"]),
        payout_hash=args["payout"],
        mode=RedemptionMode.DIRECT,
        client=client,
        account=account,
    )
    tx.redemptions.add(row)
    return row


def note_accepted(*, tx: Tx, terms: Terms, event: ChainEvent) -> None:
    """The holder can no longer cancel: order the payment."""
    row = _by_request(tx, event)
    if row.state is not RedemptionState.APPROVED:
        tx.publish("redemption.accepted_unasked", row.id, {"state": row.state})
        return
    row = tx.move(row, RedemptionState.ACCEPTED, cause=event.key, actor="chain", intent_id="")
    tx.put_work("redeem.pay", row.id)


def note_settled(*, tx: Tx, terms: Terms, event: ChainEvent) -> None:
    """The escrow is burned; the money had left with the payout, so nothing is posted but what a wind-down cut off."""
    row = _by_request(tx, event)
    row = tx.move(row, RedemptionState.SETTLED, cause=event.key, actor="chain")
    cut_off = terms.money(row.amount) - terms.money(Coins(event.args["paid"]))
    if cut_off.minor:
        at = datetime.fromtimestamp(event.block.timestamp, tz=UTC)
        tx.books.post(posting(Event.HAIRCUT, cut_off, key=f"{event.key}:haircut", subject=row.id, at=at))


def note_coins_returned(*, tx: Tx, terms: Terms, event: ChainEvent) -> None:
    """The coins went back to their holder: given back, cancelled or reclaimed."""
    ends = {
        "GivenBack": RedemptionState.GIVEN_BACK,
        "Cancelled": RedemptionState.CANCELLED,
        "Reclaimed": RedemptionState.RECLAIMED,
    }
    row = _by_request(tx, event)
    paid = tx.payouts.find(subject_id=row.id, state=PayoutState.BOOKED)
    tx.move(row, ends[event.name], cause=event.key, actor="chain")
    if paid is None:
        _post(tx, terms, Event.COINS_RETURNED, row, event)
    else:
        _post(tx, terms, Event.ISSUED_UNBACKED, row, event)
        tx.publish("redemption.paid_and_returned", row.id, {"payout": paid.id})


def note_protested(*, tx: Tx, terms: Terms, event: ChainEvent) -> None:
    """A request was shown to be overdue: minting is off until it ends."""
    row = _by_request(tx, event)
    tx.redemptions.save(replace(row, protested=True, updated_at=tx.now))
    tx.publish("redemption.protested", row.id, {"request": row.request_id})


def _by_request(tx: Tx, event: ChainEvent) -> Redemption:
    """Return the redemption that an event speaks of."""
    row = tx.redemptions.find(request_id=event.args["id"])
    if row is None:
        raise NotFound("an event speaks of a request that was never seen", request=event.args["id"], event=event.key)
    return row


def _post(tx: Tx, terms: Terms, kind: Event, row: Redemption, event: ChainEvent) -> None:
    """Post an event of the chain, at par."""
    at = datetime.fromtimestamp(event.block.timestamp, tz=UTC)
    key = f"{event.key}:{event.name.lower()}"
    tx.books.post(posting(kind, terms.money(row.amount), key=key, subject=row.id, at=at))


def expire_intents(*, store: Store, limit: int = 500) -> int:
    """Close intents that no holder acted on; return how many."""

    def change(tx: Tx) -> int:
        waiting = tx.redemptions.list(state=RedemptionState.CREATED, limit=limit)
        late = [row for row in waiting if row.valid_before is not None and row.valid_before <= tx.now]
        for row in late:
            tx.move(row, RedemptionState.EXPIRED, cause="the holder did not act")
        return len(late)

    return store.write(change)
