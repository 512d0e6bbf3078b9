"""Deposits: credits find the order or wallet that their payment reference names, or wait for an operator."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from tradecoin.domain.deposit import BankEntry, Deposit, EntryKind
from tradecoin.domain.errors import Conflict, Refused
from tradecoin.domain.ledger import Event, Journal, posting
from tradecoin.domain.mint import MintOrder
from tradecoin.domain.party import Customer, Wallet
from tradecoin.domain.references import iban
from tradecoin.domain.states import DepositState, OrderState
from tradecoin.domain.terms import Terms
from tradecoin.flow import mint, payout, payout_booking
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.refs import deposit_key

_CHUNK = 5_000


def book_credits(*, tx: Tx, terms: Terms, entries: Sequence[BankEntry]) -> None:
    """Make a deposit of each credit, post it, and match it to what its reference names."""
    if not entries:
        return
    references = sorted({entry.reference for entry in entries if entry.reference})
    orders = _orders_by_reference(tx, references)
    wallets = _wallets_by_reference(tx, references)
    customers = _customers(tx, wallets)
    taken = _taken_keys(tx, terms, entries)
    journals: list[Journal] = []
    deposits: list[Deposit] = []
    created: list[MintOrder] = []
    for entry in entries:
        row = _deposit(tx, terms, entry, taken)
        taken.add(row.key)
        journals.append(_credit_posting(entry, row))
        order = orders.get(entry.reference)
        wallet = wallets.get(entry.reference)
        problem = _problem(entry, order, wallet, customers)
        if problem:
            row = replace(row, state=DepositState.UNMATCHED, why_unmatched=problem)
        elif wallet is not None:
            row = replace(row, state=DepositState.MATCHED, allocated=row.amount)
            client = customers[wallet.customer_id].client
            created.append(mint.order_for_wallet(tx=tx, terms=terms, client=client, wallet=wallet, deposit=row))
        elif order is not None and order.amount.minor <= row.amount.minor:
            row = replace(row, state=DepositState.MATCHED, allocated=order.amount)
            orders[entry.reference] = mint.fund_waiting(tx=tx, terms=terms, order=order, deposit=row)
        else:
            row = replace(row, state=DepositState.MATCHED, why_unmatched="less than the order's amount")
        deposits.append(row)
    tx.deposits.add(*deposits)
    tx.books.post(*journals)
    tx.orders.add(*created)
    for row in deposits:
        tx.publish(f"deposit.{row.state}", row.id, {"amount": row.amount.text, "reason": row.why_unmatched})
    for order in created:
        tx.publish(f"mint_order.{order.state}", order.id, {"amount": order.amount.text, "deposit": order.deposit_id})


def _key(terms: Terms, reference: str) -> bytes:
    """Return what the contract knows a credit by."""
    return deposit_key(terms.bank, terms.account, reference)


def _taken_keys(tx: Tx, terms: Terms, entries: Sequence[BankEntry]) -> set[bytes]:
    """Return the keys of these credits that a deposit has: a bank may use one reference for two bookings."""
    keys = [_key(terms, entry.servicer_reference) for entry in entries if entry.servicer_reference]
    found: set[bytes] = set()
    for start in range(0, len(keys), _CHUNK):
        chunk = tuple(keys[start : start + _CHUNK])
        found |= {row.key for row in tx.deposits.list(key=chunk, limit=_CHUNK)}
    return found


def _deposit(tx: Tx, terms: Terms, entry: BankEntry, taken: Collection[bytes]) -> Deposit:
    """Describe a credit that coins may be minted for; one whose reference is taken goes by its fingerprint."""
    reference = entry.servicer_reference or entry.fingerprint
    if _key(terms, reference) in taken:
        reference = entry.fingerprint
    return Deposit(
        id=tx.new_id("dp"),
        version=1,
        state=DepositState.SEEN,
        entry_id=entry.id,
        key=_key(terms, reference),
        bank_reference=reference,
        amount=entry.amount,
        allocated=terms.zero(),
        minted=terms.zero(),
        reference=entry.reference,
        remittance=entry.remittance,
        debtor=entry.counterparty,
        debtor_iban=entry.counterparty_iban,
        why_unmatched="",
        assigned_by="",
        booked_at=entry.booked_at,
        gone_at=None,
        created_at=tx.now,
        updated_at=tx.now,
    )


def _credit_posting(entry: BankEntry, row: Deposit) -> Journal:
    """Post a credit, matched or not."""
    return posting(Event.CREDIT_BOOKED, row.amount, key=entry.fingerprint, subject=row.id, at=entry.booked_at)


def _orders_by_reference(tx: Tx, references: Sequence[str]) -> dict[str, MintOrder]:
    """Return the orders with these references."""
    found: dict[str, MintOrder] = {}
    for start in range(0, len(references), _CHUNK):
        chunk = tuple(references[start : start + _CHUNK])
        found |= {order.reference: order for order in tx.orders.list(reference=chunk, wallet_id="", limit=_CHUNK)}
    return found


def _wallets_by_reference(tx: Tx, references: Sequence[str]) -> dict[str, Wallet]:
    """Return the wallets with these references."""
    found: dict[str, Wallet] = {}
    for start in range(0, len(references), _CHUNK):
        chunk = tuple(references[start : start + _CHUNK])
        found |= {wallet.reference: wallet for wallet in tx.wallets.list(reference=chunk, limit=_CHUNK)}
    return found


def _customers(tx: Tx, wallets: dict[str, Wallet]) -> dict[str, Customer]:
    """Return the owners of these wallets."""
    ids = tuple(sorted({wallet.customer_id for wallet in wallets.values()}))
    return {row.id: row for row in tx.customers.list(id=ids, limit=len(ids))} if ids else {}


def _problem(entry: BankEntry, order: MintOrder | None, wallet: Wallet | None, customers: dict[str, Customer]) -> str:
    """Say why a credit cannot be matched by itself; empty when it can."""
    if not entry.reference:
        return "no payment reference"
    if order is None and wallet is None:
        return "unknown payment reference"
    if entry.reason.startswith("ordered in "):
        return entry.reason
    if order is not None and order.state is not OrderState.AWAITING_FUNDS:
        return f"its order is {order.state}"
    if wallet is not None and not same_person(entry.counterparty, customers[wallet.customer_id].name):
        return "paid by somebody else than the wallet's owner"
    return ""


def same_person(payer: str, owner: str) -> bool:
    """Whether the words of one name are all among the other's; a bank that names no payer does not count against it."""
    ours, theirs = set(owner.casefold().split()), set(payer.casefold().replace(",", " ").split())
    return not theirs or ours <= theirs or theirs <= ours


