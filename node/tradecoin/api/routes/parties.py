"""/customers, /bank-accounts, /wallets: who deals with the node, and where their money and coins go."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from tradecoin.api.auth import Anyone, Maker, Principal
from tradecoin.api.documents import errors
from tradecoin.api.idempotency import MaybeKeyed
from tradecoin.api.paging import Page, Pages, page
from tradecoin.api.problems import at
from tradecoin.api.schemas.party import (
    BankAccountView,
    ChallengeView,
    CustomerView,
    NewBankAccount,
    NewChallenge,
    NewCustomer,
    NewWallet,
    WalletView,
)
from tradecoin.api.services import Use
from tradecoin.api.unit import inside
from tradecoin.domain.errors import NotFound
from tradecoin.domain.party import Customer
from tradecoin.domain.references import iban
from tradecoin.flow import customer, wallet_proof
from tradecoin.ports.store import Tx

router = APIRouter(prefix="/v1", tags=["customers"])


def _own(tx: Tx, who: Principal, customer_id: str) -> Customer:
    """Return a customer that the caller may see; raises NotFound."""
    row = tx.customers.get(customer_id)
    if who.own is not None and row.client != who.own:
        raise NotFound("there is no such customer", id=customer_id)
    return row


def _own_ids(tx: Tx, who: Principal, customer_id: str | None) -> tuple[str, ...] | None:
    """Return the customers whose records are listed; None for all."""
    if customer_id is not None:
        return (_own(tx, who, customer_id).id,)
    if who.own is None:
        return None
    return tuple(row.id for row in tx.customers.list(client=who.own, limit=1_000_000)) or ("",)


@router.post("/customers", status_code=201, response_model=CustomerView, responses=errors("refused", "body_not_json"))
def add_customer(who: Maker, services: Use, once: MaybeKeyed, body: NewCustomer) -> Response:
    """Register a customer."""

    def effect(tx: Tx) -> BaseModel:
        with at("/name"):
            return CustomerView.of(customer.add_customer(store=inside(tx), client=who.client, name=body.name))

    return once.write(who.client, effect)


@router.get("/customers", responses=errors("cursor_invalid"))
def list_customers(who: Anyone, services: Use, paging: Pages) -> Page[CustomerView]:
    """List customers, oldest first."""
    return services.store.read(lambda tx: page(tx.customers, CustomerView.of, paging, client=who.own))


@router.get("/customers/{customer_id}", responses=errors("not_found"))
def show_customer(customer_id: str, who: Anyone, services: Use) -> CustomerView:
    """Show who a customer is."""
    return CustomerView.of(services.store.read(lambda tx: _own(tx, who, customer_id)))


@router.post(
    "/bank-accounts",
    status_code=201,
    response_model=BankAccountView,
    responses=errors("iban_invalid", "refused", "not_found", "body_not_json"),
)
def add_bank_account(who: Maker, services: Use, once: MaybeKeyed, body: NewBankAccount) -> Response:
    """Register an account to be paid out to; a new one may have to cool off until `usable_from`."""

    def effect(tx: Tx) -> BaseModel:
        with at("/iban"):
            account = iban(body.iban)
        owner = _own(tx, who, body.customer_id)
        row = customer.add_bank_account(
            store=inside(tx),
            terms=services.terms,
            client=who.own,
            customer_id=owner.id,
            account=account,
            name=body.name,
            bic=body.bic,
            country=body.country,
            town=body.town,
        )
        return BankAccountView.of(row)

    return once.write(who.client, effect)


@router.get("/bank-accounts", responses=errors("cursor_invalid", "not_found"))
def list_bank_accounts(
    who: Anyone, services: Use, paging: Pages, customer_id: str | None = None
) -> Page[BankAccountView]:
    """List bank accounts, oldest first."""

    def question(tx: Tx) -> Page[BankAccountView]:
        return page(tx.bank_accounts, BankAccountView.of, paging, customer_id=_own_ids(tx, who, customer_id))

    return services.store.read(question)


@router.get("/bank-accounts/{account_id}", responses=errors("not_found"))
def show_bank_account(account_id: str, who: Anyone, services: Use) -> BankAccountView:
    """Show an account with its hash for the chain and the salt that opens it."""

    def question(tx: Tx) -> BankAccountView:
        row = tx.bank_accounts.get(account_id)
        _own(tx, who, row.customer_id)
        return BankAccountView.of(row)

    return services.store.read(question)


@router.post(
    "/wallets/challenge",
    status_code=201,
    response_model=ChallengeView,
    responses=errors("recipient_invalid", "body_not_json"),
)
def challenge(who: Maker, services: Use, body: NewChallenge) -> ChallengeView:
    """Get the message that the owner of an address signs to show control of it (ERC-4361)."""

    def change(tx: Tx) -> ChallengeView:
        with at("/address"):
            asked = wallet_proof.challenge(
                tx=tx, terms=services.terms, place=services.place, client=who.client, address=body.address
            )
        return ChallengeView(message=asked.text(), nonce=asked.nonce, expires_at=asked.expires_at)

    return services.store.write(change)


@router.post(
    "/wallets",
    status_code=201,
    response_model=WalletView,
    responses=errors("sign_in_invalid", "signature_invalid", "conflict", "not_found", "body_not_json"),
)
def add_wallet(who: Maker, services: Use, once: MaybeKeyed, body: NewWallet) -> Response:
    """Register an address whose owner signed the challenge; payments with its reference become coins there."""

    def effect(tx: Tx) -> BaseModel:
        owner = _own(tx, who, body.customer_id)
        signature = bytes.fromhex(body.signature.removeprefix("0x"))
        with at("/message"):
            address = wallet_proof.prove(tx=tx, client=who.client, message=body.message, signature=signature)
        row = customer.add_wallet(
            store=inside(tx),
            terms=services.terms,
            client=who.own,
            customer_id=owner.id,
            address=address,
            proof=f"{body.message}\n{body.signature}",
            nonce=None if body.nonce is None else bytes.fromhex(body.nonce.removeprefix("0x")),
        )
        return WalletView.of(row)

    return once.write(who.client, effect)


@router.get("/wallets", responses=errors("cursor_invalid", "not_found"))
def list_wallets(who: Anyone, services: Use, paging: Pages, customer_id: str | None = None) -> Page[WalletView]:
    """List wallets, oldest first."""

    def question(tx: Tx) -> Page[WalletView]:
        return page(tx.wallets, WalletView.of, paging, customer_id=_own_ids(tx, who, customer_id))

    return services.store.read(question)


@router.get("/wallets/{wallet_id}", responses=errors("not_found"))
def show_wallet(wallet_id: str, who: Anyone, services: Use) -> WalletView:
    """Show a wallet with the reference that sends money there."""

    def question(tx: Tx) -> WalletView:
        row = tx.wallets.get(wallet_id)
        _own(tx, who, row.customer_id)
        return WalletView.of(row)

    return services.store.read(question)
