"""Customers, bank accounts, wallets."""

from collections.abc import Callable, Iterator
from typing import cast

from tradecoin.client.bodies import BankAccount, Challenge, Customer, Wallet
from tradecoin.client.session import Session


class Customers:
    """/v1/customers."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def create(self, *, name: str) -> Customer:
        """Register a customer."""
        return cast(Customer, self._session.post("/v1/customers", {"name": name}))

    def get(self, customer_id: str) -> Customer:
        """Read a customer."""
        return cast(Customer, self._session.get(f"/v1/customers/{customer_id}"))

    def list(self) -> Iterator[Customer]:
        """Read every customer, oldest first."""
        return cast(Iterator[Customer], self._session.pages("/v1/customers"))


class BankAccounts:
    """/v1/bank-accounts."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def create(
        self, *, customer_id: str, iban: str, town: str, name: str = "", bic: str = "", country: str = ""
    ) -> BankAccount:
        """Register an account to be paid out to."""
        body = {"customer_id": customer_id, "iban": iban, "name": name, "bic": bic, "country": country, "town": town}
        return cast(BankAccount, self._session.post("/v1/bank-accounts", body))

    def get(self, account_id: str) -> BankAccount:
        """Read a bank account."""
        return cast(BankAccount, self._session.get(f"/v1/bank-accounts/{account_id}"))

    def list(self, *, customer_id: str | None = None) -> Iterator[BankAccount]:
        """Read every bank account that fits, oldest first."""
        return cast(Iterator[BankAccount], self._session.pages("/v1/bank-accounts", customer_id=customer_id))


class Wallets:
    """/v1/wallets."""

    def __init__(self, session: Session) -> None:
        """Use the session."""
        self._session = session

    def challenge(self, *, address: str) -> Challenge:
        """Get the message that the address's owner signs."""
        return cast(Challenge, self._session.post_once("/v1/wallets/challenge", {"address": address}))

    def create(self, *, customer_id: str, message: str, signature: str, nonce: str = "") -> Wallet:
        """Register the address of a signed challenge; `nonce` (0x…) opens a reference that exists already."""
        body = {"customer_id": customer_id, "message": message, "signature": signature}
        return cast(Wallet, self._session.post("/v1/wallets", {**body, "nonce": nonce} if nonce else body))

    def register(self, *, customer_id: str, address: str, sign: Callable[[str], str], nonce: str = "") -> Wallet:
        """Get a challenge, have it signed (`sign` takes the text and returns 0x…), and register the address."""
        message = self.challenge(address=address)["message"]
        return self.create(customer_id=customer_id, message=message, signature=sign(message), nonce=nonce)

    def get(self, wallet_id: str) -> Wallet:
        """Read a wallet."""
        return cast(Wallet, self._session.get(f"/v1/wallets/{wallet_id}"))

    def list(self, *, customer_id: str | None = None) -> Iterator[Wallet]:
        """Read every wallet that fits, oldest first."""
        return cast(Iterator[Wallet], self._session.pages("/v1/wallets", customer_id=customer_id))