def assign(*, store: Store, terms: Terms, deposit_id: str, recipient: str, actor: str) -> MintOrder:
    """Give what is left of a credit to a recipient by an operator's decision; raises Conflict when nothing is left."""

    def change(tx: Tx) -> MintOrder:
        row = tx.deposits.get(deposit_id)
        left = row.amount - row.allocated
        if row.state not in (DepositState.UNMATCHED, DepositState.MATCHED) or left.minor == 0:
            raise Conflict("nothing of this deposit can be assigned", state=str(row.state), left=left.text)
        _refuse_returned_payout(tx, row)
        if row.state is DepositState.UNMATCHED:
            row = tx.move(row, DepositState.MATCHED, cause="assigned", actor=actor, assigned_by=actor)
        row = replace(row, allocated=row.amount, assigned_by=actor, why_unmatched="", updated_at=tx.now)
        tx.deposits.save(row)
        order = mint.order_for_assignment(tx=tx, terms=terms, deposit=row, amount=left, recipient=recipient)
        tx.orders.add(order)
        tx.publish(f"mint_order.{order.state}", order.id, {"amount": order.amount.text, "deposit": row.id})
        tx.audit(actor, "deposit.assign", row.id, {"order": order.id, "recipient": recipient})
        tx.put_work("mint.plan", "all")
        return order

    return store.write(change)


def start_return(*, store: Store, terms: Terms, deposit_id: str, reason: str, actor: str, to_iban: str = "") -> Deposit:
    """Send a credit back to its payer; raises Conflict once coins were minted or a mint is under way."""

    def change(tx: Tx) -> Deposit:
        row = tx.deposits.get(deposit_id)
        if row.allocated.minor:
            raise Conflict("this deposit is taken by a mint order", state=str(row.state), allocated=row.allocated.text)
        _refuse_returned_payout(tx, row)
        account = to_iban or row.debtor_iban
        if not account:
            raise Refused("the bank named no account to return to; give one", deposit=row.id)
        account = iban(account)
        row = tx.move(row, DepositState.RETURN_PENDING, cause=reason, actor=actor)
        payout.order_deposit_return(tx=tx, terms=terms, deposit=row, account=account)
        tx.audit(actor, "deposit.return", row.id, {"reason": reason})
        return row

    return store.write(change)


