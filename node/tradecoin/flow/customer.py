"""Customers, the accounts that may be paid out to, and the wallets whose owners proved control."""

import secrets
from typing import Final

from tradecoin.domain.errors import Conflict, Forbidden, Refused
from tradecoin.domain.party import BankAccount, Customer, Wallet
from tradecoin.domain.references import iban
from tradecoin.domain.terms import Terms
from tradecoin.flow.mint import check_recipient
from tradecoin.ports.store import Store, Tx
from tradecoin.signing.refs import NONCE_BYTES, payment_reference, payout_hash

_SALT_BYTES: Final = 32


def add_customer(*, store: Store, client: str, name: str) -> Customer:
    """Register somebody whose money the node carries; raises Refused for a blank name."""
    if not name.strip():
        raise Refused("a customer has a name")

    def change(tx: Tx) -> Customer:
        row = Customer(tx.new_id("cu"), 1, client, name.strip(), tx.now)
        tx.customers.add(row)
        tx.audit(client, "customer.add", row.id, {})
        return row

    return store.write(change)


def _own_customer(tx: Tx, customer_id: str, client: str | None) -> Customer:
    """Return a customer of this client; None means an operator."""
    row = tx.customers.get(customer_id)
    if client is not None and row.client != client:
        raise Forbidden("this customer is somebody else's")
    return row


def add_bank_account(
    *,
    store: Store,
    terms: Terms,
    client: str | None,
    customer_id: str,
    account: str,
    name: str,
    bic: str = "",
    country: str = "",
    town: str = "",
) -> BankAccount:
    """Register an account to be paid out to; raises BadIban. A new one may have to cool off before it is used.

    Town and country are what a structured address must have at the least, or banks refuse the payment.
    """
    number = iban(account)
    if number == terms.account:
        raise Refused("the reserve account cannot be paid out to")
    if not town.strip():
        raise Refused("the account holder's town is needed: banks refuse a payment without it")

    def change(tx: Tx) -> BankAccount:
        customer = _own_customer(tx, customer_id, client)
        salt = secrets.token_bytes(_SALT_BYTES)
        row = BankAccount(
            id=tx.new_id("ba"),
            version=1,
            customer_id=customer.id,
            name=name.strip() or customer.name,
            iban=number,
            bic=bic,
            country=country or number[:2],
            town=town,
            salt=salt,
            payout=payout_hash(number, name.strip() or customer.name, salt),
            usable_from=tx.now + terms.destination_cooling_off,
            created_at=tx.now,
        )
        tx.bank_accounts.add(row)
        tx.audit(customer.client, "bank_account.add", row.id, {"iban": number[-4:]})
        return row

    return store.write(change)


def add_wallet(
    *,
    store: Store,
    terms: Terms,
    client: str | None,
    customer_id: str,
    address: str,
    proof: str,
    nonce: bytes | None = None,
) -> Wallet:
    """Register an address whose owner proved control, and give it the payment reference that commits to it.

    The proof is checked by the caller. Raises Conflict when the address is registered.
    """
    recipient = check_recipient(address, terms)
    opening = secrets.token_bytes(NONCE_BYTES) if nonce is None else nonce

    def change(tx: Tx) -> Wallet:
        customer = _own_customer(tx, customer_id, client)
        if tx.wallets.find(address=recipient, customer_id=customer.id) is not None:
            raise Conflict("this address is registered for this customer", address=recipient)
        row = Wallet(
            id=tx.new_id("wa"),
            version=1,
            customer_id=customer.id,
            address=recipient,
            reference=payment_reference(recipient, opening),
            nonce=opening,
            proof=proof,
            created_at=tx.now,
        )
        tx.wallets.add(row)
        tx.audit(customer.client, "wallet.add", row.id, {"address": recipient})
        return row

    return store.write(change)