def _refuse_returned_payout(tx: Tx, row: Deposit) -> None:
    """A payout that came back belongs to the holder whose coins were burned, and to nobody else."""
    if tx.entries.get(row.entry_id).kind is EntryKind.PAYOUT_RETURNED:
        raise Conflict("this is a returned payout: it can only be issued again to its holder", deposit=row.id)


def reissue(*, store: Store, terms: Terms, payout_id: str, actor: str) -> MintOrder:
    """Give a holder coins again for a payout that came back after its burn, instead of paying it again.

    Raises Conflict when it is not owed, or the bank kept a part of it: then only paying again makes the holder whole.
    """

    def change(tx: Tx) -> MintOrder:
        owed = payout.burned_and_owed(tx, payout_id)
        back = owed.back
        if back is None or back.amount != owed.payout.amount:
            raise Conflict("the payout did not come back whole; pay it again", payout=payout_id)
        row = owed.reissue
        if row is None:
            row = replace(_deposit(tx, terms, back, ()), state=DepositState.MATCHED)
            tx.deposits.add(row)
        row = replace(row, allocated=row.amount, assigned_by=actor, updated_at=tx.now)
        tx.deposits.save(row)
        row = tx.deposits.get(row.id)
        order = mint.order_for_reissue(tx=tx, terms=terms, deposit=row, holder=owed.redemption.holder, actor=actor)
        tx.orders.add(order)
        tx.publish(f"mint_order.{order.state}", order.id, {"amount": order.amount.text, "deposit": row.id})
        tx.audit(actor, "payout.reissue", payout_id, {"order": order.id})
        tx.put_work("mint.plan", "all")
        return order

    return store.write(change)


def take_back(tx: Tx, terms: Terms, entry: BankEntry) -> None:
    """The bank took a credit back. What is not minted goes out of the deposits, what is minted is the operator's
    loss, and so is what had left already.
    """
    row = _original(tx, entry)
    amount = -entry.amount
    if row is None and payout_booking.note_return_undone(tx, entry):
        return
    if row is None:
        tx.books.post(posting(Event.LOSS, amount, key=entry.fingerprint, subject=entry.id, at=entry.booked_at))
        tx.publish("deposit.reversal_of_unknown", entry.id, {"amount": amount.text})
        return
    here = terms.zero() if row.gone_at is not None else row.amount - row.minted
    free = min(amount, here)
    lost = amount - free
    key = entry.fingerprint
    if free.minor:
        tx.books.post(posting(Event.DEPOSIT_TAKEN_BACK, free, key=key, subject=row.id, at=entry.booked_at))
    if lost.minor:
        event = Event.REVERSED_AFTER_MINT if row.minted.minor else Event.LOSS
        tx.books.post(posting(event, lost, key=f"{key}:lost", subject=row.id, at=entry.booked_at))
        tx.publish("deposit.reversed_after_mint", row.id, {"amount": lost.text})
        tx.put_work("attest.start", "reversal")
    cause = f"reversed by {entry.id}"
    tx.move(row, DepositState.REVERSED, cause=cause, actor="bank", gone_at=entry.booked_at)
    mint.stop_orders(tx=tx, deposit=row, why="the bank reversed the deposit")
    payout.stop_return(tx=tx, deposit_id=row.id, why="the bank reversed the deposit")


def _original(tx: Tx, entry: BankEntry) -> Deposit | None:
    """Find the credit that a reversal takes back: by the bank's reference, else by end-to-end id, amount and payer."""
    amount = -entry.amount
    wheres: list[dict[str, Any]] = []
    if entry.servicer_reference:
        wheres.append({"servicer_reference": entry.servicer_reference})
    if entry.end_to_end_id:
        wheres.append({"end_to_end_id": entry.end_to_end_id})
    if entry.reference:
        wheres.append({"reference": entry.reference})
    if entry.remittance:
        wheres.append({"remittance": entry.remittance})
    for where in wheres:
        for credit in tx.entries.list(account=entry.account, kind="deposit", newest_first=True, **where):
            row = tx.deposits.find(entry_id=credit.id)
            if row is not None and credit.amount == amount and row.state is not DepositState.REVERSED:
                return row
    return None
